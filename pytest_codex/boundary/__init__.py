"""
The permission boundary of one test: what the agent may do, and what it really did.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pytest_codex.boundary import asked, breaches, judging
from pytest_codex.boundary.above import Above
from pytest_codex.boundary.breaches import Breach, Rules
from pytest_codex.errors import BoundaryError, HarnessError
from pytest_codex.globs import fault, fault_outside
from pytest_codex.trees import TreeReader, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_codex.boundary.asked import Asked
    from pytest_codex.boundary.policies import Policy
    from pytest_codex.boundary.probes import Probes
    from pytest_codex.commits import Commit
    from pytest_codex.surroundings import Surroundings
    from pytest_codex.trees import Change, Tree
    from pytest_codex.workspace import Mark, Workspace


class Boundary:
    """
    Judges a session by what is found on disk and on the wire, not by what the agent reports.

    Args:
        around: What the session's parts share.
        workspace: The directory the agent works in.
        open_process: Starts an app-server as a client would.
        outside: Directories beside the workspace where nothing may appear, by the name to
            tell them by.
    """

    def __init__(
        self,
        around: Surroundings,
        workspace: Workspace,
        *,
        open_process: Callable[[], Any],
        outside: Callable[[], dict[str, Path]],
    ) -> None:
        self._around = around
        self._open_process = open_process
        self._outside_now = outside
        self._workspace = workspace
        self._start: Mark | None = None
        self.watching = bool(around.settings.allow is not None or around.settings.deny)
        self.probed: list[Probes] = []
        self._outside: dict[str, tuple[TreeReader, Tree]] = {}
        self._above: Above | None = None
        self._taken_back: list[Breach] = []
        self._told: set[Breach] = set()
        self._expected: list[tuple[str, str | None]] = []
        self.defaults = asked.DefaultAnswers()
        settings = around.settings
        self.rules = Rules(settings.allow, settings.deny)

    # -- what a test says ------------------------------------------------------------

    def allow(self, *globs: str, links_out: bool = False) -> None:
        """
        Let files change; what no pattern allows may not.

        Args:
            globs: As for `Workspace.assert_only_changed`; ``../x``, ``../../x`` and ``~/x`` for
                what lies beside the workspace, above that, and in the agent's home; ``.git/x``
                for hooks and settings of git.
            links_out: Let new symlinks lead out of the workspace, as a virtual environment's do.
        """
        self.rules.allow = (*(self.rules.allow or ()), *_checked(globs, fault_outside))
        self.rules.links_out = self.rules.links_out or links_out

    def deny(self, *globs: str) -> None:
        """
        Let files not change, even those that are allowed.
        """
        self.rules.deny = (*self.rules.deny, *_checked(globs, fault))

    def expect_approval(self, subject: str, decision: str | None = None) -> None:
        """
        Declare an approval; once one is declared, others are breaches, and so is its absence.

        Args:
            subject: Pattern for the whole command, or the reason of an edit: ``*git push*``.
            decision: How it must be answered; None for any answer.
        """
        self._expected.append((subject, decision))

    # -- what a test asks -------------------------------------------------------------

    @property
    def changes(self) -> dict[str, Change]:
        """
        What changed since the agent started, without what the test itself wrote.
        """
        return self._workspace.foreign_changes(self._since())

    @property
    def approvals(self) -> list[Asked]:
        """
        What was asked, what was decided, and by whom.
        """
        return asked.asked(self._around.wire, self.defaults)

    @property
    def policies(self) -> list[Policy]:
        """
        Sandbox and approval policy of every thread and turn: requested, and in force.
        """
        from pytest_codex import toml
        from pytest_codex.boundary.policies import policies

        around = self._around
        config = toml.loads(around.config) if isinstance(around.config, str) else around.config
        return policies(around.wire.messages, around.launched, config)

    @property
    def commits(self) -> list[Commit]:
        """
        What was committed since the agent started, but not by the test.
        """
        return self._workspace.commits(self._since())

    @property
    def paths_in_turn_diffs(self) -> list[str]:
        """
        Paths that the server's diffs of turns told of until now.
        """
        from pytest_codex.boundary.reported import paths_in_turn_diffs

        return paths_in_turn_diffs(self._around.wire)

    @property
    def unreported(self) -> dict[str, Change]:
        """
        What changed although no item and no diff of the agent told of it.
        """
        told = self._workspace.unreported_changes(since=self._since())
        return {name: change for name, change in self.changes.items() if name in told}

    def probe(self, policy: dict[str, Any] | None = None) -> Probes:
        """
        Try what the sandbox in force really stops: writes here and there, a secret, the network.

        The commands run in an app-server of their own, under the policy; in replay nothing
        runs, and what was recorded is told.

        Args:
            policy: As the protocol writes it, ``{"type": "readOnly"}``; without it, the one
                the server last said is in force, else the configured one.

        Raises:
            HarnessError: No command could be run, or a connection that was stopped arrived.
        """
        from pytest_codex.boundary import probes
        from pytest_codex.boundary.policies import sandbox_in_force

        wanted = policy or sandbox_in_force(self._around.wire.messages)
        with contextlib.ExitStack() as stack:
            arrived = None
            if self._around.plan.tier != "replay":
                home = self._outside_now().get("~")
                above = self._workspace.path.parent
                arrived = stack.enter_context(probes.targets(above, home))
            found = probes.run(self._open_process(), self._workspace.path, wanted)
            if arrived is not None and arrived() != ("connect to the network" in found.allowed):
                raise HarnessError("the probe of the network and what it called do not agree")
        self.probed.append(found)
        return found

    def breaches(self, *, over: bool = True) -> list[Breach]:
        """
        What happened that is not allowed.

        Args:
            over: Whether the session is over, so that a question nobody answered counts.
        """
        return [
            *self._breaches_of_files(over),
            *judging.of_policies(self, self._around),
            *judging.of_approvals(self.approvals, self._around.settings.approvals, over=over),
            *judging.of_expected(self.approvals, self._expected, over=over),
        ]

    def check(self) -> None:
        """
        Raise what the end of the test would raise, now.

        Raises:
            BoundaryError: Something happened that is not allowed; the message has a table.
        """
        text = self.failure(over=False)
        if text is not None:
            self._told.update(self.breaches(over=False))
            raise BoundaryError(text)

    def report(self) -> str:
        """
        All there is to know, as a table for people.
        """
        from pytest_codex.boundary.report import report

        return report(self)

    # -- what the session says ----------------------------------------------------------

    def watch(self) -> None:
        """
        What is on disk now is the stage; say it again as long as no agent has started.
        """
        self.watching = True
        self._start = self._workspace.mark()
        for name, path in self._outside_now().items():
            reader = TreeReader(path, OURS.get(name, frozenset()), at_top=True)
            self._outside[name] = (reader, reader.read())
        if self._outside:
            self._above = Above(self._workspace.path.parent.parent)

    @contextlib.contextmanager
    def restoring(self) -> Iterator[None]:
        """
        Within this the test puts the workspace back: what was a breach until then stays one.

        What `check` raised is known to the test; that it may take back for good.
        """
        if self._start is None:
            yield
            return
        found = self._breaches_of_files(over=False)
        self._taken_back = [breach for breach in found if breach not in self._told]
        yield
        self._start = self._workspace.mark()

    def failure(self, *, over: bool) -> str | None:
        """
        Why the test fails, None when the boundary was kept.
        """
        found = self.breaches(over=over)
        if not found:
            return None
        count = "1 thing" if len(found) == 1 else f"{len(found)} things"
        ways = dict.fromkeys(line for one in found for line in breaches.HOW_TO_FIX[one.kind])
        return "\n".join(
            [
                f"{count} happened that the boundary does not allow",
                breaches.table(found),
                "How to fix:",
                *(f"  * {way:<24}{how}" for way, how in ways),
            ]
        )

    def _since(self) -> Mark:
        return self._workspace.baseline if self._start is None else self._start

    def _breaches_of_files(self, over: bool) -> list[Breach]:
        if not self.rules:
            return []
        since, now = self._since(), self._workspace.mark()
        found = list(self._taken_back)
        found += breaches.of_files(self.rules, self.changes, now.files, self._workspace)
        found += breaches.of_git(self.rules, compare(since.git, now.git))
        try:
            commits = self.commits
        except HarnessError as error:
            found.append(Breach("unreadable", ".git", str(error), "unreadable"))
        else:
            found += breaches.of_commits(self.rules, commits)
        homes = self._outside_now() if over else {}
        for place, (reader, before) in self._outside.items():
            if place in homes and not homes[place].exists():
                continue  # the harness took the agent's home away at the session's end
            for name, change in compare(before, reader.read()).items():
                why = self.rules.against_outside(f"{place}/{name}")
                if why is not None:
                    found.append(Breach(change, f"{place}/{name}", why, "outside"))
        for name, what in () if self._above is None else self._above.changes():
            why = self.rules.against_outside(f"../../{name}")
            if why is not None:
                found.append(Breach(what, f"../../{name}", why, "outside"))
        return list(dict.fromkeys(found))


OURS = {"..": frozenset(("workspace", "proxies"))}
"""What the harness itself puts beside the workspace while the agent works, by place."""


def _checked(globs: tuple[str, ...], fault_of: Callable[[str], str | None]) -> tuple[str, ...]:
    for glob in globs:
        wrong = fault_of(glob)
        if wrong:
            raise ValueError(f"the pattern {glob!r} {wrong}")
    return globs


__all__ = ["Boundary", "Breach", "Rules"]
