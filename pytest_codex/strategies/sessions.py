"""
Whole sessions that can be performed.

A session is valid by construction: a machine of threads and connections keeps the books, and
a step that makes no sense where it would come is left out. So whatever is drawn can be
performed, and whatever is taken out while shrinking leaves a session that still can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.errors import HarnessError

from .books import MOST_CONNECTIONS, MOST_THREADS, Books
from .steps import ANSWERS, CAREFULLY, FILES, FREELY, WORDS, Session, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import SearchStrategy

    from .steps import Action, Answer

    Rule = Callable[[Books, "Wish"], "Step | None"]


def sessions(most_steps: int = 12, actions: Sequence[Action] | None = None) -> SearchStrategy[Any]:
    """
    Sessions of up to so many steps, besides those that open and end them.

    Args:
        most_steps: How many at most.
        actions: What may be done; everything by default.

    Raises:
        HarnessError: There is no such action.
    """
    from hypothesis import strategies as st

    allowed = tuple(actions or _RULES)
    for action in allowed:
        if action not in _RULES:
            raise HarnessError(f"there is no action {action!r}; say some of {', '.join(_RULES)}")
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
    books = Books()
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


def _connect(books: Books, _wish: Wish) -> Step | None:
    return books.connect() if books.connections < MOST_CONNECTIONS else None


def _begin(*, careful: bool) -> Rule:
    """
    Steps that begin a thread.
    """

    def rule(books: Books, wish: Wish) -> Step | None:
        if len(books.threads) >= MOST_THREADS or not books.open:
            return None
        return books.start(books.open[wish.number % len(books.open)], careful=careful)

    return rule


def _turn(books: Books, wish: Wish) -> Step | None:
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


def _file(books: Books, wish: Wish, answer: Answer) -> str | None:
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


_TOUCHING = frozenset(ANSWERS) - {"say", "run", "fail", "hold", "think", "cut"}


def _go_on(action: Action) -> Rule:
    """
    Steps that end a held turn.
    """

    def rule(books: Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, "held")
        if found is None:
            return None
        name, thread = found
        thread.state = "idle"
        steered = action in ("steer", "interject")
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

    def rule(books: Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, "idle", turns=turns)
        return found and Step(action, found[1].connection, found[0], wish.text if named else "")

    return rule


def _fork(books: Books, wish: Wish) -> Step | None:
    found = books.pick(wish.number, "idle", turns=1, room=True)
    if found is None:
        return None
    name, thread = found
    thread.forked = True
    forked = books.add(thread.connection, thread.turns, careful=thread.careful)
    return Step("fork", thread.connection, forked, source=name)


def _put_away(action: Action, state: str) -> Rule:
    """
    Steps after which no process has a thread.
    """

    def rule(books: Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, "idle", turns=1)
        # The server refuses to delete a history that a fork begins with.
        if found is None or (action == "delete" and found[1].forked):
            return None
        found[1].state = state
        return Step(action, found[1].connection, found[0])

    return rule


def _reopen(action: Action, before: str, after: str) -> Rule:
    """
    Steps that bring back a thread that no process has, on any open connection.
    """

    def rule(books: Books, wish: Wish) -> Step | None:
        found = books.pick(wish.number, before, turns=1)
        if found is None or not books.open:
            return None
        name, thread = found
        thread.state = after
        thread.connection = books.open[wish.number % len(books.open)]
        return Step(action, thread.connection, name)

    return rule


def _close(books: Books, wish: Wish) -> Step | None:
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


def _list(books: Books, wish: Wish) -> Step | None:
    if not books.open:
        return None
    return Step("list", books.open[wish.number % len(books.open)])


def _exec(books: Books, wish: Wish) -> Step | None:
    if not books.open:
        return None
    books.files.add(wish.file)
    return Step("exec", books.open[wish.number % len(books.open)], file=wish.file)


def _unknown_thread(books: Books, wish: Wish) -> Step | None:
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
    "archive": _put_away("archive", "archived"),
    "unarchive": _reopen("unarchive", "archived", "cold"),
    "connect": _connect,
    "close": _close,
    "resume": _reopen("resume", "cold", "idle"),
    "steer idle": _look("steer idle", named=True, turns=1),
    "unknown thread": _unknown_thread,
    "list": _list,
    "start careful": _begin(careful=True),
    "exec": _exec,
    "interject": _go_on("interject"),
    "delete": _put_away("delete", "deleted"),
}
"""The plainest first: what shrinks ends there."""
