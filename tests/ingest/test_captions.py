import pytest

from ingest.captions import guess_subject, prompt_tags, template_caption
from magpie.domain import Trait

TRAITS = (Trait(type="Fur", value="Gold"), Trait(type="", value="Laser"), Trait(type="Hat", value="Beanie"))


def test_the_template_is_the_published_one():
    assert template_caption("ape", TRAITS) == "A picture of ape, containing Gold Fur Laser Beanie Hat."


def test_no_traits_leave_the_subject():
    assert template_caption("ape", ()) == "A picture of ape."
    assert prompt_tags(()) == ""


def test_prompts_are_tags():
    assert prompt_tags(TRAITS) == "Gold Fur, Laser, Beanie Hat"


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
        ("Landscapes", "character"),
        ("CryptoVikings", "character"),
        ("EightBit", "character"),
    ],
)
def test_a_noun_in_the_name_is_the_subject(name, subject):
    assert guess_subject(name) == subject


def test_the_description_is_asked_when_the_name_says_nothing():
    assert guess_subject("Meebits", "10,000 voxel robots and other things") == "robot"
