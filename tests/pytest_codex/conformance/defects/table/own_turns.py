"""
Broken turns that the server begins by itself, helpers, reviewers and hooks.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    after,
    begun,
    change,
    done,
    drop,
    put,
    result,
    says,
    turned,
)

_ACTIVITY = done("subAgentActivity")
_REVIEWED = says("item/autoApprovalReview/completed")
_REVIEW_BEGUN = says("item/autoApprovalReview/started")
_HOOK = "hook/completed"
_HOOK_BEGUN = {"method": "hook/started", "params": {"threadId": "t", "run": {"id": "another"}}}
_GOAL = says("thread/goal/updated")


DEFECTS = (
    Defect(
        "compacts-without-an-item",
        "A compaction on request is no item.",
        drop(done("contextCompaction")),
        fails={"compact/turn-of-its-own", "failures/context-window"},
    ),
    Defect(
        "compaction-never-fails",
        "The error of a failed compaction is not told.",
        drop(says("error").where(lambda m: m["params"]["error"]["message"].count("No summary."))),
        fails={"compact/failure-is-told"},
    ),
    Defect(
        "review-without-entry",
        "A review does not tell that it begins.",
        drop(begun("enteredReviewMode")),
        fails={"review/enters-and-exits"},
    ),
    Defect(
        "review-without-findings",
        "The end of a review does not say what was found.",
        change(done("exitedReviewMode"), put("params.item.review", "")),
        fails={"review/enters-and-exits"},
    ),
    Defect(
        "interrupted-turns-are-completed",
        "A turn that was interrupted ends as completed.",
        change(turned("interrupted"), put("params.turn.status", "completed")),
        fails={
            "review/can-be-interrupted",
            "approvals/command-cancelled",
            "approvals/edit-cancelled",
            "approvals/interrupt-while-open",
            "interrupts/before-the-model-speaks",
            "interrupts/ends-the-turn",
            "interrupts/only-its-own-thread",
            "interrupts/running-command-goes-on",
        },
    ),
    Defect(
        "goals-are-never-reached",
        "A goal that the agent has reached stays active for the client.",
        change(_GOAL, put("params.goal.status", "active")),
        fails={"goals/works-until-it-is-reached"},
    ),
    Defect(
        "goals-are-forgotten",
        "Who asks for the goal is told that there is none.",
        change(result("thread/goal/get"), put("result.goal", {})),
        fails={"goals/works-until-it-is-reached", "goals/cleared"},
    ),
    Defect(
        "cleared-goals-are-not-told",
        "thread/goal/cleared is never sent.",
        drop(says("thread/goal/cleared")),
        fails={"goals/cleared"},
    ),
    Defect(
        "helpers-fail",
        "Dealing with a sub-agent always fails.",
        change(done("collabAgentToolCall"), put("params.item.status", "failed")),
        fails={"subagents/life-of-a-helper"},
    ),
    Defect(
        "helpers-without-a-thread",
        "It is not told which thread a sub-agent has.",
        change(done("collabAgentToolCall"), put("params.item.receiverThreadIds", [])),
        fails={"subagents/life-of-a-helper", "subagents/outlive-the-turn"},
    ),
    Defect(
        "helpers-without-a-path",
        "A sub-agent's activity does not tell its path.",
        change(_ACTIVITY, put("params.item.agentPath", "/")),
        fails={"subagents/activity"},
    ),
    Defect(
        "reviewer-approves-all",
        "Every verdict of the reviewer is told as approved.",
        change(_REVIEWED, put("params.review.status", "approved")),
        fails={"guardian/denies"},
    ),
    Defect(
        "reviewer-denies-all",
        "Every verdict of the reviewer is told as denied.",
        change(_REVIEWED, put("params.review.status", "denied")),
        fails={"guardian/allows"},
    ),
    Defect(
        "reviews-without-a-beginning",
        "The beginning of a review by the reviewer is not told.",
        drop(_REVIEW_BEGUN),
        fails={"guardian/*"},
    ),
    Defect(
        "reviewer-gives-no-reason",
        "A verdict does not tell its reason.",
        change(_REVIEWED, put("params.review.rationale", None)),
        fails={"guardian/*"},
    ),
    Defect(
        "hooks-end-in-silence",
        "The end of a hook is not told.",
        drop(says(_HOOK)),
        fails={"hooks/run-is-told"},
    ),
    Defect(
        "hooks-of-another-turn",
        "A hook's end names another run.",
        change(says(_HOOK), put("params.run.id", "another")),
        fails={"hooks/run-is-told"},
    ),
    Defect(
        "hooks-without-trust",
        "A hook is told in every turn, trusted or not.",
        after(says("turn/started"), _HOOK_BEGUN),
        fails={"hooks/*"},
    ),
)
