"""
What the app-server's methods mean for order: which read, which create, which are noise.

Measured on 0.133.0 to 0.163.0; a method this table does not know is a gate of its own
family, which is the careful choice: it waits for its counterpart and blocks nobody else.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .messages import Message

READ_ENDINGS = frozenset(
    "list read get status search info getMetadata readFile readDirectory readHistories "
    "diagnostics detect discover installed listVoices searchOccurrences readiness "
    "fuzzyFileSearch experimentalMethod checkGovCloudRequirements".split()
)
"""Last segments of methods that only look; ``remoteControl/pairing/status`` too."""

CREATING = frozenset({"thread/start", "thread/fork"})
"""Requests whose answer names a thread that did not exist before."""

IN_TURN = frozenset({"turn/steer", "turn/interrupt"})
"""Requests that act on what is already under way."""

HANDSHAKE = "handshake"
"""Lane of everything up to the answer to ``initialize``."""


def is_read(method: str) -> bool:
    """
    Whether a request changes nothing, so that it is answered at once and orders nothing.
    """
    return method.rpartition("/")[2] in READ_ENDINGS


def thread_of(message: Message) -> str | None:
    """
    The thread a message names in its params, wherever the method keeps it.
    """
    params = message.get("params")
    if not isinstance(params, dict):
        return None
    thread = params.get("threadId")
    if isinstance(thread, str):
        return thread
    nested = params.get("thread")
    if isinstance(nested, dict) and isinstance(nested.get("id"), str):
        name: str = nested["id"]
        return name
    return None


def created_thread(response: Message) -> str | None:
    """
    The thread that a ``thread/start`` or ``thread/fork`` answer brought into being.
    """
    result = response.get("result")
    thread = result.get("thread") if isinstance(result, dict) else None
    name = thread.get("id") if isinstance(thread, dict) else None
    return name if isinstance(name, str) else None


def family(message: Message) -> str:
    """
    The lane of a message that names no thread: its process, its watch, or its first segment.
    """
    method = str(message.get("method", ""))
    params = message.get("params")
    if isinstance(params, dict):
        if method.startswith("command/exec"):
            process = params.get("processId")
            if isinstance(process, str):
                return "process " + process
        if method in ("fs/watch", "fs/unwatch", "fs/changed"):
            return f"watch {params.get('watchId')}"
    return method.partition("/")[0]
