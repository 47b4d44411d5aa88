"""Questions as lists of what they ask to see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question import listed


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("show me a female punk with big shades and an earring", "female punk, big shades, earring"),
        (
            "Is there a bird wearing a mohawk (pink), with a crescent body?",
            "bird, mohawk (pink), crescent body",
        ),
        ("something with an earring", "earring"),
        ("I'd like an ape on a blue background", "ape, blue background"),
        ("a character that has open eyes", "character, open eyes"),
        ("pipe", "pipe"),
        ("an andromeda sand band", "andromeda sand band"),
        ("A picture of punk, containing Pipe Accessory.", "A picture of punk, containing Pipe Accessory."),
        ("find me something", "find me something"),
        ("with", "with"),
        ("", ""),
    ],
)
def test_what_is_asked_for_is_kept_and_the_grammar_goes(question, expected):
    assert listed(question) == expected


@given(st.text(max_size=60))
def test_any_text_is_listed_and_what_says_something_never_becomes_nothing(question):
    assert bool(listed(question).strip()) == bool(question.strip())
