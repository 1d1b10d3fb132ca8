"""
Broken conversations by voice, logins, and requests about accounts.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    change,
    drop,
    late,
    put,
    result,
    says,
)

_CLOSED = says("thread/realtime/closed")

DEFECTS = (
    Defect(
        "voice-loses-the-sound",
        "Sound is told without its data.",
        change(says("thread/realtime/outputAudio/delta"), put("params.audio.data", "")),
        fails={"realtime/conversation"},
    ),
    Defect(
        "voice-loses-the-text",
        "The text of what was said is empty.",
        change(says("thread/realtime/transcript/done"), put("params.text", "")),
        fails={"realtime/conversation"},
    ),
    Defect(
        "voice-error-after-the-end",
        "The error that ends a conversation is told after its end.",
        late(says("thread/realtime/error"), until=_CLOSED),
        fails={"realtime/conversation"},
    ),
    Defect(
        "voice-is-no-item",
        "The items of a conversation are never completed.",
        drop(says("thread/realtime/item/completed")),
        fails={"realtime/items"},
    ),
    Defect(
        "voice-delta-of-another-item",
        "A delta of what was said names another item.",
        change(says("thread/realtime/item/transcript/delta"), put("params.itemId", "another")),
        fails={"realtime/items"},
    ),
    Defect(
        "voice-answers-its-own-way",
        "The answer to the offer of a connection is changed on its way.",
        change(says("thread/realtime/sdp"), put("params.sdp", "v=0")),
        fails={"realtime/connection-of-ones-own"},
    ),
    Defect(
        "voice-ends-for-no-reason",
        "The end of a conversation gives no reason.",
        change(_CLOSED, put("params.reason", None)),
        fails={"realtime/conversation", "realtime/connection-of-ones-own"},
    ),
    Defect(
        "mcp-logins-fail",
        "Every login for an MCP server is told as failed.",
        change(says("mcpServer/oauthLogin/completed"), put("params.success", False)),
        fails={"notices/mcp-login"},
    ),
    Defect(
        "gateway-is-always-ready",
        "The gateway is told as ready before anybody has logged in.",
        change(result("account/gatewayOAuth/read"), put("result.status", "succeeded")),
        fails={"notices/gateway-login"},
    ),
    Defect(
        "forgets-the-account",
        "Who is asked for new tokens is not told for which account.",
        change(
            says("account/chatgptAuthTokens/refresh"), put("params.previousAccountId", "another")
        ),
        fails={"server-requests/account-tokens"},
    ),
    Defect(
        "asks-for-no-attestation",
        "The client is not asked for an attestation.",
        change(says("attestation/generate"), put("method", "attestation/create")),
        fails={"server-requests/attestation"},
    ),
    Defect(
        "asks-for-another-time",
        "The request for the time names another thread.",
        change(says("currentTime/read"), put("params.threadId", "another")),
        fails={"server-requests/current-time"},
    ),
    Defect(
        "asks-for-permissions-without-a-reason",
        "The request for permissions gives no reason.",
        change(says("item/permissions/requestApproval"), put("params.reason", None)),
        fails={"server-requests/permissions"},
    ),
)
