"""
The model as a test scripts it, and what the agent asked of it.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from fake_server.errors import HarnessError
from pytest_codex.model import complaints, parts
from pytest_codex.model.answers import build
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
        ids: Where ids of answers come from.
        match: What the user's text must contain.
        thread: The id of the thread it is for.
    """

    def __init__(
        self, model: ScriptedModel | None, ids: Ids, match: str = "", thread: str = ""
    ) -> None:
        super().__init__(ids)
        self._model = model
        self.match = match
        self.thread = thread
        self._endless: str | None = None
        self._steps: deque[Step] = deque()
        self._verdicts: deque[Step] = deque()
        self._calls: list[ModelCall] = []

    @property
    def running(self) -> bool:
        """
        Whether answers are really given: only in the scripted tier.
        """
        return self._model is not None and self._model.running

    @property
    def label(self) -> str:
        """
        How the test wrote it, for messages.
        """
        return f"script(thread={self.thread!r})" if self.thread else f"script({self.match!r})"

    def _queue(self, step: Step) -> None:
        if self._endless is not None:
            raise ValueError(
                f"{self._endless} with repeat=True answers every call from there on: "
                f"{step.label} would never be asked for"
            )
        if step.endless:
            self._endless = step.label
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
        step = build(self._ids, [said], {})
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
        steps = [step for step in self._steps if not step.endless]
        return [step.label for step in (*steps, *self._verdicts)]

    def _next(self) -> Step | None:
        """
        The next answer; one that repeats stays.
        """
        if self._steps and self._steps[0].endless:
            return self._steps[0]
        return self._steps.popleft() if self._steps else None


class ScriptedModel(Script):
    """
    A model that says what the test told it to say.

    Answers are given in the order of the verbs. When several conversations run at once,
    give each its own :meth:`script`, so that their race decides nothing.

    Attributes:
        unexpected: One sentence for each call nobody had scripted, or whose scripted answer
            could not be made.
    """

    def __init__(self) -> None:
        super().__init__(None, Ids())
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

    def script(self, match: str = "", *, thread: Any = None) -> Script:
        """
        A script of its own for one conversation.

        Args:
            match: A piece of the user's text. The first call whose text contains it, and
                every later call of that conversation, is answered from here. When several
                match, the newest text decides. For a sub-agent the text is its task.
            thread: A thread, or its id: every call of that thread is answered from here,
                whatever its texts. Sub-agents are threads of their own.

        Raises:
            ValueError: Not exactly one of both is given.
        """
        wanted = "" if thread is None else str(getattr(thread, "id", thread))
        if bool(match) == bool(wanted):
            raise ValueError("script() needs either a piece of the user's text, or thread=...")
        with self._lock:
            for script in self._scripts:
                if (script.match, script.thread) == (match, wanted):
                    return script
            self._scripts.append(Script(self, self._ids, match, wanted))
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
                left += [f"{script.label}.{each}" for each in script.remaining_steps]
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
            raise UnconsumedModelSteps(complaints.unconsumed(left))

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

    def reply_to(self, call: ModelCall) -> Reply:
        """
        The reply to a call of the agent; one that nobody scripted is kept and refused.
        """
        reviewing = call.model == GUARDIAN_MODEL
        with self._lock:
            self._all_calls.append(call)
            number = len(self._all_calls)
            script = self._script_for(call)
            script._calls.append(call)
            if reviewing:
                verdicts = script._verdicts or self._verdicts
                step = verdicts.popleft() if verdicts else None
            else:
                step = script._next()
        if step is None:
            return self._complain(f"unscripted model call {number}: {self._missing(call, script)}")
        try:
            # Not under the lock: a callable of the test may take its time.
            return step.reply(call)
        except Exception as error:  # noqa: BLE001 - a dropped connection would be tried again
            told = error if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
            return self._complain(f"model call {number} got no answer: {told}")

    def _missing(self, call: ModelCall, script: Script) -> str:
        left = self.remaining_steps
        if call.model == GUARDIAN_MODEL:
            return complaints.no_verdict(left)
        if script is not self:
            return complaints.nothing_scripted(call, script.label, left=left)
        others = [other.label for other in self._scripts]
        return complaints.nothing_scripted(call, "the script", others=others, left=left)

    def _script_for(self, call: ModelCall) -> Script:
        # A reviewer is a thread of its own, which works for the thread it reviews.
        thread = call.parent_thread if call.model == GUARDIAN_MODEL else call.thread
        for script in self._scripts:
            if thread and script.thread == thread:
                return script
        for text in reversed(call.prompts):
            for script in self._scripts:
                if script.match and script.match in text:
                    return script
        return self

    def _complain(self, problem: str) -> Reply:
        with self._lock:
            self.unexpected.append(problem)
        # 400 in plain text: the agent passes it on word for word and does not try again.
        return Reply([problem.encode()], 400, {"content-type": "text/plain"})
