"""
Logins and accounts: of the model's gateway, of MCP servers, with tokens the client keeps.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from pytest_codex.conformance.outcomes import require
from pytest_codex.conformance.server import INITIALIZE
from pytest_codex.conformance.services.authorization import AuthorizationService

from .kit import MODEL, ended, has, same, texts
from .suite import check

if TYPE_CHECKING:
    from pytest_codex.conformance.client import Client
    from pytest_codex.conformance.server import Server

_REQUESTS = "protocol-facts: Requests of the server"
_TOLD = "protocol-facts: What is told without being asked"
_REFRESH = "account/chatgptAuthTokens/refresh"
_GATEWAY = "account/gatewayOAuth/changed"
_ATTESTATION = "attestation/generate"


def _go_back(address: str) -> None:
    """
    Be a browser whose user has agreed.
    """
    asked = parse_qs(urlsplit(address).query)
    back, state = asked["redirect_uri"][0], asked["state"][0]
    with suppress(OSError):  # where nobody listens, the end of the login does not come
        urlopen(f"{back}?code=c&state={state}", timeout=10).close()


def _client(server: Server, **capabilities: bool) -> Client:
    """
    A client with capabilities of its own.
    """
    client = server.spawn()
    given = {"experimentalApi": True, **capabilities}
    client.request("initialize", {"clientInfo": INITIALIZE, "capabilities": given})
    client.send({"method": "initialized"})
    return client


@check(
    "notices/mcp-login",
    "A login for an MCP server gives an address, and its end is told.",
    _TOLD,
    methods=["mcpServer/oauth/login"],
    notifications=["mcpServer/oauthLogin/completed"],
)
def mcp_login(server: Server) -> None:
    with AuthorizationService() as service:
        far = {"url": service.mcp_url, "oauth": {"client_id": "conformance"}}
        server.configure({"mcp_servers": {"far": far}})
        client = server.connect()
        begun = client.request("mcpServer/oauth/login", {"name": "far"})
        _go_back(begun["authorizationUrl"])
        done = client.notice("mcpServer/oauthLogin/completed", name="far")["params"]
    same("success", done.get("success"), True)


@check(
    "notices/gateway-login",
    "A login at the model's gateway gives an address; when it is cancelled that is told, too.",
    _TOLD,
    methods=[f"account/gatewayOAuth/{each}" for each in ("read", "login", "cancel")],
    notifications=[_GATEWAY],
)
def gateway_login(server: Server) -> None:
    with AuthorizationService() as service:
        server.configure({"model_providers": {"scripted": {"gateway_oauth": service.gateway}}})
        client = _client(server, explicitGatewayOauth=True)
        before = client.request("account/gatewayOAuth/read")
        has("the gateway", before, required=True, status="notReady")
        number = client.ask("account/gatewayOAuth/login")
        begun = client.wait(
            lambda m: m.get("method") == _GATEWAY and m["params"].get("authUrl"),
            f"{_GATEWAY} with an address",
        )["params"]
        same("the status", begun.get("status"), "started")
        same("the place of the address", urlsplit(begun["authUrl"]).path, "/authorize")
        client.request("account/gatewayOAuth/cancel")
        answer = client.answer(number, "account/gatewayOAuth/login")
        require("error" in answer, f"the login was accepted: {answer.get('result')}")
        client.notice(_GATEWAY, status="failed")


def _token(number: int) -> str:
    """
    A token of an account, signed by nobody.
    """
    account = {"chatgpt_account_id": "account", "chatgpt_user_id": "user"}
    claims = {
        "email": "user@example.com",
        "exp": 4102444800,
        "jti": str(number),
        "https://api.openai.com/auth": account,
    }
    parts = (json.dumps(each).encode() for each in ({"alg": "none"}, claims))
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])


def _with_account(server: Server, **capabilities: bool) -> Client:
    """
    A client that has logged in with the tokens of an account.
    """
    provider = {"requires_openai_auth": True}
    server.configure(
        {"model_providers": {"scripted": provider}, "features": {"apps": False}},
    )
    client = _client(server, **capabilities)
    login = {"type": "chatgptAuthTokens", "chatgptAccountId": "account", "chatgptPlanType": "plus"}
    client.request("account/login/start", {**login, "accessToken": _token(1)})
    # Offline its success is not certain; what comes after it does not need it, only its end.
    client.notice("account/login/completed")
    return client


@check(
    "server-requests/account-tokens",
    "A client that keeps the account's tokens is asked for new ones when they are refused.",
    _REQUESTS,
    methods=["account/login/start"],
    notifications=[_REFRESH],
    needs=MODEL,
)
def account_tokens(server: Server) -> None:
    client = _with_account(server)
    server.model.fail(401).say("Welcome back.")
    account = {"chatgptAccountId": "account", "chatgptPlanType": "plus"}
    client.answers[_REFRESH] = lambda _: {"accessToken": _token(2), **account}
    ended(client.turn(client.thread()))
    asked = client.notice(_REFRESH)["params"]
    has("the request", asked, reason="unauthorized", previousAccountId="account")
    same("the messages", texts(client), ["Welcome back."])


@check(
    "server-requests/attestation",
    "A client that offers attestations is asked for one before the model is called.",
    _REQUESTS,
    methods=["account/login/start"],
    notifications=[_ATTESTATION],
    needs=MODEL,
)
def attestation(server: Server) -> None:
    client = _with_account(server, requestAttestation=True)
    server.model.decide(lambda call: call.headers.get("x-oai-attestation", "nothing"))
    client.answers[_ATTESTATION] = lambda _: {"token": "v1.attested"}
    ended(client.turn(client.thread()))
    require(client.said(_ATTESTATION), f"there came no {_ATTESTATION}")
    require("v1.attested" in texts(client)[-1], f"the model got {texts(client)[-1]!r}")
