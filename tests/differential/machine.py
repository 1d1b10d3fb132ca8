"""
The same client with the real server and with our fake: every session has to be told alike.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.transcript import SEAL, Event, Transcript
from pytest_codex import repository
from pytest_codex.canonical import canonical
from pytest_codex.cassettes import Plan
from pytest_codex.model import ScriptedModel
from pytest_codex.recording.recorder import Recorder
from pytest_codex.recording.tape import Tape
from pytest_codex.replaying import Replay
from pytest_codex.running import Run
from pytest_codex.settings import Settings
from pytest_codex.surroundings import Surroundings
from pytest_codex.wire import Wire
from tests.differential.telling import first_difference
from tests.pytest_codex.model.conftest import Client
from tests.pytest_codex.strategies.perform import Performer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_codex.recording.recorder import ConnectionRecorder
    from pytest_codex.strategies import Session

TRANSPORTS = ("memory", "stdio")
COMMAND = ["codex", "app-server"]
DEADLINE = 60.0
"""Seconds after which a wait is in vain: the machine may be busy with other things, too."""


class DifferenceError(AssertionError):
    """
    The fake did not do what the real server did; the message tells where they part.
    """


@dataclass
class Performance:
    """
    One session, performed.

    Attributes:
        transcript: What passed between client and server, in canonical form.
        story: What the client saw of each step, and what lay in the workspace after it.
        wrong: What the fake had to complain about, one text for each.
    """

    transcript: Transcript
    story: list[str]
    wrong: list[str]


class TapedWire(Wire):
    """
    A log that is a recording, too: each line is taped when it passes, changes on disk with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tape = Tape()
        self.recorder: Recorder | None = None
        self.cwd = ""
        self._connections: dict[int, ConnectionRecorder] = {}

    def add(self, connection: int, sender: str, line: str) -> None:
        """
        Note one line.
        """
        super().add(connection, sender, line)
        assert self.recorder is not None
        if connection not in self._connections:
            self._connections[connection] = self.recorder.connection(COMMAND[1:], self.cwd)
        taping = self._connections[connection]
        if sender == "client":
            taping.from_client(line)
        else:
            taping.from_server(line)

    def transcript(self) -> Transcript:
        """
        All that was taped.
        """
        for taping in self._connections.values():
            taping.closed(0)
        return canonical(self.tape.entries)


