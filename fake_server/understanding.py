"""
What a client's line says, in the form in which it would have been recorded.
"""

from __future__ import annotations

import json

from .spawning import directories_of
from .volatile import constant, is_settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .engine import ReplayEngine
    from .messages import Message


def understand(engine: ReplayEngine, line: str) -> Message | None:
    """
    The live message in canonical form; its own id is kept.

    Returns:
        None for what is no message.
    """
    try:
        message: Any = json.loads(engine.threads.to_recorded(line))
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
        return None
    request_id = message.get("id")
    for path in directories_of(message):
        engine.places.learn(path)
        engine.bind_roots()
    message = engine.redactor.message(message)
    if not engine.places.is_plain(line):
        message = engine.places.mask(message)
    if not is_settled(line):
        message = constant(message)
    if request_id is not None:
        message["id"] = request_id
    return dict(message)
