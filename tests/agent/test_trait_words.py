"""Traits as people say them."""

import pytest

from agent.trait_words import said_as, with_article


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("Type", "Zombie", "Zombie"),
        ("Accessory", "Knitted Cap", "Knitted Cap"),
        ("", "Pipe", "Pipe"),
        ("Ring", "Thin", "Thin ring"),
        ("Background Color", "Navy", "Navy background"),
        ("Hair Colour", "Dark Brown", "Dark Brown hair"),
        ("Skin Tone", "Light", "Light skin tone"),
        ("Eyes", "Laser Eyes", "Laser Eyes"),  # the value says already what it is
        ("Rear Hair", "Long Hair", "Long Hair"),
        ("Hat", "None", "no hat"),
        ("Hat", "Yes", "hat"),
        ("Level", "7", "level 7"),
    ],
)
def test_a_type_is_said_only_where_the_value_needs_it(kind, value, said):
    assert said_as(kind, value) == said


def test_articles():
    assert [with_article(noun) for noun in ("punk", "ape", "Emoji")] == ["a punk", "an ape", "an Emoji"]
