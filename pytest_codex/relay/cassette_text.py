"""
A model cassette as text: YAML or JSON, in the interface vcrpy wants of a serializer.

Each call holds the whole conversation before it. In the file stands only what is new, and
after which other call it goes on, so that a long session stays readable.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fake_server.errors import CassetteFormatError, CassetteVersionError

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = 1
"""The newest format of model cassettes, the only one that is written."""

_KEY = "codex_model_cassette"
_REQUEST = ("method", "uri", "body")


class Serializer:
    """
    Turns vcrpy's interactions into the text of a file and back.

    YAML is read by PyYAML's safe loader, whatever vcrpy's own serializer would do.

    Args:
        name: What the file is called in errors.
        as_json: JSON instead of YAML.
    """

    def __init__(self, name: str, *, as_json: bool) -> None:
        self._name = name
        self._as_json = as_json

    def serialize(self, data: dict[str, Any]) -> str:
        """
        The text of a file.
        """
        interactions = _shortened(data["interactions"])
        found = {_KEY: FORMAT, "calls": len(interactions), "interactions": interactions}
        if self._as_json:
            return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
        return _dump_yaml(found)

    def reviewed(self, text: str) -> str:
        """
        A file's text with every line of an answer on a line of its own.
        """
        return _dump_yaml(json.loads(text)) if self._as_json else text

    def deserialize(self, text: str) -> dict[str, Any]:
        """
        The interactions of a file.

        Raises:
            CassetteFormatError: It is not a whole model cassette; names the line.
            CassetteVersionError: It is of a format that is newer than this version knows.
        """
        data = self._parse(text)
        self._check_head(data)
        interactions = data["interactions"]
        for number, interaction in enumerate(interactions):
            fault = _fault(interaction, number)
            if fault:
                raise CassetteFormatError(self._name, _line(text, number), fault)
        if data.get("calls") != len(interactions):
            raise CassetteFormatError(
                self._name,
                0,
                f"it says it holds {data.get('calls')} calls, and holds {len(interactions)}: "
                "a part of it is missing. Record it anew.",
            )
        return {"interactions": _expanded(interactions)}

    def _parse(self, text: str) -> Any:
        if self._as_json:
            try:
                return json.loads(text)
            except ValueError as error:
                raise CassetteFormatError(
                    self._name, getattr(error, "lineno", 0), f"it is no JSON: {error}"
                ) from None
        import yaml

        try:
            return yaml.load(text, Loader=_loader())
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or str(error).split("\n")[0]
            line = mark.line + 1 if mark is not None else 0
            raise CassetteFormatError(self._name, line, f"it is no YAML: {problem}") from None

    def _check_head(self, data: Any) -> None:
        if not isinstance(data, dict) or _KEY not in data:
            raise CassetteFormatError(
                self._name, 1, f"it is no model cassette: {_KEY!r} is missing. Record it anew."
            )
        if isinstance(data[_KEY], int) and data[_KEY] > FORMAT:
            raise CassetteVersionError(
                f"{self._name} has format {data[_KEY]} of model cassettes, and this version "
                f"reads up to {FORMAT}: pip install --upgrade pytest-codex-harness"
            )
        if data[_KEY] != FORMAT or not isinstance(data.get("interactions"), list):
            raise CassetteFormatError(
                self._name, 1, "it is no model cassette: it has no list of interactions"
            )


def _shortened(interactions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Interactions with bodies as structures, each without what an earlier one says.
    """
    found: list[dict[str, Any]] = []
    whole: list[Any] = []
    for interaction in interactions:
        request, response = interaction["request"], interaction["response"]
        body = json.loads(request["body"])
        said = body.pop("conversation")
        whole.append(said)
        # The longest conversation that this one goes on; the latest of equals.
        best, length = 0, 0
        for number, earlier in enumerate(whole[:-1], 1):
            if length <= len(earlier) and earlier and said[: len(earlier)] == earlier:
                best, length = number, len(earlier)
        after = {"after": best} if best else {}
        found.append(
            {
                "request": {
                    "method": request["method"],
                    "uri": request["uri"],
                    "body": {**body, **after, "conversation": said[length:]},
                },
                "response": response,
            }
        )
    return found


def _expanded(interactions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    The inverse of ``_shortened``.
    """
    found: list[dict[str, Any]] = []
    whole: list[list[Any]] = []
    for interaction in interactions:
        body = dict(interaction["request"]["body"])
        after = body.pop("after", 0)
        said = [*(whole[after - 1] if after else []), *body["conversation"]]
        whole.append(said)
        body["conversation"] = said
        found.append(
            {
                "request": {
                    "method": interaction["request"]["method"],
                    "uri": interaction["request"]["uri"],
                    "headers": {},
                    "body": json.dumps(body, ensure_ascii=False),
                },
                "response": dict(interaction["response"]),
            }
        )
    return found


def _fault(interaction: Any, number: int) -> str | None:
    """
    What is wrong with one interaction.
    """
    where = f"interaction {number + 1}"
    if not isinstance(interaction, dict):
        return f"{where} is no mapping"
    request, response = interaction.get("request"), interaction.get("response")
    if not isinstance(request, dict) or any(key not in request for key in _REQUEST):
        return f"the request of {where} needs {', '.join(_REQUEST)}"
    body = request["body"]
    if not isinstance(body, dict) or not isinstance(body.get("conversation"), list):
        return f"the request of {where} has no conversation"
    after = body.get("after", 0)
    if not isinstance(after, int) or not 0 <= after <= number:
        return f"{where} goes on after {after!r}, which is no earlier interaction"
    if not isinstance(response, dict) or not isinstance(response.get("status"), dict):
        return f"the response of {where} has no status"
    if not isinstance(response["status"].get("code"), int):
        return f"the status code of {where} is no number"
    content = response.get("body")
    if not isinstance(content, dict) or not isinstance(content.get("string"), str):
        return f"the response of {where} has no body"
    if not isinstance(response.get("headers"), dict):
        return f"the response of {where} has no headers"
    return None


def _line(text: str, number: int) -> int:
    """
    The line an interaction begins in; JSON is YAML, too.
    """
    import yaml

    try:
        for key, value in yaml.compose(text, Loader=_loader()).value:
            if key.value == "interactions":
                return int(value.value[number].start_mark.line) + 1
    except yaml.YAMLError:
        pass  # JSON with tabs; then the reason has to do
    return 0


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _dump_yaml(data: Any) -> str:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]  # one of two classes, and of Any
        """
        Texts of several lines as they are.
        """

        def ignore_aliases(self, _data: Any) -> bool:
            # Two equal texts are two texts: nobody reviews anchors.
            return True

    represent: Callable[[Any, str], Any] = lambda dumper, text: dumper.represent_scalar(  # noqa: E731
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )
    Dumper.add_representer(str, represent)
    return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**6))
