"""
The user of an application: whom the agent asks, and a client that passes the questions on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_codex import CodexConfig, Thread, TurnHandle
    from openai_codex.client import CodexClient

    Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


class User:
    """
    Stands for the user: notes every question and gives the answer the test decided on.

    Args:
        answer: Takes the question's method and parameters.
    """

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    def __call__(self, method: str, params: dict[str, Any] | None) -> dict[str, Any]:
        self.asked.append((method, params or {}))
        return self._answer(method, params or {})

    @property
    def questions(self) -> list[str]:
        """
        The methods by which it was asked.
        """
        return [method for method, _ in self.asked]


def deciding(decision: object) -> User:
    """
    A user who decides every approval alike, or by a function of the question's parameters.
    """
    return User(
        lambda _, params: {"decision": decision(params) if callable(decision) else decision}
    )


@contextmanager
def client_asking(config: CodexConfig, user: User) -> Iterator[CodexClient]:
    """
    A low-level SDK client whose questions go to ``user``.
    """
    from openai_codex.client import CodexClient

    with CodexClient(config, approval_handler=user) as client:
        client.initialize()
        yield client


def start_thread(client: CodexClient, **params: Any) -> Thread:
    """
    A thread started with parameters the SDK's ``Codex`` has no words for.
    """
    from openai_codex import Thread

    return Thread(client, client.thread_start(params).thread.id)


def items_of(result: Any, kind: str) -> list[Any]:
    """
    A turn's items of one kind.
    """
    return [item.root for item in result.items if item.root.type == kind]


def events_of(turn: TurnHandle) -> list[Any]:
    """
    Everything a turn tells until it ends.
    """
    return list(turn.stream())
