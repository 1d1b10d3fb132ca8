"""
A broken configuration, and a broken catalogue of models.
"""

from __future__ import annotations

from tests.pytest_codex.conformance.defects.kit import (
    Defect,
    Message,
    accepts,
    at,
    change,
    ends_with,
    error,
    get,
    lose,
    put,
    result,
    rewrite,
)

_VERBOSITY = "result.config.model_verbosity"
_REASON = "error.data.config_write_error_code"
_WRITES = ("config/value/write", "config/batchWrite")


def _refused_as(reason: str) -> object:
    return error(*_WRITES).where(at(_REASON, reason))


def _two_defaults(message: Message) -> None:
    for model in message["result"]["data"]:
        model["isDefault"] = True


def _strange_effort(message: Message) -> None:
    message["result"]["data"][0]["defaultReasoningEffort"] = "enormous"


DEFECTS = (
    Defect(
        "ignores-overrides",
        "Settings given with -c have no effect on threads.",
        change(
            result("thread/start").where(at("result.model", "gpt-5.4")), put("result.model", "m")
        ),
        fails={"config/overrides"},
    ),
    Defect(
        "keeps-overrides",
        "A sandbox given with -c is not used.",
        change(
            result("thread/start").where(at("result.sandbox.type", "readOnly")),
            put("result.sandbox.type", "dangerFullAccess"),
        ),
        fails={"config/overrides"},
    ),
    Defect(
        "shrugs-at-broken-overrides",
        "A setting that cannot be read ends the server as if all was well.",
        ends_with(0),
        fails={"config/broken-overrides"},
        live=True,
    ),
    Defect(
        "tells-layers-always",
        "The layers of the configuration are told though nobody asked.",
        change(
            result("config/read").where(lambda m: not get(m, "result.layers")),
            put("result.layers", [{"name": {"type": "user"}}]),
        ),
        fails={"config/read"},
    ),
    Defect(
        "weakest-layer-first",
        "The layers of the configuration are told in the wrong order.",
        change(
            result("config/read").where(at("result.layers")),
            rewrite("result.layers", lambda layers: layers[::-1]),
        ),
        fails={"config/read"},
    ),
    Defect(
        "forgets-origins",
        "Where a setting comes from is not told.",
        change(result("config/read"), put("result.origins", {})),
        fails={"config/read"},
    ),
    Defect(
        "writes-nothing",
        "What was written to the configuration is not there afterwards.",
        change(result("config/read").where(at(_VERBOSITY, "high")), put(_VERBOSITY, "medium")),
        fails={"config/write", "config/write-conflicts"},
    ),
    Defect(
        "removes-nothing",
        "A setting that was removed is still told.",
        change(result("config/read").where(at(_VERBOSITY, None)), put(_VERBOSITY, "high")),
        fails={"config/write", "config/write-is-validated"},
    ),
    Defect(
        "writes-half-a-batch",
        "A batch of changes is not written.",
        change(result("config/read").where(at(_VERBOSITY, "low")), put(_VERBOSITY, "high")),
        fails={"config/batch-write"},
    ),
    Defect(
        "validates-nothing",
        "Values that are not allowed are accepted.",
        accepts(_refused_as("configValidationError"), {"status": "ok"}),  # type: ignore[arg-type]
        fails={"config/batch-write", "config/write-is-validated"},
    ),
    Defect(
        "last-writer-wins",
        "A write that expects another version is accepted.",
        accepts(_refused_as("configVersionConflict"), {"status": "ok"}),  # type: ignore[arg-type]
        fails={"config/write-conflicts"},
    ),
    Defect(
        "conflicts-without-a-reason",
        "A refused write does not tell its reason.",
        change(error(*_WRITES), lose("error.data")),
        fails={
            "config/batch-write",
            "config/write-is-validated",
            "config/write-conflicts",
            "config/only-the-users-file",
        },
    ),
    Defect(
        "writes-any-file",
        "Another file than the user's is accepted.",
        accepts(_refused_as("configLayerReadonly"), {"status": "ok"}),  # type: ignore[arg-type]
        fails={"config/only-the-users-file"},
    ),
    Defect(
        "two-default-models",
        "More than one model is the default.",
        change(result("model/list"), _two_defaults),
        fails={"config/models"},
    ),
    Defect(
        "effort-out-of-nowhere",
        "A model's default effort is none of those it supports.",
        change(result("model/list").where(at("result.data.0")), _strange_effort),
        fails={"config/models"},
    ),
    Defect(
        "pages-repeat-models",
        "The second page of models begins with the first model.",
        change(
            result("model/list").where(at("result.nextCursor")),
            put("result.nextCursor", None),
        ),
        fails={"config/models"},
    ),
    Defect(
        "any-cursor-will-do",
        "A cursor that was never given is accepted.",
        accepts(error("model/list"), {"data": [], "nextCursor": None}),
        fails={"config/wrong-cursor"},
    ),
)
