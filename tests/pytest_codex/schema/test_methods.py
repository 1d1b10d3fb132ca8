"""
Which answer belongs to which method.
"""

from __future__ import annotations

import pytest

from pytest_codex.schema.methods import ANSWERS, RESPONSES, response_name
from tests.protocols import VERSIONS, needs_recorded, protocol


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("view", ["bundle", "stable_bundle"])
def test_every_request_has_its_answer(version: str, view: str) -> None:
    """
    In every version each request has one answer, and no answer of the schema is left over.
    """
    bundle = getattr(protocol(version), view)
    answers = {name for name in bundle.references if name.endswith("Response")}
    named = {
        schema["properties"]["result"]["$ref"].rpartition("/")[2]
        for answer in ANSWERS.values()
        for schema in bundle.messages[answer].values()
    }

    for request, answer in ANSWERS.items():
        assert bundle.messages[request].keys() == bundle.messages[answer].keys()
    assert answers - {"JSONRPCResponse"} == named


@needs_recorded
def test_the_table_holds_only_what_names_do_not_tell() -> None:
    """
    A method whose params lead to its answer needs no line in the table.
    """
    bundle = protocol("newest").bundle
    told = {
        method: request["properties"].get("params", {}).get("$ref", "").rpartition("/")[2]
        for method, request in bundle.messages["client request"].items()
    }

    assert [] == [
        method
        for method in RESPONSES
        if told[method].removesuffix("Params") + "Response" in bundle.references
    ]


@pytest.mark.parametrize(
    ("method", "params", "known", "found"),
    [
        ("a/b", "ABParams", {"ABResponse"}, "ABResponse"),
        ("account/logout", "", {"LogoutAccountResponse"}, "LogoutAccountResponse"),
        ("account/logout", "", set(), None),
        ("a/b", "ABParams", {"BAResponse"}, None),
        ("a/b", "Response", {"Response"}, None),
    ],
)
def test_names(method: str, params: str, known: set[str], found: str | None) -> None:
    """
    The name of the params leads to the answer, then the table does, then nothing.
    """
    assert found == response_name(method, params, known)
