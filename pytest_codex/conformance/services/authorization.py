"""
An MCP server that wants a login, and the service that gives it.
"""

from __future__ import annotations

import socket
from typing import Any

from .loopback import Handler, Service


class AuthorizationService(Service):
    """
    Gives every code a token; its MCP server lets nobody in.
    """

    def __init__(self) -> None:
        super().__init__(_AuthorizationHandler)

    @property
    def mcp_url(self) -> str:
        """
        The address of the MCP server.
        """
        return f"{self.url}/mcp"

    @property
    def gateway(self) -> dict[str, Any]:
        """
        The configuration of a model's gateway at which one logs in here.
        """
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        return {
            "client_id": "conformance",
            "authorization_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "redirect_port": port,
            "delivery": {"kind": "header", "name": "X-Gateway"},
        }


class _AuthorizationHandler(Handler):
    def do_GET(self) -> None:  # noqa: N802
        """
        Tell where one logs in.
        """
        url = self.service.url
        if "oauth-authorization-server" not in self.path:
            self.answer(404, {})
            return
        self.answer(
            200,
            {
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": [],
            },
        )

    def do_POST(self) -> None:  # noqa: N802
        """
        Give a token.
        """
        self.body()
        if self.path == "/token":
            token = {"access_token": "conformance", "token_type": "bearer", "expires_in": 3600}
            self.answer(200, token)
        else:
            self.answer(401, {"error": "unauthorized"})
