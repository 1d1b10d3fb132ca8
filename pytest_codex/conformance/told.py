"""
What a server said: objects in which a member that is not there is the server's fault.
"""

from __future__ import annotations

import json
from typing import Any

from .outcomes import ConformanceError

_SHOWN = 200


class Told(dict[str, Any]):
    """
    An object of a message.

    Checks read what they need by name; where that is missing the check has failed. A plain
    ``KeyError`` would look like a mistake of the suite.
    """

    def __missing__(self, name: str) -> Any:
        shown = json.dumps(self, ensure_ascii=False)
        if len(shown) > _SHOWN:
            shown = shown[:_SHOWN] + "…"
        raise ConformanceError(f"the server does not tell {name!r} in {shown}")


def parse(line: str) -> Any:
    """
    The JSON value of a line.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(line, object_hook=Told)
