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
from pytest_codex.model.errors import UnconsumedModelSteps, UnexpectedModelCall
from pytest_codex.model.steps import Gate, Ids, Reply, Step
from pytest_codex.model.verbs import Verbs

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_codex.model.calls import ModelCall

# The model Codex asks to review approvals.
GUARDIAN_MODEL = "codex-auto-review"


class Script(Verbs):
    """
    A queue of answers for one conversation; :meth:`ScriptedModel.script` makes them.

    Args:
        model: The model this script belongs to.
        match: What the user's text must contain.
    """

    def __init__(self, model: ScriptedModel | None, match: str, ids: Ids) -> None:
        super().__init__(ids)
        self._model = model
        self.match = match
        self._steps: deque[Step] = deque()
        self._verdicts: deque[Step] = deque()
        self._calls: list[ModelCall] = []

    @property
    def running(self) -> bool:
        """
        Whether answers are really given: only in the scripted tier.
        """
        return self._model is not None and self._model.running

    def _queue(self, step: Step) -> None:
        if self.running:
            self._steps.append(step)

    def _new_gate(self, deadline: float) -> Gate:
        return Gate(deadline, opened=not self.running)

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

        Args:
            rationale: The reason the agent is told.
            risk: ``low``, ``medium``, ``high`` or ``critical``.
            authorization: ``unknown``, ``low``, ``medium`` or ``high``.
        """
        verdict = {
            "outcome": "allow" if allow else "deny",
            "risk_level": risk or ("low" if allow else "high"),
            "user_authorization": authorization or ("high" if allow else "low"),
            "rationale": rationale,
        }
        said = parts.say(json.dumps(verdict))._replace(label=f"guardian(allow={allow})")
        step = self._completing([said])
        if self.running:
            self._verdicts.append(step)
        return self

    @property
    def calls(self) -> list[ModelCall]:
        """
        The calls that came to this script, in order.

        Raises:
            HarnessError: No scripted model runs in this tier.
        """
        assert self._model is not None
        self._model.require_running("calls")
        return list(self._calls)

    @property
    def remaining_steps(self) -> list[str]:
        """
        The answers nobody has asked for yet, as the verbs that scripted them.
        """
        return [step.label for step in (*self._steps, *self._verdicts)]


class ScriptedModel(Script):
    """
    A model that says what the test told it to say.

    Answers are given in the order of the verbs. When several conversations run at once,
    give each its own :meth:`script`, so that their race decides nothing.

    Attributes:
        unexpected: One sentence for each call nobody had scripted.
    """

    def __init__(self) -> None:
        super().__init__(None, "", Ids())
        self._lock = threading.RLock()
        self._tier = "scripted"
        self._scripts: list[Script] = []
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
        Whether answers are really given: only in the scripted tier.
        """
        return self._tier == "scripted"

    def script(self, match: str) -> Script:
        """
        A script of its own for the conversation in which the user writes ``match``.

        The first call whose user text contains it, and every later call of that
        conversation, is answered from here. When several match, the newest text decides.
        For a sub-agent, the text is the task it was given.
        """
        if not match:
            raise ValueError("script(match) needs a piece of the user's text")
        with self._lock:
            for script in self._scripts:
                if script.match == match:
                    return script
            self._scripts.append(Script(self, match, self._ids))
            return self._scripts[-1]

    @property
    def calls(self) -> list[ModelCall]:
        """
        Every call of the agent, in the order of arrival.

        Raises:
            HarnessError: No scripted model runs in this tier.
        """
        self.require_running("calls")
        with self._lock:
            return list(self._all_calls)

    @property
    def remaining_steps(self) -> list[str]:
        """
        The answers nobody has asked for yet, of all scripts.
        """
        with self._lock:
            left = super().remaining_steps
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

    def require_running(self, what: str) -> None:
        """
        Refuse a question that only a model that runs can answer.

        Raises:
            HarnessError: None runs.
        """
        if not self.running:
            raise HarnessError(
                f"codex_model.{what} is not there in the {self._tier} tier: no scripted model "
                "runs. Run this test with --codex-tier=scripted, or ask codex_session.transcript."
            )

    def answer(self, call: ModelCall) -> Reply:
        """
        The reply to a call of the agent; one that nobody scripted is kept and refused.
        """
        reviewing = call.model == GUARDIAN_MODEL
        with self._lock:
            self._all_calls.append(call)
            number = len(self._all_calls)
            script = self._script_for(call)
            script._calls.append(call)
            steps = script._steps
            if reviewing:
                steps = script._verdicts or self._verdicts
            step = steps.popleft() if steps else None
        if step is None:
            others = [other.match for other in self._scripts]
            missing = _review_missing() if reviewing else _answer_missing(call, script, others)
            return self._complain(f"unscripted model call {number}: {missing}")
        return step.reply

    def _script_for(self, call: ModelCall) -> Script:
        for text in reversed(call.prompts):
            for script in self._scripts:
                if script.match in text:
                    return script
        return self

    def _complain(self, problem: str) -> Reply:
        with self._lock:
            self.unexpected.append(problem)
        # 400 in plain text: the agent passes it on word for word and does not try again.
        return Reply([problem.encode()], 400, {"content-type": "text/plain"})


def _review_missing() -> str:
    """
    What to say when an approval came up for review and no verdict was scripted.
    """
    return "the approval reviewer asked for a verdict; script it with .guardian(allow=...)"


def _answer_missing(call: ModelCall, script: Script, others: list[str]) -> str:
    """
    What to say when the script is at its end.
    """
    where = f"script({script.match!r})" if script.match else "the script"
    last = (call.user_texts or [""])[-1]
    results = list(call.outputs)[-1:]
    after = f" with the result of {results[0]}" if results else ""
    unmatched = ""
    if others and not script.match:
        unmatched = f", which contains none of {', '.join(map(repr, others))}"
    return (
        f"the agent called the model{after}, but {where} has no answer left; the user's last "
        f"text is {last[:80]!r}{unmatched}. Script one more answer, for example .say('Done.')."
    )
