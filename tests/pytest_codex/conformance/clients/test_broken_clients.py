"""
Each broken client fails exactly the checks that are meant for it.

A client is run through the checks it has to fail, some of them when they are many, and through one
check of every area that it has to pass, another one for every client. With CONFORMANCE_EVERYTHING
set it is run through all of them, which takes half an hour.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase

import pytest

from pytest_codex.conformance.checks import Check
from pytest_codex.conformance.clients.client import Client, ClientTarget
from pytest_codex.conformance.clients.command import choose, suite
from pytest_codex.conformance.clients.judging import ClientJudge
from pytest_codex.conformance.outcomes import Outcome
from tests.pytest_codex.conformance.clients.broken_clients import DEFECTS
from tests.pytest_codex.conformance.clients.clients import raw_client

DEADLINE = 60.0
HANGING = 4.0
"""Seconds for a check that the client is to fail: many of these clients hang in it."""
SAMPLE = 5
AT_ONCE = 3
"""Checks side by side: most of them wait in vain for what the broken client never does."""

ASKED = (
    *("schema/approve", "schema/decline", "schema/user-input", "unknowns/server-request"),
    *("requests/*", "!requests/resolved-by-another", "approvals/*"),
    *("ids/*", "!ids/own-ids-are-unique"),
)
NOT_FOR_CLIENTS = (
    *("requests/item-permissions-requestApproval", "requests/item-tool-call"),
    *("requests/mcpServer-elicitation-request", "requests/account-chatgptAuthTokens-refresh"),
    *("requests/attestation-generate", "requests/currentTime-read"),
    *("requests/execCommandApproval", "requests/applyPatchApproval"),
)
REFUSALS = (
    *("handshake/refused", "overload/always", "errors/*", "!errors/failed-turn-*"),
    *("!errors/will-retry", "!errors/second-turn-*", "steering/steer-refused"),
)
OPENED = ("run", "stream", "turns", "two-threads", "resume", "interrupt", "steer")

MUST_FAIL: dict[str, tuple[str, ...]] = {
    "IgnoresRequests": ASKED,
    "AnswersWithoutError": ("unknowns/server-request", *NOT_FOR_CLIENTS),
    "TurnsIdsIntoText": (*ASKED, "!ids/string*"),
    "TurnsIdsIntoNumbers": ("ids/string-of-digits",),
    "MixesIdsUp": ("approvals/two-at-once", "ids/same-as-the-clients-own"),
    "AcceptsMalformed": ("approvals/malformed-*",),
    "AcceptsEverything": ("approvals/*-declined",),
    "AnswersOneQuestion": ("requests/user-input",),
    "CrashesOnUnknownNotifications": ("unknowns/notification*",),
    "CrashesOnUnknownItems": ("unknowns/item-type",),
    "StrictAboutPolicies": ("unknowns/approval-policy",),
    "HangsAtTheEnd": (
        *("close/exits-*", "close/fails-*", "close/killed-*", "close/closes-*"),
        "close/half-a-line",
    ),
    "NeverInitializes": (
        *("*", "!schema/*", "!goodbye/politely"),
        *("!close/exits-at-a-request", "!goodbye/after-an-error"),
    ),
    "InitializesTwice": ("handshake/initialize-once",),
    "SaysWhatIsNotValid": (
        *(f"schema/{task}" for task in OPENED),
        *("schema/approve", "schema/decline", "schema/user-input", "schema/opt-out"),
    ),
    "LosesErrors": (*REFUSALS, "goodbye/after-an-error", "goodbye/after-a-failed-handshake"),
    "TellsNoReason": REFUSALS,
    "TriesForEver": ("overload/always",),
    "GivesUpAtOnce": ("overload/retry",),
    "TakesErrorsForTheEnd": ("errors/will-retry", "errors/second-turn-after-a-failed-one"),
    "ForgetsFailures": ("unknowns/error-kind", "errors/failed-turn-*"),
    "WaitsForItems": (
        *("schema/steer", "ordering/tail", "items/never-completed", "items/refusal"),
        "steering/steer",
    ),
    "MixesThreads": (
        *("ordering/interleaved", "ordering/second-thread-first", "ordering/strange-*"),
        *("ordering/completed-twice", "approvals/in-one-of-two-threads"),
        "errors/second-turn-after-a-failed-one",
    ),
    "LosesWhatIsEarly": ("ordering/turn-over-before-its-answer",),
    "TakesTheFirstMessage": ("unknowns/message-phase", "items/last-message-is-the-answer"),
    "SplitsAtSeparators": ("texts/answer-separators",),
    "SpeaksLatin": ("texts/prompt-letters", "texts/prompt-emoji", "texts/prompt-separators"),
    "ReadsLittle": ("large/message",),
    "DropsPieces": ("large/deltas",),
    "StumblesOverGarbage": (
        *("close/garbage", "close/an-array", "close/a-number", "close/empty-lines"),
        "close/half-a-line",
    ),
    "NeverReadsStandardError": ("close/noisy-standard-error",),
    "LeavesTheServerBehind": (
        *("goodbye/*", "close/closes-*", "close/noisy-standard-error", "close/garbage"),
        *("close/an-array", "close/a-number", "close/no-message", "close/not-utf-8"),
        "close/empty-lines",
    ),
    "WaitsForTheServerToGo": ("goodbye/stubborn",),
    "WaitsForAnInterrupt": ("steering/interrupt-unanswered",),
    "SteersNothing": ("steering/steer",),
}
"""The ids of the checks that must notice, ``*`` for anything, ``!`` in front of what need not."""


def must_fail(defect: str, check: Check[Client]) -> bool:
    """
    Whether a check is meant for a defect; the last pattern that fits decides.
    """
    fitting = [one for one in MUST_FAIL[defect] if fnmatchcase(check.id, one.removeprefix("!"))]
    return bool(fitting) and not fitting[-1].startswith("!")


def chosen(defect: str) -> list[Check[Client]]:
    """
    The checks to run a broken client through.
    """
    checks = suite()
    if os.environ.get("CONFORMANCE_EVERYTHING"):
        return checks
    meant = [check for check in checks if must_fail(defect, check)]
    step = max(1, len(meant) // SAMPLE)
    number = list(DEFECTS).index(defect)
    found = meant[number % step :: step]
    for area in dict.fromkeys(check.area for check in checks):
        others = [one for one in checks if one.area == area and not must_fail(defect, one)]
        found += [others[number % len(others)]] if others else []
    return found


def test_every_defect_is_noticed_by_something() -> None:
    """
    Each broken client is listed, and each pattern fits a check.
    """
    assert DEFECTS.keys() == MUST_FAIL.keys()
    ids = [check.id for check in suite()]
    patterns = {one.removeprefix("!") for some in MUST_FAIL.values() for one in some}
    assert [] == [one for one in patterns if not any(fnmatchcase(name, one) for name in ids)]


TRIED = list(MUST_FAIL) if os.environ.get("CONFORMANCE_EVERYTHING") else list(MUST_FAIL)[::2]
"""Each waits in vain again and again: ``make defects`` tries all of them."""


@pytest.mark.parametrize("defect", TRIED)
def test_a_broken_client_fails_what_is_meant_for_it(defect: str) -> None:
    """
    And nothing else.
    """
    held = choose(None, None)

    def judge(check: Check[Client]) -> tuple[str, str, str] | None:
        meant = must_fail(defect, check)
        deadline = HANGING if meant else DEADLINE
        result = ClientJudge(ClientTarget(raw_client(defect), deadline), held)(check)
        noticed = result.outcome in (Outcome.FAILED, Outcome.WARNING)
        if noticed == meant and result.outcome is not Outcome.ERROR:
            return None
        return check.id, result.outcome.value, result.text

    with ThreadPoolExecutor(AT_ONCE) as crew:
        wrong = [one for one in crew.map(judge, chosen(defect)) if one is not None]

    assert [] == wrong
