"""
The messages of a transcript with what each of them is: a request, its answer, a notification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.messages import encode, is_notification, is_request, is_response
from fake_server.placeholders import Places

from .methods import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_server.transcript import Event, Transcript

    from .methods import Role

PLACES = "workspace codex_home home tmp tmp_path basetemp codex_bin".split()


class Said(NamedTuple):
    """
    One message and what it is.

    Attributes:
        event: The message, at its line.
        role: Who says it, and what it is.
        method: Its method; for an answer that of the request.
        message: The message, its placeholders filled in.
        refused: Whether the other side answered it with an error.
    """

    event: Event
    role: Role
    method: str
    message: dict[str, Any]
    refused: bool


def said(transcript: Transcript) -> Iterator[Said]:
    """
    Tell of each message what it is.

    What is no JSON-RPC message, and answers to nothing, are left out: they are in recordings
    of clients that break the protocol on purpose.
    """
    places = _places()
    refused = _refused(transcript)
    open_requests: dict[tuple[int, str, str], str] = {}
    for event in transcript.events:
        body = event.body
        if event.kind not in ("client", "server") or not isinstance(body, dict):
            continue
        number = encode(body.get("id"))
        message = places.fill(body)
        sender, peer = ("client", "server") if event.kind == "client" else ("server", "client")
        if is_request(body):
            method = str(body["method"])
            open_requests[event.conn, sender, number] = method
            role: Role = "client request" if sender == "client" else "server request"
            yield Said(event, role, method, message, id(event) in refused)
        elif is_notification(body):
            role = "client notification" if sender == "client" else "server notification"
            yield Said(event, role, str(body["method"]), message, False)
        elif is_response(body):
            asked = open_requests.get((event.conn, peer, number))
            if asked is not None:
                requested: Role = "client request" if peer == "client" else "server request"
                yield Said(event, ANSWERS[requested], asked, message, False)


def _refused(transcript: Transcript) -> set[int]:
    """
    The requests that were answered by an error, by identity of their events.
    """
    asked: dict[tuple[int, str, str], Event] = {}
    found = set()
    for event in transcript.events:
        body = event.body
        if event.kind not in ("client", "server") or not isinstance(body, dict):
            continue
        number = encode(body.get("id"))
        if is_request(body):
            asked[event.conn, event.kind, number] = event
        elif "error" in body:
            peer = "server" if event.kind == "client" else "client"
            request = asked.get((event.conn, peer, number))
            if request is not None:
                found.add(id(request))
    return found


def _places() -> Places:
    """
    Directories to stand for the placeholders; that they are absolute is all that matters.
    """
    places = Places()
    for name in PLACES:
        places.bind(name, f"/{name}")
    for number in range(1, 20):
        places.bind(f"cwd{number}", f"/cwd{number}")
    return places
