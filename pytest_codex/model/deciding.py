"""
Answers a test decides on when the agent asks.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex.model.answers import build
from pytest_codex.model.pieces import Fault, Part
from pytest_codex.model.steps import Ids, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_codex.model.answers import Answering, Item
    from pytest_codex.model.calls import ModelCall
    from pytest_codex.model.steps import Reply


def deciding(
    ids: Ids,
    choose: Callable[[ModelCall], Item | Sequence[Item]],
    how: Answering,
    *,
    repeat: bool = False,
) -> Step:
    """
    An answer that a callable chooses.

    Args:
        choose: Gets the call and returns a text, a part or a fault, or several parts.
        repeat: It answers every call from now on.

    Raises:
        TypeError: It cannot be called.
    """
    if not callable(choose):
        raise TypeError(f"decide() wants a callable that gets the call, not {choose!r}")
    label = f"decide({_name(choose)})"
    # Ids of its own: when it runs must not change those of other answers.
    own = Ids(f"{ids.next('decide')}_")

    def reply(call: ModelCall) -> Reply:
        try:
            chosen = choose(call)
        # Whatever it is, pytest.fail() included, it must end the turn and not this thread.
        except BaseException as error:
            raise HarnessError(f"{label} raised {_told(error)}") from error
        if isinstance(chosen, (str, Part, Fault)):
            items: list[Item] = [chosen]
        elif isinstance(chosen, (list, tuple)):
            items = list(chosen)
        else:
            raise HarnessError(
                f"{label} returned {chosen!r}; it must return a text, a part such as "
                "parts.run('ls'), or a list of them."
            )
        try:
            made = build(own, items, how)
        except (TypeError, ValueError) as error:
            raise HarnessError(f"{label}: {error}") from error
        return made.reply(call)

    return Step(label, reply, endless=repeat)


def _name(choose: Any) -> str:
    name = getattr(choose, "__name__", None) or type(choose).__name__
    return "lambda" if name == "<lambda>" else str(name)


def _told(error: BaseException) -> str:
    """
    An exception with the line that raised it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
