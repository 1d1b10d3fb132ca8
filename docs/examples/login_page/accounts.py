"""
The account page of an application on Codex: sign in with a browser, a code or an API key; see
who is signed in; sign out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openai_codex import ChatgptLoginHandle, Codex, DeviceCodeLoginHandle, JsonRpcError

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Page:
    """
    What the page shows.

    Attributes:
        account: ``none``, ``apiKey``, ``chatgpt`` or what else Codex knows.
        name: The address of a ChatGPT account, empty otherwise.
        pending: Where to go to finish signing in: a link, empty when nothing is pending.
        code: The code to type there, for a sign-in by code.
        problem: What went wrong, in words for the user.
    """

    account: str = "none"
    name: str = ""
    pending: str = ""
    code: str = ""
    problem: str = ""


class AccountPage:
    """
    The page's buttons; each returns what the page shows then.
    """

    def __init__(self) -> None:
        self._codex = Codex()
        self._login: ChatgptLoginHandle | DeviceCodeLoginHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._codex.close()

    def show(self, problem: str = "") -> Page:
        """
        The page as it is now.
        """
        state = self._codex.account()
        if state.account is None:
            return Page(problem=problem)
        account = state.account.root
        return Page(account.type, name=getattr(account, "email", None) or "", problem=problem)

    def sign_in_with_browser(self) -> Page:
        """
        Offer a link.
        """
        self._login = login = self._codex.login_chatgpt()
        return Page(pending=login.auth_url)

    def sign_in_with_code(self) -> Page:
        """
        Offer a link and a code to type there.
        """
        try:
            self._login = login = self._codex.login_chatgpt_device_code()
        except JsonRpcError:
            return self.show(problem="No code can be had now. Use an API key, or try again later.")
        return Page(pending=login.verification_url, code=login.user_code)

    def sign_in_with_key(self, key: str) -> Page:
        """
        Use an API key.
        """
        if not key.strip():
            return self.show(problem="Please paste your key.")
        self._codex.login_api_key(key.strip())
        return self.show()

    def finish(self) -> Page:
        """
        Wait until the user has signed in, or it was given up.
        """
        if self._login is None:
            return self.show()
        login, self._login = self._login, None
        end = login.wait()
        return self.show(problem="" if end.success else "You are not signed in.")

    def give_up(self) -> Page:
        """
        Cancel what is pending.
        """
        if self._login is not None:
            self._login.cancel()
        return self.finish()

    def sign_out(self) -> Page:
        """
        Forget the account.
        """
        self._codex.logout()
        return self.show()
