"""Several questions in one are taken apart, and one is left alone."""

import pytest

from agent.clauses import clauses


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("", ("",)),
        ("a zombie with a beanie", ("a zombie with a beanie",)),
        ("a zombie with a beanie and a pipe", ("a zombie with a beanie and a pipe",)),
        ("robots and landscapes", ("robots and landscapes",)),
        ("punks that have a hat and show teeth", ("punks that have a hat", "show teeth")),
        (
            "find a rarer one like the second and check whether 0xabc owns it",
            ("find a rarer one like the second", "check whether 0xabc owns it"),
        ),
        (
            "show me apes, then compare the first two and tell me who owns the rarer",
            ("show me apes", "compare the first two", "tell me who owns the rarer"),
        ),
        ("What is punk 4 wearing? Who owns it?", ("What is punk 4 wearing", "Who owns it?")),
        ("hi. show me apes", ("hi. show me apes",)),
        ("find a and find b and find c and find d", ("find a and find b and find c and find d",)),
    ],
)
def test_clauses(question, parts):
    assert clauses(question) == parts
