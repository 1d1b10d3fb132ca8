"""
Broken turns.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    after,
    begun,
    change,
    done,
    drop,
    get,
    lose,
    put,
    result,
    rewrite,
    says,
    turned,
    twice,
)

_USAGE = says("thread/tokenUsage/updated")
_OTHER = "01a1fcaa-0000-7000-8000-000000000002"


def _first_file_only(message: Message) -> None:
    diff = message["params"]["diff"]
    message["params"]["diff"] = "diff --git" + diff.split("diff --git")[-1]


def _begins_after_its_end(message: Message) -> None:
    turn = message["params"]["turn"]
    turn["startedAt"], turn["completedAt"] = turn["completedAt"] + 5, turn["startedAt"]


DEFECTS = (
    Defect(
        "user-item-is-not-completed",
        "item/completed of the user's message is never sent.",
        drop(done("userMessage")),
        fails={"turns/base-sequence", "turns/input-reaches-the-model"},
    ),
    Defect(
        "usage-is-not-told",
        "thread/tokenUsage/updated is never sent.",
        drop(_USAGE),
        fails={"turns/base-sequence", "turns/usage-adds-up"},
    ),
    Defect(
        "usage-comes-twice",
        "thread/tokenUsage/updated is sent twice.",
        twice(_USAGE),
        fails={"turns/base-sequence", "turns/usage-adds-up"},
    ),
    Defect(
        "answers-with-a-turn-that-ended",
        "The answer to turn/start is a turn that is completed.",
        change(result("turn/start"), put("result.turn.status", "completed")),
        fails={"turns/answer-is-in-progress"},
    ),
    Defect(
        "wrong-turn-started",
        "turn/started names another turn than the answer to turn/start.",
        change(says("turn/started"), put("params.turn.id", _OTHER)),
        fails={"turns/answer-is-in-progress"},
    ),
    Defect(
        "wrong-turn-completed",
        "turn/completed names another turn than the answer to turn/start.",
        change(turned("completed"), put("params.turn.id", _OTHER)),
        fails={"turns/*"},
    ),
    Defect(
        "cuts-the-message",
        "The completed message lacks its last letter.",
        change(done("agentMessage"), rewrite("params.item.text", lambda text: text[:-1])),
        fails={
            "turns/final-message",
            "turns/deltas-make-the-text",
            "turns/conversation-goes-on",
            "turns/summary-items",
        },
    ),
    Defect(
        "phase-is-lost",
        "The phase of the agent's message is not told.",
        change(done("agentMessage"), put("params.item.phase", None)),
        fails={"turns/final-message"},
    ),
    Defect(
        "completed-with-an-error",
        "A turn that went well has an error.",
        change(turned("completed"), put("params.turn.error", {"message": "What?"})),
        fails={"turns/final-message", "turns/refusal-completes"},
    ),
    Defect(
        "empty-deltas",
        "An empty delta follows each piece of a message.",
        after(
            says("item/agentMessage/delta"),
            {"method": "item/agentMessage/delta", "params": {"delta": "", "itemId": "x"}},
        ),
        fails={"turns/deltas-make-the-text", "limits/many-deltas"},
    ),
    Defect(
        "mishears-the-user",
        "The user's message is told without its quotes.",
        change(
            done("userMessage"),
            rewrite("params.item.content.0.text", lambda text: str(text).replace('"', "")),
        ),
        fails={"turns/input-reaches-the-model"},
    ),
    Defect(
        "one-turn-for-all",
        "All turns of a thread have one id.",
        change(result("turn/start"), put("result.turn.id", _OTHER)),
        fails={"turns/answer-is-in-progress"},
    ),
    Defect(
        "counts-the-last-call-only",
        "The total usage is that of the last call.",
        change(
            _USAGE,
            lambda m: put("params.tokenUsage.total", get(m, "params.tokenUsage.last"))(m),
        ),
        fails={"turns/usage-adds-up"},
    ),
    Defect(
        "limits-are-not-told",
        "The limits that the model's service tells are not told.",
        change(says("account/rateLimits/updated"), put("params.rateLimits.primary", None)),
        fails={"turns/rate-limits-are-told"},
    ),
    Defect(
        "diff-of-the-last-edit",
        "The turn's diff holds the last edit only.",
        change(says("turn/diff/updated"), _first_file_only),
        fails={"turns/diff-is-cumulative"},
    ),
    Defect(
        "diff-is-not-told",
        "turn/diff/updated is never sent.",
        drop(says("turn/diff/updated")),
        fails={"turns/diff-is-cumulative"},
    ),
    Defect(
        "summary-of-the-first-message",
        "The summary of a turn's items is empty.",
        change(turned("completed"), put("params.turn.items", [])),
        fails={"turns/summary-items"},
    ),
    Defect(
        "time-runs-backwards",
        "A turn ends before it begins.",
        change(turned("completed"), _begins_after_its_end),
        fails={"turns/times-are-told"},
    ),
    Defect(
        "takes-no-time",
        "A completed turn does not tell how long it took.",
        change(turned("completed"), lose("params.turn.durationMs")),
        fails={"turns/times-are-told"},
    ),
    Defect(
        "settings-are-not-told",
        "thread/settings/updated is never sent.",
        drop(says("thread/settings/updated")),
        fails={"turns/settings-of-a-turn"},
    ),
    Defect(
        "warns-of-nothing",
        "Warnings are never sent.",
        drop(says("warning")),
        fails={"turns/unknown-model-warns"},
    ),
    Defect(
        "a-refusal-is-a-failure",
        "A turn whose model refuses tells an error.",
        after(
            begun("userMessage"),
            {"method": "error", "params": {"error": {"message": "refused"}, "willRetry": False}},
        ),
        fails={"turns/refusal-completes"},
    ),
)
