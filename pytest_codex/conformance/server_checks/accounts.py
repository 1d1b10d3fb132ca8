"""
Logging in and out, without any account: what works offline.
"""

from __future__ import annotations

import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_codex import homes
from pytest_codex.conformance.outcomes import require, skip

from .suite import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_codex.conformance.server import Server

_FACTS = "protocol-facts: Accounts"
_NOBODY = "0b7e4b8e-55e2-4d53-93a1-bb2f7f0ce4c9"
_PORT = 1455
"""The port on which the server waits for the browser; there is no other."""
_PATIENCE = 60.0
"""Seconds to wait for other runs that use the port."""


@check(
    "account/api-key",
    "Logging in with a key is answered, then told by login/completed and account/updated.",
    _FACTS,
    methods=["account/login/start", "account/read"],
    notifications=["account/login/completed", "account/updated"],
)
def api_key(server: Server) -> None:
    server.configure({"model_provider": "openai"})
    client = server.connect()
    before = client.request("account/read")
    require(before["account"] is None, f"before the login the account is {before['account']}")
    require(before["requiresOpenaiAuth"] is True, "no login is required for OpenAI's models")
    key = {"type": "apiKey", "apiKey": "sk-conformance-0123456789"}
    result = client.request("account/login/start", key)
    require(result == {"type": "apiKey"}, f"the answer is {result}")
    done = client.notice("account/login/completed")["params"]
    require(done.get("success") is True, f"account/login/completed tells {done}")
    mode = client.notice("account/updated")["params"].get("authMode")
    require(mode == "apikey", f"account/updated tells authMode {mode!r}")
    account = client.request("account/read")["account"]
    require(account == {"type": "apiKey"}, f"after the login the account is {account}")


@check(
    "account/logout",
    "Logging out forgets the account, for later processes too; it may be said twice.",
    _FACTS,
    methods=["account/login/start", "account/logout", "account/read"],
    notifications=["account/updated"],
)
def logout(server: Server) -> None:
    server.configure({"model_provider": "openai"})
    client = server.connect()
    key = {"type": "apiKey", "apiKey": "sk-conformance-0123456789"}
    client.request("account/login/start", key)
    client.notice("account/updated", authMode="apikey")
    known = server.connect().request("account/read")["account"]
    require(known == {"type": "apiKey"}, f"the next process knows the account as {known}")
    client.request("account/logout")
    client.notice("account/updated", authMode=None)
    left = client.request("account/read")["account"]
    require(left is None, f"after the logout the account is {left}")
    client.request("account/logout")
    later = server.connect().request("account/read")["account"]
    require(later is None, f"the next process knows the account as {later}")


@check(
    "account/unknown-login",
    "A kind of login that does not exist is refused with -32600.",
    _FACTS,
    methods=["account/login/start"],
    broken=True,
)
def unknown_login(server: Server) -> None:
    error = server.connect().refused("account/login/start", {"type": "made-up"})
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")


@check(
    "account/cancel-nothing",
    "Cancelling a login that does not exist says notFound; an id that is none is refused.",
    _FACTS,
    methods=["account/login/cancel"],
)
def cancel_nothing(server: Server) -> None:
    client = server.connect()
    status = client.request("account/login/cancel", {"loginId": _NOBODY})["status"]
    require(status == "notFound", f"the status is {status!r}")
    error = client.refused("account/login/cancel", {"loginId": "none"})
    require(error.get("code") == -32600, f"the code is {error.get('code')}, not -32600")


@check(
    "account/device-code",
    "Without a network a login by device code is refused with -32603 and the reason.",
    _FACTS,
    methods=["account/login/start"],
)
def device_code(server: Server) -> None:
    client = server.connect()
    answer = client.call("account/login/start", {"type": "chatgptDeviceCode"})
    if "result" in answer:
        found = answer["result"]
        require(found.get("userCode") and found.get("loginId"), f"the answer is {found}")
        client.request("account/login/cancel", {"loginId": found["loginId"]})
        return
    error = answer["error"]
    require(error.get("code") == -32603, f"the code is {error.get('code')}, not -32603")
    require("device code" in str(error.get("message")), f"the text is {error.get('message')!r}")


@check(
    "account/chatgpt",
    "A login with the browser gives an id and an address; it can be cancelled, and a second one "
    "takes the place of the first.",
    _FACTS,
    methods=["account/login/start", "account/login/cancel"],
    notifications=["account/login/completed"],
)
def chatgpt(server: Server) -> None:
    with _port():
        client = server.connect()
        first = client.request("account/login/start", {"type": "chatgpt"})
        require(first.get("type") == "chatgpt", f"the answer is {first}")
        address = str(first.get("authUrl"))
        require(address.startswith("https://"), f"authUrl is {address!r}")
        second = client.request("account/login/start", {"type": "chatgpt"})
        require(first["loginId"] != second["loginId"], "two logins have the same id")
        for login in (first["loginId"], second["loginId"]):
            if login == second["loginId"]:
                given = {"loginId": login}
                status = client.request("account/login/cancel", given)["status"]
                require(status == "canceled", f"cancelling it says {status!r}")
            done = client.notice("account/login/completed", loginId=login)["params"]
            require(done.get("success") is False, f"a login that was given up tells {done}")
        again = client.request("account/login/cancel", {"loginId": second["loginId"]})
        require(again["status"] == "notFound", f"cancelling it twice says {again['status']!r}")
        client.close()


@contextmanager
def _port() -> Iterator[None]:
    """
    The login's port, for us alone: there is one on the machine, and other runs may want it.
    """
    lock = homes.directory().parent / f"port-{_PORT}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        if not _locked(file.fileno()):
            skip(f"another run holds port {_PORT} of this machine")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", _PORT))
            except OSError:
                skip(f"port {_PORT} of this machine, which the login needs, is in use")
        yield


def _locked(handle: int) -> bool:
    if sys.platform == "win32":  # no advisory locks there
        return True
    import fcntl

    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
