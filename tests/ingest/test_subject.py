import pytest

from ingest.subject import guess_subject
from magpie.domain import Trait


def tokens(*traits):
    """One token a list of "Type=Value"."""
    return [
        [Trait(type=t.partition("=")[0], value=t.partition("=")[2]) for t in one.split(";")] for one in traits
    ]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("CRYPTOPUNKS", "punk"),
        ("Moonbirds", "bird"),
        ("Cryptoadz", "toad"),
        ("OnChainMonkey", "monkey"),
        ("Basic Bored Ape Club", "ape"),
        ("PudgyPenguins", "penguin"),
        ("WorldOfWomen", "woman"),
        ("x_PunkForce", "punk"),
        ("HypnoDuckzGenesis", "duck"),
        ("Kitty Crypto Gang", "cat"),
        ("The Doge Pound", "dog"),
        ("goblintown", "goblin"),
        ("Heroes", "hero"),
        ("CryptoHoots Steampunk Parliament", "character"),
        ("Landscapes", "character"),
        ("CryptoVikings", "character"),
        ("EightBit", "character"),
        ("", "character"),
    ],
)
def test_a_noun_in_the_name_is_the_subject(name, subject):
    assert guess_subject(name) == subject


def test_the_name_counts_before_the_traits_and_these_before_the_description():
    toads, told = tokens("Species=Toad"), "A collection of 10,000 cats."
    assert guess_subject("Bored Apes", told, toads) == "ape"
    assert guess_subject("Swampverse", told, toads) == "toad"
    assert guess_subject("Swampverse", told) == "cat"


def test_a_kind_that_few_tokens_share_is_not_the_subject():
    assert guess_subject("X", "", tokens("Type=Ape", "Type=Alien", "Type=Zombie")) == "character"
    assert guess_subject("X", "", tokens("Type=Ape", "Type=Ape", "Type=Zombie")) == "ape"


def test_a_part_tells_whose_it_is():
    assert guess_subject("X", "", tokens("Beak=Short;Eyes=Open")) == "bird"


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        ("10,000 voxel robots and other things", "robot"),
        ("FLUF World is home to 10,000 unique 3D animated rabbits living as NFTs.", "rabbit"),
        ("Join the king of the community.", "character"),
        ("", "character"),
    ],
)
def test_a_description_is_asked_last(description, subject):
    assert guess_subject("Meebits", description) == subject
