"""What a training caption says and claims."""

import numpy as np
import pytest

from magpie.domain import Trait
from retrieval.training.captions import facts, full, kept_traits, phrase, template

ZOMBIE, BEANIE = Trait(type="Type", value="Zombie"), Trait(type="Accessory", value="Beanie")


@pytest.fixture
def punks(make_collection):
    return make_collection("CRYPTOPUNKS", subject="punk")


@pytest.fixture
def punk(make_token, punks):
    def make(*traits, **fields):
        return make_token(1, [str(t) for t in traits], collection=punks, **fields)

    return make


def said(punks, traits, count=200):
    rng = np.random.default_rng(0)
    return [phrase(traits, punks, rng) for _ in range(count)]


def test_the_template_is_that_of_nft1000():
    assert template("punk", [ZOMBIE, BEANIE]) == "A picture of punk, containing Zombie Type Beanie Accessory."
    assert template("punk", []) == "A picture of punk."


def test_a_trait_without_a_type_leaves_no_gap():
    assert template("punk", [Trait(type="", value="Gold")]) == "A picture of punk, containing Gold."


def test_the_full_caption_is_the_published_one(punk, punks):
    assert full(punk(ZOMBIE, caption="A green fellow."), punks).words == "A green fellow."
    assert full(punk(ZOMBIE), punks).words == "A picture of punk, containing Zombie Type."


@pytest.mark.parametrize(
    "words",
    [
        "a zombie punk with a beanie",
        "zombie beanie punk",
        "zombie type, beanie accessory",
        "cryptopunks beanie zombie",
        "a picture of punk, containing beanie accessory zombie type.",
    ],
)
def test_people_and_templates_are_both_imitated(punks, words):
    assert words in {caption.words.lower() for caption in said(punks, [ZOMBIE, BEANIE], 2000)}


def test_every_wording_names_every_value_that_it_claims(punks):
    for caption in said(punks, [ZOMBIE, BEANIE]):
        assert {("value", "", t.key[1]) for t in (ZOMBIE, BEANIE)} <= caption.claims
        assert "zombie" in caption.words.lower()
        assert "beanie" in caption.words.lower()


def test_a_trait_type_is_claimed_only_where_it_is_said(punks):
    for caption in said(punks, [BEANIE]):
        assert (("trait", "accessory", "beanie") in caption.claims) <= ("accessory" in caption.words.lower())


def test_a_partial_caption_is_true_of_its_own_token(punk, punks):
    token, rng = punk(ZOMBIE, BEANIE, Trait(type="Accessory", value="Pipe")), np.random.default_rng(1)
    drawn = [phrase(kept_traits(token.traits, rng), punks, rng) for _ in range(200)]
    assert all(caption.claims <= facts(token, punks) for caption in drawn)
    assert {sum(kind == "value" for kind, _, _ in caption.claims) for caption in drawn} == {1, 2, 3}


def test_a_token_without_traits_is_still_named(punk, punks):
    rng = np.random.default_rng(2)
    assert kept_traits((), rng) == []
    for caption in (phrase([], punks, rng) for _ in range(50)):
        assert caption.words.strip()
        assert caption.claims <= facts(punk(), punks)
