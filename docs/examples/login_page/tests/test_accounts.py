"""
Every way in, the way out, and what the page shows on the way.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts import AccountPage, Page

KEY = "sk-proj-" + "example0" * 5


@pytest.fixture
def codex_config():
    """The page is about accounts at OpenAI; a scripted model of our own would need none."""
    return {"model_provider": "openai"}


@pytest.fixture
def page(codex_session):
    """The page, opened by somebody who is not signed in."""
    with AccountPage() as page:
        yield page


def test_key_signs_in_and_out(page):
    """An API key makes an account, which is gone after signing out."""
    assert page.show() == Page()
    assert page.sign_in_with_key(f" {KEY}\n") == Page(account="apiKey")
    assert page.show() == Page(account="apiKey")
    assert page.sign_out() == Page()


def test_key_is_not_kept_anywhere(page, codex_session):
    """The recording and all that is shown know that a key was there, not which."""
    page.sign_in_with_key(KEY)

    asked = [message.body.get("method") for message in codex_session.transcript.wire]
    assert "account/login/start" in asked
    assert KEY not in codex_session.story
    if codex_session.tier == "replay":
        assert KEY not in codex_session.cassette.read_text(encoding="utf-8")


def test_empty_key_is_not_sent(page, codex_session):
    """Nothing is asked of the server for an empty field."""
    shown = page.sign_in_with_key("  ")

    assert shown.problem == "Please paste your key."
    asked = [message.body.get("method") for message in codex_session.transcript.wire]
    assert "account/login/start" not in asked


def test_browser_link_can_be_given_up(page):
    """The page offers a link, and shows that nobody signed in when it is given up."""
    offered = page.sign_in_with_browser()
    ended = page.give_up()

    address = urlsplit(offered.pending)
    assert (address.scheme, address.path) == ("https", "/oauth/authorize")
    assert {"state", "code_challenge", "redirect_uri"} <= parse_qs(address.query).keys()
    assert ended == Page(problem="You are not signed in.")


def test_code_needs_the_network(page):
    """Where no code can be had, the page says what else to do."""
    shown = page.sign_in_with_code()

    assert shown.account == "none"
    assert "Use an API key" in shown.problem


def test_nothing_to_finish(page):
    """Finishing without having begun just shows the page."""
    assert page.finish() == Page()
    assert page.give_up() == Page()
