"""
Whether data fits a JSON Schema, as far as the schemas of structured output go.

These schemas are a small subset of the language (types, properties, enumerations,
alternatives, references inside the document). Any other word is left unchecked: a test
is never failed for a schema that is not understood.
"""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def misfit(value: Any, schema: Any, where: str = "$", root: Any = None) -> str | None:
    """
    What is wrong with the value, as a sentence without a stop; None when it fits.

    Args:
        where: The place of the value, for the sentence.
        root: The whole document, which references lead into; the schema itself by default.
    """
    if not isinstance(schema, dict):
        return f"{where} is not allowed" if schema is False else None
    root = schema if root is None else root
    if "$ref" in schema:
        schema = _resolved(schema, root)
    return (
        _wrong_type(value, schema, where)
        or _wrong_choice(value, schema, where, root)
        or _wrong_member(value, schema, where, root)
        or _wrong_element(value, schema, where, root)
    )


def _resolved(schema: dict[str, Any], root: Any) -> dict[str, Any]:
    """
    What a reference stands for; nothing is demanded by one that leads nowhere.
    """
    seen: set[str] = set()
    while "$ref" in schema and str(schema["$ref"]) not in seen:
        reference = str(schema["$ref"])
        seen.add(reference)
        target: Any = root
        for key in reference.lstrip("#").strip("/").split("/"):
            if key:
                target = target.get(key) if isinstance(target, dict) else None
        schema = target if isinstance(target, dict) else {}
    return schema


def _wrong_type(value: Any, schema: dict[str, Any], where: str) -> str | None:
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list) or not all(name in _TYPES for name in names):
        return None
    if any(_is(value, name) for name in names):
        return None
    return f"{where} is {_name(value)}, not {' or '.join(names)}"


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[name])


def _name(value: Any) -> str:
    return next(name for name in _TYPES if _is(value, name))


def _wrong_choice(value: Any, schema: dict[str, Any], where: str, root: Any) -> str | None:
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        return f"{where} is {value!r}, not {' or '.join(map(repr, allowed))}"
    for part in schema.get("allOf") or ():
        problem = misfit(value, part, where, root)
        if problem:
            return problem
    for word in ("anyOf", "oneOf"):
        problems = [misfit(value, part, where, root) for part in schema.get(word) or ()]
        if problems and all(problems):
            return "; and ".join(str(problem) for problem in problems)
    return None


def _wrong_member(value: Any, schema: dict[str, Any], where: str, root: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    known = schema.get("properties") or {}
    others = None if "patternProperties" in schema else schema.get("additionalProperties")
    missing = [name for name in schema.get("required") or () if name not in value]
    if missing:
        return f"{where}.{missing[0]} is missing"
    for name, member in value.items():
        rule = known.get(name, others)
        if rule is False:
            return f"{where}.{name} is not in the schema"
        problem = misfit(member, rule, f"{where}.{name}", root)
        if problem:
            return problem
    return None


def _wrong_element(value: Any, schema: dict[str, Any], where: str, root: Any) -> str | None:
    if not isinstance(value, list):
        return None
    for number, element in enumerate(value):
        problem = misfit(element, schema.get("items"), f"{where}[{number}]", root)
        if problem:
            return problem
    return None