class Machine:
    """
    Performs sessions for real and for show, and compares.

    Args:
        binary: The real server.
        keep: Where the last difference is kept for whoever looks into it.
        tamper: What becomes of a recording before the fake gets it; a test of ours breaks it.

    Attributes:
        found: The differences found so far, in words.
        performed: How many sessions were performed.
    """

    def __init__(
        self,
        binary: Path,
        *,
        keep: Path | None = None,
        tamper: Callable[[Transcript], None] | None = None,
    ) -> None:
        self.binary = binary
        self._keep = keep
        self._tamper = tamper
        self._known: dict[Session, str] = {}
        self.found: list[str] = []
        self.performed = 0

    def knows(self, session: Session) -> bool:
        """
        Whether this session was performed already.
        """
        return session in self._known

    def check(self, session: Session) -> None:
        """
        Perform a session with the real server, and with the fake both ways.

        The verdict on a session is kept: shrinking comes back to the same ones again and again,
        and a race that showed once is not lost when it does not show again.

        Raises:
            DifferenceError: The fake was not like the real one.
        """
        if session not in self._known:
            self._known[session] = self.look(session)
        if self._known[session]:
            raise DifferenceError(self._known[session])

    def look(self, session: Session) -> str:
        """
        Perform a session and tell how the fake differs from the server, if it does.
        """
        self.performed += 1
        base = Path(tempfile.mkdtemp(prefix="differential-"))
        try:
            cassette = base / "session.codex.jsonl"
            real = self.record(session, base / "real", cassette)
            if self._tamper is not None:
                transcript = Transcript.load(cassette)
                self._tamper(transcript)
                transcript.save(cassette)
            for transport in TRANSPORTS:
                fake = self.replay(session, base / transport, cassette, transport)
                found = differences(real, fake, effects=transport == "memory")
                if found:
                    place = self._put_aside(session, base, {"server": real, "fake": fake})
                    head = f"the fake ({transport}) did not do what the server did"
                    self.found.append("\n".join([head, repr(session), found, *place]))
                    return self.found[-1]
            return ""
        finally:
            shutil.rmtree(base, ignore_errors=True)

    def _put_aside(self, session: Session, base: Path, told: dict[str, Performance]) -> list[str]:
        """
        Keep what is needed to look into a difference, in place of what was kept before.
        """
        if self._keep is None:
            return []
        place = self._keep / "difference"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(base, place)
        (place / "session.json").write_text(json.dumps(session.data(), indent=1))
        for name, performance in told.items():
            (place / f"{name}.story").write_text("\n".join(performance.story))
            (place / f"{name}.codex.jsonl").write_text(performance.transcript.dumps())
        return [f"kept in {place}"]

    def record(self, session: Session, place: Path, cassette: Path) -> Performance:
        """
        Perform a session with the real server and a scripted model; write its cassette.
        """
        around = self._surroundings(place, cassette, "scripted")
        model = ScriptedModel()
        run = Run(around, model, scrub=None)
        performer = Performer(model, around.workspace, lambda: self._client(run, around))
        try:
            performer.perform(session)
        except Exception as error:
            raise RuntimeError(f"the real server did not perform\n{session!r}\n{error}") from error
        finally:
            run.close()
        problems = [problem.text for problem in run.problems()]
        assert not problems, "\n".join(problems)
        model.assert_complete()
        run.conclude()
        return Performance(Transcript.load(cassette), performer.story, [])

    def replay(self, session: Session, place: Path, cassette: Path, transport: str) -> Performance:
        """
        Perform a session with the fake.
        """
        around = self._surroundings(place, cassette, "replay", transport)
        replay = Replay(around, matchers={}, scrub=None)
        wire = around.wire
        assert isinstance(wire, TapedWire)
        wire.cwd = str(around.workspace)
        wire.recorder = Recorder(wire.tape, around.places(), replay.redactor)
        model = ScriptedModel.idle()
        performer = Performer(model, around.workspace, lambda: self._client(replay, around))
        wrong: list[str] = []
        try:
            performer.perform(session)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            wrong.append(f"the client gave up: {error}")
        finally:
            replay.close()
        wrong = [problem.text for problem in replay.problems()] + wrong
        verdict = replay.conclude()
        wrong += [verdict.failure] if verdict.failure else []
        return Performance(wire.transcript(), performer.story, wrong)

    def _client(self, tier: Run | Replay, around: Surroundings) -> Client:
        process = tier.open(COMMAND, str(around.workspace), dict(os.environ))
        return Client(process, DEADLINE)

    def _surroundings(
        self, place: Path, cassette: Path, tier: str, transport: str = "memory"
    ) -> Surroundings:
        workspace = place / "workspace"
        workspace.mkdir(parents=True)
        repository.create(workspace)
        action = "record" if tier == "scripted" else "replay"
        return Surroundings(
            plan=Plan(tier, action, cassette, cassette.name, "tests/differential"),
            settings=Settings(tier=tier, transport=transport, bin=self.binary, timeout=DEADLINE),
            workspace=workspace,
            directory=place,
            artifacts=place / "artifacts",
            wire=Wire() if tier == "scripted" else TapedWire(),
        )


def differences(real: Performance, fake: Performance, *, effects: bool) -> str:
    """
    How a performance with the fake differs from the real one; empty when it does not.

    Args:
        effects: Whether to compare where changes on disk stand. A process of its own makes
            them while its client still reads, so there the story has to tell of them.
    """
    parts = [f"the fake found something wrong: {text}" for text in fake.wrong]
    parts.append(first_difference("what the client saw", real.story, fake.story))
    told = [lines(each.transcript, effects=effects) for each in (real, fake)]
    parts.append(first_difference("what was said", *told))
    return "\n".join(part for part in parts if part)


def lines(transcript: Transcript, *, effects: bool) -> list[str]:
    """
    The lines of a transcript with or without changes on disk; the header without its checksum,
    which would differ before anything else.
    """
    kept = [event for event in transcript.events if effects or event.kind != "workspace"]
    events = [Event(event.conn, event.kind, event.body) for event in kept]
    head, *told = Transcript(transcript.header, events).dumps().splitlines()
    header = json.loads(head)
    del header[SEAL]
    return [json.dumps(header), *told]
