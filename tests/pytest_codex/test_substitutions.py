"""
Rules that put constant words in the place of what changes.
"""

from __future__ import annotations

from pytest_codex.substitutions import fault, substituted


def test_every_text_of_the_content_is_put_into_other_words() -> None:
    """
    Rules are applied in order and at any depth; method, id and keys are left alone.
    """
    message = {
        "id": "7 s",
        "method": "in/7 s",
        "params": {"7 s": ["took 7 s", {"text": "1 s, 2 s"}, 7, None]},
    }

    assert substituted(message, [(r"(\d) s", r"\1 sec"), ("7", "N")]) == {
        "id": "7 s",
        "method": "in/7 s",
        "params": {"7 s": ["took N sec", {"text": "1 sec, 2 sec"}, 7, None]},
    }


def test_what_is_no_message_is_left_alone() -> None:
    """
    A line that is not JSON has nothing to look into.
    """
    assert substituted("took 7 s", [("7", "N")]) == "took 7 s"


def test_a_rule_is_judged_before_it_is_used() -> None:
    """
    A rule that `re.sub` would refuse has a fault, whatever it is going to meet.
    """
    assert fault(("a", "b")) is None
    assert fault([r"(?P<n>a)", r"\g<n>"]) is None
    assert "not a pair" in str(fault(("a", "b", "c")))
    assert "'[' is wrong" in str(fault(("[", "")))
    assert "is wrong" in str(fault(("(a)", r"\2")))
    assert "is wrong" in str(fault(("a", r"\g<n>")))
