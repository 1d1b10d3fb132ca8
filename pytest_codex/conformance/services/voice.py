"""
A service for conversations by voice: says what a check has written, nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .loopback import Handler, Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWER = "v=answer\r\n"
"""The answer to every offer of a connection."""


class VoiceService(Service):
    """
    Takes calls, and speaks the realtime protocol over WebSockets.

    Args:
        replies: What is said to a message of the server under test, by its type.
    """

    def __init__(self, replies: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        super().__init__(_VoiceHandler)
        self.replies = replies

    @property
    def config(self) -> dict[str, Any]:
        """
        The configuration with which a server uses this service.
        """
        return {
            "features": {"realtime_conversation": True},
            "realtime": {"version": "v2"},
            "experimental_realtime_ws_base_url": self.websocket_url,
            "experimental_realtime_webrtc_call_base_url": self.url,
            "experimental_realtime_ws_backend_prompt": "Be short.",
            "experimental_realtime_ws_startup_context": "Nothing.",
        }


class _VoiceHandler(Handler):
    def do_POST(self) -> None:  # noqa: N802
        """
        Take a call.
        """
        self.body()
        place = self.path.partition("?")[0]
        self.answer(200, ANSWER, Location=f"{place}/rtc_1")

    def do_GET(self) -> None:  # noqa: N802
        """
        Speak.
        """
        self.talk()

    def heard(self, text: str) -> None:
        """
        Say what is said to that.
        """
        for event in self.service.replies.get(json.loads(text).get("type"), ()):
            self.say(event)
