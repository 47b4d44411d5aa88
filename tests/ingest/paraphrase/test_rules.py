import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.paraphrase.check import check_three
from ingest.paraphrase.rules import paraphrase
from ingest.paraphrase.words import words
from magpie.domain import Trait

TYPES = [
    "Fur",
    "Eyes",
    "Hat",
    "Background",
    "Mouth",
    "Species",
    "Hands",
    "Accessory",
    "Glorp",
    "Lips Color",
    "",
]
VALUES = [
    "Gold",
    "Red",
    "Bored Pipe",
    "Beanie",
    "Hoodie Pink",
    "X",
    "No Hat",
    "🍕",
    "金色",
    "3D",
    "To The Left",
    "A",
]
TRAITS = st.lists(
    st.builds(Trait, type=st.sampled_from(TYPES), value=st.sampled_from(VALUES)), max_size=25, unique=True
)
WILD = st.lists(
    st.builds(
        Trait,
        type=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=15),
        value=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20),
    ),
    max_size=6,
    unique=True,
)


def distinct_2(captions):
    pairs = [pair for caption in captions for pair in zip(words(caption), words(caption)[1:], strict=False)]
    return len(set(pairs)) / len(pairs)


@given(TRAITS, st.sampled_from(["ape", "woman", "potted plant"]), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_every_paraphrase_is_faithful(traits, subject, seed):
    assert check_three(paraphrase(subject, traits, seed=seed), subject, traits) == []


@given(WILD)
@settings(max_examples=80, deadline=None)
def test_wild_traits_are_worded_faithfully_too(traits):
    assert check_three(paraphrase("ape", traits), "ape", traits) == []


def test_the_same_seed_gives_the_same_captions_and_another_gives_others():
    traits = [Trait(type="Fur", value="Gold"), Trait(type="Hat", value="Beanie")]
    assert paraphrase("ape", traits, seed=1) == paraphrase("ape", traits, seed=1)
    assert paraphrase("ape", traits, seed=1) != paraphrase("ape", traits, seed=2)


MANY = """Fur=Gold;Eyes=Laser;Hat=Beanie;Mouth=Grin;Background=Blue;Clothes=Hoodie Pink;Horns=Black;Wings=Bat
Ears=Pointed;Nose=Red;Tail=Fluffy;Teeth=Sharp;Shoes=Sneakers;Pants=Ripped Jeans;Necklace=Pearls;Beard=Long
Glasses=3D;Hands=Sword;Earring=Hoop;Mask=White;Belt=Leather;Gloves=Woollen;Socks=Striped;Cape=Velvet;Spots=Green
"""
MANY_TRAITS = [
    Trait(type=type_, value=value)
    for type_, _, value in (line.partition("=") for line in MANY.replace("\n", ";").strip(";").split(";"))
]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 25])
def test_the_three_are_varied_whatever_the_number_of_traits(count):
    captions = [paraphrase("ape", MANY_TRAITS[:count], seed=seed) for seed in range(10)]
    assert sum(map(distinct_2, captions)) / 10 >= 0.6
