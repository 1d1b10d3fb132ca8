"""
The model as a test scripts it, and what the agent asked of it.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import TYPE_CHECKING

from fake_server.errors import HarnessError
from pytest_codex.model import parts
from pytest_codex.model.calls import ModelCall
from pytest_codex.model.errors import UnconsumedModelSteps, UnexpectedModelCall
from pytest_codex.model.steps import Gate, Ids, Reply, Step
from pytest_codex.model.verbs import Verbs

if TYPE_CHECKING:
    from typing_extensions import Self

GUARDIAN_MODEL = "codex-auto-review"


class Script(Verbs):
    """
    A queue of answers for one conversation.

    Args:
        model: The model this script belongs to; None for the model itself.
        match: What the user's text must contain.
    """

    def __init__(self, model: ScriptedModel | None, match: str, ids: Ids) -> None:
        super().__init__(ids)
        self._model = model
        self.match = match
        self._steps: deque[Step] = deque()
        self._calls: list[ModelCall] = []

    @property
    def _owner(self) -> ScriptedModel:
        assert self._model is not None
        return self._model

    def _queue(self, step: Step) -> None:
        if self._owner.running:
            self._steps.append(step)

    def _new_gate(self, deadline: float) -> Gate:
        return Gate(deadline, opened=not self._owner.running)

    @property
    def calls(self) -> list[ModelCall]:
        """
        The calls this script answered, in order.

        Raises:
            HarnessError: No scripted model runs in this tier.
        """
        self._owner._require_running("calls")
        return list(self._calls)

    @property
    def remaining_steps(self) -> list[str]:
        """
        The answers nobody has asked for yet, as the verbs that scripted them.
        """
        return [step.label for step in self._steps]


class ScriptedModel(Script):
    """
    A model that says what the test told it to say.

    Answers are given in the order of the verbs. When several conversations run at once,
    give each its own :meth:`script`, so that their race decides nothing.
    """

    def __init__(self) -> None:
        super().__init__(None, "", Ids())
        self._lock = threading.RLock()
        self._tier = "scripted"
        self._scripts: list[Script] = []
        self._verdicts: deque[Step] = deque()
        self._all_calls: list[ModelCall] = []
        self.unexpected: list[str] = []

    @classmethod
    def idle(cls, tier: str = "replay") -> Self:
        """
        A model for a tier in which none is scripted: verbs are understood and do nothing.
        """
        model = cls()
        model._tier = tier
        return model

    @property
    def running(self) -> bool:
        """
        Whether answers are really given.
        """
        return self._tier == "scripted"

    @property
    def _owner(self) -> ScriptedModel:
        return self

    def script(self, match: str) -> Script:
        """
        A script of its own for the conversation in which the user writes ``match``.

        The first call whose user text contains it, and every later call of that
        conversation, is answered from here. When several match, the newest text decides.
        """
        with self._lock:
            for script in self._scripts:
                if script.match == match:
                    return script
            self._scripts.append(Script(self, match, self._ids))
            return self._scripts[-1]

    def guardian(
        self,
        allow: bool = True,
        *,
        rationale: str = "scripted verdict",
        risk: str | None = None,
        authorization: str | None = None,
    ) -> Self:
        """
        Script the next verdict of the automatic reviewer of approvals.
        """
        verdict = {
            "outcome": "allow" if allow else "deny",
            "risk_level": risk or ("low" if allow else "high"),
            "user_authorization": authorization or ("high" if allow else "low"),
            "rationale": rationale,
        }
        reviewer = _Reviewer(self, self._verdicts)
        reviewer.respond(parts.say(json.dumps(verdict))._replace(label=f"guardian(allow={allow})"))
        return self

    @property
    def calls(self) -> list[ModelCall]:
        """
        Every call of the agent, in the order of arrival.

        Raises:
            HarnessError: No scripted model runs in this tier.
        """
        self._require_running("calls")
        with self._lock:
            return list(self._all_calls)

    @property
    def remaining_steps(self) -> list[str]:
        """
        The answers nobody has asked for yet, of all scripts.
        """
        with self._lock:
            left = [step.label for step in (*self._steps, *self._verdicts)]
            for script in self._scripts:
                left += [f"script({script.match!r}).{each}" for each in script.remaining_steps]
            return left

    def assert_complete(self) -> None:
        """
        Fail unless the agent asked for exactly what was scripted.

        Raises:
            UnexpectedModelCall: It asked more often.
            UnconsumedModelSteps: It asked less often.
        """
        if self.unexpected:
            raise UnexpectedModelCall("\n".join(self.unexpected))
        left = self.remaining_steps
        if left:
            lines = "\n".join(f"  * {each}" for each in left)
            raise UnconsumedModelSteps(
                f"the agent never asked for {len(left)} of the scripted answers:\n{lines}\n"
                "Remove them, or let the test go on until the agent has asked for them."
            )

    def answer(self, call: ModelCall) -> Reply:
        """
        The reply to a call of the agent; one that nobody scripted is kept and refused.
        """
        with self._lock:
            self._all_calls.append(call)
            script = self._script_for(call)
            script._calls.append(call)
            steps = self._verdicts if call.model == GUARDIAN_MODEL else script._steps
            step = steps.popleft() if steps else None
            number = len(self._all_calls)
        if step is None:
            return self._refuse(call, script, number)
        try:
            return step.render(call.tool_types)
        except Exception as error:  # noqa: BLE001 - must end the turn, not hang it
            return self._complain(f"model call {number}: {step.label} failed: {error!r}")

    def _script_for(self, call: ModelCall) -> Script:
        for text in reversed(call.user_texts):
            for script in self._scripts:
                if script.match in text:
                    return script
        return self

    def _refuse(self, call: ModelCall, script: Script, number: int) -> Reply:
        if call.model == GUARDIAN_MODEL:
            what = "the approval reviewer asked for a verdict; script it with guardian(allow=...)"
        else:
            where = f"script({script.match!r})" if script.match else "the script"
            last = (call.user_texts or [""])[-1]
            results = list(call.outputs.items())[-1:]
            after = f" with the result of {results[0][0]}" if results else ""
            what = (
                f"the agent called the model{after}, but {where} has no answer left; "
                f"the user's last text is {last[:80]!r}. Script one more answer, e.g. .say(...)"
            )
        return self._complain(f"unscripted model call {number}: {what}")

    def _complain(self, problem: str) -> Reply:
        with self._lock:
            self.unexpected.append(problem)
        error = {"message": problem, "type": "unscripted", "code": "unscripted"}
        return Reply([json.dumps({"error": error}).encode()], 500)

    def _require_running(self, what: str) -> None:
        if not self.running:
            raise HarnessError(
                f"codex_model.{what} is not there in the {self._tier} tier: no scripted model "
                "runs. Run this test with --codex-tier=scripted, or ask codex_session.transcript."
            )


class _Reviewer(Verbs):
    """
    Queues verdicts beside the answers.
    """

    def __init__(self, model: ScriptedModel, verdicts: deque[Step]) -> None:
        super().__init__(model._ids)
        self._model = model
        self._verdicts = verdicts

    def _queue(self, step: Step) -> None:
        if self._model.running:
            self._verdicts.append(step)
