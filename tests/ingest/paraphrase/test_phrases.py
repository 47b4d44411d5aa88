import pytest

from ingest.paraphrase.phrases import describe, mentions
from magpie.domain import Trait


def named(type_, value):
    """The plain wordings of one trait, with their articles."""
    return [str(mention.forms[0]) for mention in mentions(describe([Trait(type=type_, value=value)]))]


@pytest.mark.parametrize(
    ("type_", "value", "wording"),
    [
        ("Fur", "Gold", "gold fur"),
        ("Eyes", "Laser Eyes", "laser eyes"),
        ("Eyes", "Laser", "laser eyes"),
        ("Accessory", "Pipe", "a pipe"),
        ("Background", "Blue", "a blue background"),
        ("SpecialBackground", "YellowWall", "a yellow wall background"),
        ("Hat", "Beanie", "a beanie"),
        ("Hat", "Cowboy", "a cowboy hat"),
        ("Clothes", "M1 Hoodie", "an M1 hoodie"),
        ("Eyewear", "3D Glasses", "3D glasses"),
        ("Eyes", "3d", "3D glasses"),
        ("Body", "Hoodie Pink", "a pink hoodie"),
        ("Beard", "Long Beard Brown", "a long brown beard"),
        ("Eyes", "Black To The Left", "black eyes to the left"),
        ("Mouth", "Bored Unshaven Cigarette", "a bored unshaven mouth with a cigarette"),
        ("Mouth", "Unimpressed", "an unimpressed mouth"),
        ("Hat", "Uniform Cap", "a uniform cap"),
        ("head I", "blackMohawk", "a black mohawk"),
        ("Hat", "Party Hat 2", "a party hat"),
        ("Dress", "Hello My Name Is", 'a dress called "Hello My Name Is"'),
        ("Letter", "X", "an X letter"),
        ("Perk", "🍕", "🍕"),
        ("Fur", "金色", "金色 fur"),
        ("Wings", "true", "wings"),
        ("Headwear", "King's Crown", "a king's crown"),
        ("Glorp", "Zib", "a zib glorp"),
        ("", "Halo", "a halo"),
        ("Hands", "Orange", "an orange"),
    ],
)
def test_a_trait_is_named_as_a_person_would(type_, value, wording):
    assert named(type_, value) == [wording]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("Birthday", "2021-11-17"),
        ("Fur", "2021-11-17"),
        ("Rank", "First"),
        ("Generation", "1"),
        ("Level", "Master"),
        ("Rarity", "Epic"),
        ("Background", "Background Common"),
        ("Skin Tone", "Skin Tone 5"),
        ("sers", "serA"),
        ("background", "3d5b99"),
        ("background", "95"),
        ("Vault Bonus %", "20"),
        ("Hash", "anything"),
        ("Eyes", "0xdeadbeef"),
        ("Link", "https://example.org"),
        ("Wings", "false"),
        ("Wings", "no"),
        ("Hat", "No Hat"),
        ("Hat", "Nothing"),
        ("Custom", "1/1"),
        ("Mood", "???"),
    ],
)
def test_what_cannot_be_seen_is_not_named(type_, value):
    assert named(type_, value) == []


def test_a_colour_joins_what_it_colours():
    traits = [Trait(type="Shirt", value="Polo"), Trait(type="Shirt Color", value="Red")]
    assert [str(mention.forms[0]) for mention in mentions(describe(traits))] == ["a red polo shirt"]


def test_a_colour_without_its_thing_stands_alone():
    assert named("Shirt Color", "Red") == ["a red shirt"]


def test_traits_that_are_worded_alike_are_listed_once():
    traits = [Trait(type="Hat", value="Ninja Pants"), Trait(type="Body", value="Ninja Pants")]
    assert [str(mention.forms[0]) for mention in mentions(describe(traits))] == ["ninja pants"]


def test_jargon_has_a_plain_wording():
    (mention,) = mentions(describe([Trait(type="Fur", value="Robot")]))
    assert [form.text for form in mention.forms] == ["robot fur", "metallic fur"]
