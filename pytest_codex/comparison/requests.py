"""
What client and server asked each other, and what they were answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_server.methods import CREATING, created_thread, is_read, thread_of
from pytest_codex.comparison.facts import Fact, flatten, lasting
from pytest_codex.views.shells import unwrapped

if TYPE_CHECKING:
    from fake_server.transcript import Event
    from pytest_codex.comparison.turns import Turns

_ONLY_STATE = frozenset({"initialize", "turn/start", "turn/steer", "review/start", "config/read"})
"""Requests whose result says nothing that later messages do not say, or too much."""

_QUESTIONS = {
    "item/tool/requestUserInput": "question",
    "mcpServer/elicitation/request": "question",
    "item/tool/call": "tool of the client",
}
_OF_THE_MOMENT = frozenset({"threadId", "turnId", "itemId", "callId", "expectedTurnId"})


class Requests:
    """
    Pairs requests with their answers.

    Args:
        facts: Where facts go, in the order of the requests.
        turns: What knows the names of threads and turns.
    """

    def __init__(self, facts: list[Fact], turns: Turns) -> None:
        self._facts = facts
        self._turns = turns
        self._open: dict[tuple[int, str, str], tuple[Fact, dict[str, Any]]] = {}
        self._seen: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []

    def asked(self, event: Event, here: str, line: int) -> None:
        """
        A request of either side; it is told once it is answered, or if it never is.
        """
        body = event.body
        fact = Fact(self._place(body, here, line), "request", str(body["method"]), line=line)
        if event.kind == "server":
            _question(fact, body)
        elif fact.name != "initialize":
            fact.loose = flatten(_kept(body.get("params")))
        fact.values["answer"] = "none"
        self._open[event.conn, event.kind, repr(body["id"])] = (fact, body)
        if event.kind == "server" or not is_read(fact.name):
            self._facts.append(fact)

    def answered(self, event: Event, line: int) -> None:
        """
        An answer of either side.
        """
        body = event.body
        asker = "client" if event.kind == "server" else "server"
        found = self._open.pop((event.conn, asker, repr(body.get("id"))), None)
        if found is None:
            return
        fact, request = found
        fact.line = line
        if "error" in body:
            error = body["error"] if isinstance(body["error"], dict) else {}
            fact.values["answer"] = f"error {error.get('code')}: {error.get('message')}"
        elif asker == "server":
            del fact.values["answer"]
            fact.values.update(flatten({"answer": body.get("result")}) or {"answer": "empty"})
        else:
            self._succeeded(fact, request, body, line)
        if asker == "client" and is_read(fact.name):
            self._looked(fact)

    def end(self) -> None:
        """
        Tell of reads that were never answered; other requests have been told.
        """
        for fact, _ in self._open.values():
            if fact.kind == "request" and is_read(fact.name):
                self._looked(fact)

    def _succeeded(
        self, fact: Fact, request: dict[str, Any], body: dict[str, Any], line: int
    ) -> None:
        fact.values["answer"] = "ok"
        result = body.get("result")
        result = result if isinstance(result, dict) else {}
        created = created_thread(body) if fact.name in CREATING else None
        if created is not None:
            fact.place = self._turns.thread(created)
        if fact.name == "turn/start":
            thread, turn = thread_of(request), (result.get("turn") or {}).get("id")
            fact.loose = {k: v for k, v in fact.loose.items() if not k.startswith(_INPUT)}
            if thread and turn:
                fact.place = self._turns.turn(thread, str(turn), line).place
        elif fact.name == "model/list":
            models = [one.get("id") for one in result.get("data") or () if isinstance(one, dict)]
            fact.values["models"] = models
        elif fact.name not in _ONLY_STATE:
            fact.loose.update({f"result {k}": leaf for k, leaf in flatten(lasting(result)).items()})

    def _looked(self, fact: Fact) -> None:
        """
        A read that says what an earlier one said is no news: how often a client polls is chance.
        """
        said = (fact.place, fact.name, fact.values, fact.loose)
        if said not in self._seen:
            self._seen.append(said)
            self._facts.append(fact)

    def _place(self, body: dict[str, Any], here: str, line: int) -> str:
        thread = thread_of(body)
        if thread is None:
            return here
        turn = body["params"].get("turnId")
        if isinstance(turn, str):
            return self._turns.turn(thread, turn, line).place
        return self._turns.thread(thread)


_INPUT = ("input", "number of input")


def _kept(params: Any) -> Any:
    if isinstance(params, dict):
        params = {key: one for key, one in params.items() if key not in _OF_THE_MOMENT}
    return lasting(params)


def _question(fact: Fact, body: dict[str, Any]) -> None:
    """
    Make a server's request the kind of question that it is.
    """
    method = str(body["method"])
    params = body.get("params")
    params = params if isinstance(params, dict) else {}
    fact.kind = "approval" if method.endswith("Approval") else _QUESTIONS.get(method, "question")
    if method == "item/fileChange/requestApproval":
        fact.name = "file change"
    else:
        named = params.get("command") or params.get("tool") or params.get("message")
        fact.name = unwrapped(str(named)) if named else method
    fact.values = {"asked by": method}
    fact.loose = flatten(_kept(params))
    if "command" in fact.loose:
        fact.loose["command"] = fact.name
