"""
Whole sessions as plain data: what a client does, step by step, and what the model answers.

A session is valid by construction: a machine of threads and connections keeps the books, and
a step that makes no sense where it would come is left out. So whatever is drawn can be
performed, and whatever is taken out while shrinking leaves a session that still can.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import SearchStrategy

    Rule = Callable[["_Books", "Wish"], "Step | None"]

Action = Literal[
    "connect", "start", "start careful", "turn", "steer", "interrupt", "release", "fork",
    "resume", "read", "list", "name", "archive", "unarchive", "close", "steer idle",
    "unknown thread",
]  # fmt: skip
"""What a client does. A careful thread's sandbox may only read, so that its edits are asked
about. The last two are refused by every server."""

Answer = Literal[
    "say", "run", "accept", "decline", "cancel", "fail", "hold", "think", "write", "edit",
    "remove", "accept edit", "decline edit", "cancel edit",
]  # fmt: skip
"""What the model does in a turn: say a text, run a command, ask for approval of one that writes a
file (and the client's decision), fail for good, stop in the middle until it is told to go on,
think aloud and say its text in pieces, write a file by a command, edit or remove one by a patch.
The last three are edits that are asked about, with the decision: those of careful threads."""

ANYWHERE: tuple[Answer, ...] = (
    "say", "run", "accept", "decline", "cancel", "fail", "hold", "think",
)  # fmt: skip
FREELY: tuple[Answer, ...] = (*ANYWHERE, "write", "edit", "remove")
CAREFULLY: tuple[Answer, ...] = (*ANYWHERE, "accept edit", "decline edit", "cancel edit")
ANSWERS: tuple[Answer, ...] = (*FREELY, "accept edit", "decline edit", "cancel edit")

FILES = ("a.txt", "b.txt", "notes/c.txt")
WORDS = ("one", "two", "three", "Ünï ✓", 'a "quoted" word', "two\nlines")
MOST_CONNECTIONS = 3
MOST_THREADS = 4


@dataclass(frozen=True)
class Step:
    """
    One thing that a client does.

    Attributes:
        action: What.
        connection: On which connection, from 1; each is a process of its own, all with one home.
        thread: On which thread, by a name of ours: ``A``, ``B`` ...
        text: The prompt, the text to steer with, or the new name.
        answer: What the model does, for turns; ``say`` when a held turn goes on.
        source: The thread that was forked.
        file: What is written, edited or removed; it need not be there before it is edited.
    """

    action: Action
    connection: int
    thread: str = ""
    text: str = ""
    answer: Answer | None = None
    source: str = ""
    file: str = ""

    def __str__(self) -> str:
        words = [f"{self.connection}: {self.action}", self.thread]
        words += [f"of {self.source}"] if self.source else []
        words += [repr(self.text)] if self.text else []
        words += [f"-> {self.answer} {self.file}".rstrip()] if self.answer else []
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Session:
    """
    The steps of a session, in the order in which a client takes them.

    Each step is over before the next one: a turn has ended, unless the model holds it.
    """

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        return "\n".join(["Session:", *(f"  {step}" for step in self.steps)])

    def data(self) -> list[dict[str, Any]]:
        """
        The steps as JSON, without what is empty.
        """
        return [{key: value for key, value in asdict(step).items() if value} for step in self.steps]


def sessions(most_steps: int = 12, actions: Sequence[Action] | None = None) -> SearchStrategy[Any]:
    """
    Sessions of up to so many steps, besides those that open and end them.

    Args:
        most_steps: How many at most.
        actions: What may be done; everything by default.
    """
    from hypothesis import strategies as st

    allowed = tuple(actions or _RULES)
    # Most steps need a turn before them: without more of those little else would come about.
    often = ["turn"] * (len(allowed) // 2) if "turn" in allowed else []
    # Doing nothing is the plainest wish: so a long list shrinks to a short session.
    wish = st.builds(
        Wish,
        st.sampled_from([None, *allowed, *often]),
        st.integers(0, 6),
        st.sampled_from(WORDS),
        st.integers(0, len(FREELY) - 1),
        st.sampled_from(FILES),
    )
    return st.lists(wish, min_size=most_steps // 2, max_size=most_steps).map(_make)


class Wish(NamedTuple):
    """
    What is drawn: a step to take if it makes sense, what to choose a thread and an answer by,
    a text and a file.
    """

    action: Action | None
    number: int
    text: str
    answer: int = 0
    file: str = FILES[0]


def _make(wishes: Sequence[Wish]) -> Session:
    """
    A session of those wishes that can be had.
    """
    books = _Books()
    steps = [books.connect(), books.start(1)]
    for wish in wishes:
        step = _RULES[wish.action](books, wish) if wish.action else None
        if step is not None:
            steps.append(step)
        if not books.open:
            if books.connections == MOST_CONNECTIONS:
                break
            steps.append(books.connect())
    steps += [
        Step("release", thread.connection, name)
        for name, thread in books.threads.items()
        if thread.state == "held"
    ]
    return Session(tuple(steps))


@dataclass
class _Thread:
    """
    What is known of a thread: ``idle``, ``held``, ``cold`` (in no process) or ``archived``.
    """

    connection: int
    state: str = "idle"
    turns: int = 0
    careful: bool = False


@dataclass
class _Books:
    """
    The threads, connections and files there are.
    """

    threads: dict[str, _Thread] = field(default_factory=dict)
    open: list[int] = field(default_factory=list)
    connections: int = 0
    files: set[str] = field(default_factory=set)

    def connect(self) -> Step:
        self.connections += 1
        self.open.append(self.connections)
        return Step("connect", self.connections)

    def start(self, connection: int, *, careful: bool = False) -> Step:
        action: Action = "start careful" if careful else "start"
        return Step(action, connection, self.add(connection, careful=careful))

    def add(self, connection: int, turns: int = 0, *, careful: bool = False) -> str:
        name = "ABCD"[len(self.threads)]
        self.threads[name] = _Thread(connection, turns=turns, careful=careful)
        return name

    def pick(
        self, number: int, *states: str, turns: int = 0, room: bool = False
    ) -> tuple[str, _Thread] | None:
        """
        One of the threads in one of these states, None when there is none (or no room for more).
        """
        found = [
            (name, thread)
            for name, thread in self.threads.items()
            if thread.state in states and thread.turns >= turns
        ]
        if not found or (room and len(self.threads) >= MOST_THREADS):
            return None
        return found[number % len(found)]


def _connect(books: _Books, _wish: Wish) -> Step | None:
    return books.connect() if books.connections < MOST_CONNECTIONS else None


def _begin(*, careful: bool) -> Rule:
    """
    Steps that begin a thread.
    """

    def rule(books: _Books, wish: Wish) -> Step | None:
        if len(books.threads) >= MOST_THREADS or not books.open:
            return None
        return books.start(books.open[wish.number % len(books.open)], careful=careful)

    return rule


def _turn(books: _Books, wish: Wish) -> Step | None:
    found = books.pick(wish.number, "idle")
    if found is None:
        return None
    name, thread = found
    answers = CAREFULLY if thread.careful else FREELY
    answer = answers[wish.answer % len(answers)]
    file = _file(books, wish, answer) if answer in _TOUCHING else ""
    if file is None:
        return None
    thread.turns += 1
    thread.state = "held" if answer == "hold" else "idle"
    return Step("turn", thread.connection, name, wish.text, answer, file=file)


def _file(books: _Books, wish: Wish, answer: Answer) -> str | None:
    """
    The file that a turn touches, None when there is none to remove.
    """
    if answer == "remove":
        found = sorted(books.files)
        if not found:
            return None
        books.files.discard(found[wish.number % len(found)])
        return found[wish.number % len(found)]
    if answer not in ("decline", "cancel", "decline edit", "cancel edit"):
        books.files.add(wish.file)
    return wish.file


_TOUCHING = frozenset(ANSWERS) - {"say", "run", "fail", "hold", "think"}


def _go_on(action: Action) -> Rule:
    """
    Steps that end a held turn.
    """

    def rule(books: _Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, "held")
        if found is None:
            return None
        name, thread = found
        thread.state = "idle"
        steered = action == "steer"
        return Step(
            action,
            thread.connection,
            name,
            wish.text if steered else "",
            "say" if steered else None,
        )

    return rule


def _look(action: Action, *, named: bool = False, turns: int = 0) -> Rule:
    """
    Steps that leave a thread as it is.
    """

    def rule(books: _Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, "idle", turns=turns)
        return found and Step(action, found[1].connection, found[0], wish.text if named else "")

    return rule


def _fork(books: _Books, wish: Wish) -> Step | None:
    found = books.pick(wish.number, "idle", turns=1, room=True)
    if found is None:
        return None
    name, thread = found
    forked = books.add(thread.connection, thread.turns, careful=thread.careful)
    return Step("fork", thread.connection, forked, source=name)


def _archive(books: _Books, wish: Wish) -> Step | None:
    found = books.pick(wish.number, "idle", turns=1)
    if found is None:
        return None
    found[1].state = "archived"
    return Step("archive", found[1].connection, found[0])


def _reopen(action: Action, before: str, after: str) -> Rule:
    """
    Steps that bring back a thread that no process has, on any open connection.
    """

    def rule(books: _Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, before, turns=1)
        if found is None or not books.open:
            return None
        name, thread = found
        thread.state = after
        thread.connection = books.open[wish.number % len(books.open)]
        return Step(action, thread.connection, name)

    return rule


def _close(books: _Books, wish: Wish) -> Step | None:
    idle = [
        connection
        for connection in books.open
        if not any(
            thread.connection == connection and thread.state == "held"
            for thread in books.threads.values()
        )
    ]
    if not idle:
        return None
    closed = idle[wish.number % len(idle)]
    books.open.remove(closed)
    for thread in books.threads.values():
        if thread.connection == closed and thread.state == "idle":
            thread.state = "cold"
    return Step("close", closed)


def _list(books: _Books, wish: Wish) -> Step | None:
    if not books.open:
        return None
    return Step("list", books.open[wish.number % len(books.open)])


def _unknown_thread(books: _Books, wish: Wish) -> Step | None:
    if not books.open:
        return None
    return Step("unknown thread", books.open[wish.number % len(books.open)], text=wish.text)


_RULES: dict[Action, Rule] = {
    "turn": _turn,
    "start": _begin(careful=False),
    "steer": _go_on("steer"),
    "interrupt": _go_on("interrupt"),
    "release": _go_on("release"),
    "read": _look("read", turns=1),
    "name": _look("name", named=True, turns=1),
    "fork": _fork,
    "archive": _archive,
    "unarchive": _reopen("unarchive", "archived", "cold"),
    "connect": _connect,
    "close": _close,
    "resume": _reopen("resume", "cold", "idle"),
    "steer idle": _look("steer idle", named=True, turns=1),
    "unknown thread": _unknown_thread,
    "list": _list,
    "start careful": _begin(careful=True),
}
"""The plainest first: what shrinks ends there."""
