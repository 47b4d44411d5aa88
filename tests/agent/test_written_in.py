"""A condition written into a question is read as such, and nothing else is taken for one."""

import pytest

from agent.written_in import written_in

TYPES = {"type", "accessory", "hat colour"}


@pytest.mark.parametrize(
    ("question", "condition", "rest"),
    [
        ("punks where rank < 100", "rank<100", "punks "),
        ("type=zombie and rank<100", "type=zombie and rank<100", ""),
        ("apes where accessory = beanie?", "accessory=beanie", "apes "),
        ('"Hat Colour" = red', '"Hat Colour"=red', ""),
        ("count(accessory) > 2", "count(accessory)>2", ""),
        ("traits >= 3", "traits>=3", ""),
        ("not type=ape", "not type=ape", ""),
    ],
)
def test_a_condition(question, condition, rest):
    found = written_in(question, TYPES)
    assert (str(found.condition), found.rest, found.problem) == (condition, rest, "")


@pytest.mark.parametrize(
    "question",
    [
        "",
        "8 > 3",
        "pastel robots = yes",
        "<script>alert(1)</script>",
        "where is my wallet",
        "a zombie",
        "a = b",
    ],
)
def test_no_condition(question):
    assert written_in(question, TYPES) is None


@pytest.mark.parametrize("question", ["type = (zombie", "punks where type =", "x where type = red) and"])
def test_what_cannot_be_read_is_pointed_at(question):
    found = written_in(question, TYPES)
    assert found.condition is None
    assert "▶" in found.problem
