"""
The messages that no check can bring about without an account or the network, and why.

A test holds this list against what the suite really exercises: nothing may be missing, and
nothing may be listed that is exercised after all.
"""

from __future__ import annotations

UNREACHABLE: dict[str, str] = {
    "app/list/updated": "the list of apps comes from the account's own service",
    "applyPatchApproval": "belonged to an API that no version has any more",
    "autoApprovalReview/strictReviewRequired": "the account's service asks for it",
    "execCommandApproval": "belonged to an API that no version has any more",
    "item/fileChange/outputDelta": "no version sends it any more",
    "item/mcpToolCall/progress": "no version sends it: what a tool tells of its progress is lost",
    "mcpServer/event/stream/notification": "only apps hosted by the account's service have events",
    "modelProvider/authRecoveryCompleted": "needs the login of a cloud (AWS) and a command for it",
    "modelProvider/authRecoveryStarted": "needs the login of a cloud (AWS) and a command for it",
    "thread/closed": "comes 30 minutes after the last client has left the thread",
    "thread/compacted": "no version sends it any more: a compaction is an item",
    "thread/prediction/updated": "its request is answered: not implemented yet",
    "windows/worldWritableWarning": "exists on Windows only",
}
"""The reason by method."""
