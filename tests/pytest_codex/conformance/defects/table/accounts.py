"""
Broken logins.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    accepts,
    at,
    change,
    drop,
    error,
    put,
    result,
    says,
)

_LOGIN = "account/login/start"
_DONE = "account/login/completed"
_KEY = {"type": "apiKey"}

DEFECTS = (
    Defect(
        "login-is-not-announced",
        "account/login/completed is never sent.",
        drop(says(_DONE)),
        fails={"account/api-key", "account/chatgpt"},
    ),
    Defect(
        "login-fails-in-silence",
        "A login with a key is told as failed.",
        change(says(_DONE).where(at("params.success", True)), put("params.success", False)),
        fails={"account/api-key"},
    ),
    Defect(
        "login-changes-nothing",
        "account/updated does not tell the kind of account.",
        change(says("account/updated"), put("params.authMode", None)),
        fails={"account/api-key", "account/logout"},
    ),
    Defect(
        "account-is-forgotten",
        "account/read tells no account after a login.",
        change(
            result("account/read").where(at("result.account", _KEY)), put("result.account", None)
        ),
        fails={"account/api-key", "account/logout"},
    ),
    Defect(
        "no-login-needed",
        "account/read says that OpenAI's models need no login.",
        change(
            result("account/read").where(at("result.requiresOpenaiAuth", True)),
            put("result.requiresOpenaiAuth", False),
        ),
        fails={"account/api-key"},
    ),
    Defect(
        "logout-is-not-announced",
        "account/updated is not sent after a logout.",
        drop(says("account/updated").where(lambda m: m["params"]["authMode"] is None)),
        fails={"account/logout"},
    ),
    Defect(
        "logout-keeps-the-account",
        "account/read tells an account after the logout.",
        change(
            result("account/read").where(
                lambda m: m["result"]["account"] is None and m["result"]["requiresOpenaiAuth"]
            ),
            put("result.account", _KEY),
        ),
        fails={"account/logout", "account/api-key"},
    ),
    Defect(
        "any-login-will-do",
        "A kind of login that does not exist is accepted.",
        accepts(error(_LOGIN).where(lambda m: "made-up" in m["error"]["message"])),
        fails={"account/unknown-login"},
    ),
    Defect(
        "cancels-nothing",
        "Cancelling a login that does not exist is told as done.",
        change(
            result("account/login/cancel").where(at("result.status", "notFound")),
            put("result.status", "canceled"),
        ),
        fails={"account/cancel-nothing", "account/chatgpt"},
    ),
    Defect(
        "any-login-id-will-do",
        "An id that cannot be one of a login is accepted.",
        accepts(error("account/login/cancel"), {"status": "notFound"}),
        fails={"account/cancel-nothing"},
    ),
    Defect(
        "device-code-out-of-nowhere",
        "A login by device code without a network is refused like bad params.",
        change(
            error(_LOGIN).where(lambda m: "device code" in m["error"]["message"]),
            put("error.code", -32600),
        ),
        fails={"account/device-code"},
    ),
    Defect(
        "all-logins-are-one",
        "Each login with the browser has the same id.",
        change(
            result(_LOGIN).where(at("result.loginId")),
            put("result.loginId", "00000000-0000-4000-8000-000000000000"),
        ),
        fails={"account/chatgpt"},
    ),
    Defect(
        "login-without-an-address",
        "A login with the browser tells no address.",
        change(result(_LOGIN).where(at("result.authUrl")), put("result.authUrl", "")),
        fails={"account/chatgpt"},
    ),
)
