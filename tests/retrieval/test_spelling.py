"""What a typed word may be meant for."""

import pytest

from retrieval.question import split
from retrieval.spelling import Speller, is_english

HATS = Speller({"fedora": "fedora", "beanie": "beanie", "cap": "cap", "caps": "cap", "crown": "crown"})


def ways(typed, meant=False):
    (word,) = split(typed)
    return [(way.key, round(way.alike, 2)) for way in HATS.ways(word, meant=meant)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fedora", [("fedora", 1.0)]),
        ("fedoras", [("fedora", 1.0)]),
        ("feodra", [("fedora", 0.83), ("feodra", 1.0)]),
        ("fdora", [("fedora", 0.83), ("fdora", 1.0)]),
        ("fdra", [("fdra", 1.0)]),
        ("beanjee", [("beanjee", 1.0)]),
        ("capss", [("cap", 0.8)]),
        ("cpa", [("cap", 0.67), ("cpa", 1.0)]),
        ("ca", [("ca", 1.0)]),
        ("c4p", [("c4p", 1.0)]),
        ("small", [("small", 1.0)]),
        ("grene", [("green", 0.8), ("grene", 1.0)]),
    ],
)
def test_one_slip_is_believed_and_the_typed_word_is_kept(typed, expected):
    found = ways(typed)
    assert [pair for pair in expected if pair not in found] == []


def test_two_slips_are_believed_of_long_words_only():
    speller = Speller({"sunglasses": "sunglass", "goggles": "goggle"})
    assert speller.ways(split("sunlgases")[0])[0].key == "sunglass"
    assert [way.key for way in speller.ways(split("ggolse")[0])] == ["ggolse"]


def test_a_word_of_english_or_of_the_question_is_a_slip_only_if_its_neighbours_say_so():
    assert ways("clown")[0] == ("clown", 1.0)
    assert [way.is_doubtful for way in HATS.ways(split("clown")[0])] == [False, True]
    assert ways("cpa", meant=True)[0] == ("cpa", 1.0)
    assert is_english("clown")
    assert not is_english("clwon")


def test_letters_that_change_places_come_first():
    speller = Speller({"bone": "bone", "none": "none", "noen": "noen"})
    assert [way.key for way in speller.ways(split("noe")[0])][:2] == ["noen", "none"]
    assert speller.ways(split("bnoe")[0])[0].key == "bone"
