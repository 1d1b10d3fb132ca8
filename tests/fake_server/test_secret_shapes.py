from __future__ import annotations

import re

import pytest

from fake_server import secret_shapes
from fake_server.secret_shapes import SHAPES, mask_shapes


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape.kind))
def test_masks_are_stable(shape: secret_shapes.Shape) -> None:
    """
    No shape changes any mask.
    """
    for name, mask in vars(secret_shapes).items():
        if name.endswith("MASK"):
            assert shape.apply(mask) == mask
            assert shape.apply(f"'{mask}' and {mask}") == f"'{mask}' and {mask}"


def test_every_shape_has_a_name_and_hints() -> None:
    """
    Kinds read well in a sentence, hints are as `mask_shapes` looks for them.
    """
    kinds = [shape.kind for shape in SHAPES]

    assert len(set(kinds)) == len(kinds)
    assert all(re.match(r"(a|an) \w", kind) for kind in kinds)
    assert all(hint == hint.lower() for shape in SHAPES for hint in shape.hints)


def test_short_and_plain_texts_are_returned_as_they_are() -> None:
    """
    A text without a hint is not even copied.
    """
    for text in ("", "a@b.c", "a longer text without any of the words"):
        assert mask_shapes(text) is text


@pytest.mark.parametrize(
    "text",
    [
        *("sk-" * 30_000, "eyJ" * 30_000, "token" * 20_000, "token=" * 20_000, "a@" * 40_000),
        *("token" + " " * 90_000, "token" + "\\" * 90_000, 'token="' * 12_000, "?state=a" * 10_000),
        *("-----BEGIN PRIVATE KEY-----" * 3000, "http://a:" * 10_000, "--token " * 10_000),
    ],
    ids=lambda text: str(text[:12]),
)
def test_cost_is_linear(text: str) -> None:
    """
    Text made to trouble a pattern costs no more, per character, than ten times its tenth.
    """
    from time import perf_counter

    def cost(sample: str) -> float:
        start = perf_counter()
        mask_shapes(sample)
        return perf_counter() - start

    mask_shapes(text[:100])
    small = min(cost(text[: len(text) // 10]) for _ in range(3))

    assert cost(text) < 60 * small + 0.5
