"""
A server that knows little: ``small_server.py [--agent TEXT] [--break WHAT]``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any


def answer(message: dict[str, Any], agent: str, broken: str) -> dict[str, Any]:
    """
    What is answered to a request.
    """
    method = message["method"]
    if method == "initialize":
        result = {"userAgent": agent, "codexHome": "/h", "platformFamily": "unix"}
        return {"result": {**result, "platformOs": 5 if broken == "schema" else "linux"}}
    if method in ("thread/loaded/list", "account/login/start"):
        return {"result": {"data": []}}
    text = f"Invalid request: unknown variant `{method}`, expected `initialize`"
    return {"error": {"code": -32600, "message": text}}


def main() -> None:
    """
    Answer until the client goes.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--agent", default="small/0.163.0 (x) y")
    parser.add_argument("--break", dest="broken", default="")
    arguments, _ = parser.parse_known_args()
    print("small server", file=sys.stderr, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if arguments.broken == "silent":
            time.sleep(60)
        if arguments.broken == "text":
            print("hello", flush=True)
        if arguments.broken == "extension":
            print(json.dumps({"method": "my/notice", "params": {}}), flush=True)
        if "id" in message:
            said = answer(message, arguments.agent, arguments.broken)
            print(json.dumps({"id": message["id"], **said}), flush=True)


if __name__ == "__main__":
    main()
