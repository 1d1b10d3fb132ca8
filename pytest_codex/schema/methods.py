"""
Who may say what: the roles of messages, and which answer belongs to which method.

The schema lists the params of every request. It does not say which answer belongs to a
request; the names do: ``ThreadStartParams`` is answered by ``ThreadStartResponse``. The
methods where they do not are in ``RESPONSES``; a test tells when a version needs more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Container

Role = Literal[
    "client request",
    "client notification",
    "client answer",
    "server request",
    "server notification",
    "server response",
]
"""What a message is and who says it: the first word is the sender."""

UNIONS: dict[Role, str] = {
    "client request": "ClientRequest",
    "client notification": "ClientNotification",
    "server request": "ServerRequest",
    "server notification": "ServerNotification",
}
"""The definition that lists every message of a role."""

ANSWERS: dict[Role, Role] = {
    "client request": "server response",
    "server request": "client answer",
}
"""The role of what answers a request."""

REQUESTS: dict[Role, Role] = {answer: request for request, answer in ANSWERS.items()}
"""The role of what an answer answers."""

RESPONSES = {
    "account/gatewayOAuth/cancel": "GatewayOAuthCancelResponse",
    "account/gatewayOAuth/login": "GatewayOAuthLoginResponse",
    "account/gatewayOAuth/read": "GatewayOAuthReadResponse",
    "account/logout": "LogoutAccountResponse",
    "account/rateLimits/read": "GetAccountRateLimitsResponse",
    "account/usage/read": "GetAccountTokenUsageResponse",
    "account/workspaceMessages/read": "GetWorkspaceMessagesResponse",
    "config/batchWrite": "ConfigWriteResponse",
    "config/mcpServer/reload": "McpServerRefreshResponse",
    "config/value/write": "ConfigWriteResponse",
    "configRequirements/read": "ConfigRequirementsReadResponse",
    "externalAgentConfig/import/readHistories": "ExternalAgentConfigImportHistoriesReadResponse",
    "memory/reset": "MemoryResetResponse",
    "remoteControl/disable": "RemoteControlDisableResponse",
    "remoteControl/enable": "RemoteControlEnableResponse",
    "remoteControl/status/read": "RemoteControlStatusReadResponse",
    "rollout/compress": "RolloutCompressResponse",
    "windowsSandbox/readiness": "WindowsSandboxReadinessResponse",
}
"""The answers that no name of a params type leads to."""


def response_name(method: str, params_name: str, known: Container[str]) -> str | None:
    """
    The name of the definition that answers a method; None when the schema has none.

    Args:
        method: The request's method.
        params_name: The name of its params' definition, "" when it has none of its own.
        known: The names of all definitions.
    """
    if params_name.endswith("Params"):
        name = params_name.removesuffix("Params") + "Response"
        if name in known:
            return name
    named = RESPONSES.get(method)
    return named if named in known else None
