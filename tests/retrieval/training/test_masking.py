"""Dynamic masking of one sample."""

import numpy as np
import pytest

from magpie.domain import Collection, Token, Trait
from retrieval.layers import Layer
from retrieval.training.captions import alone
from retrieval.training.corpus import assemble
from retrieval.training.masking import component, cover, sample

MOUTH, SKIN, HAT = (
    Trait(type=t, value=v) for t, v in (("Mouth", "Big"), ("Skin", "Green"), ("Hat", "Green"))
)


class Book:
    """The mouth lies wholly on the skin; the hat has no layer."""

    def of(self, collection, trait):
        mask = np.zeros((8, 8), bool)
        if trait == MOUTH:
            mask[2:4, 2:4] = True
        elif trait == SKIN:
            mask[:6] = True
        else:
            return None
        return Layer(mask, np.where(mask[..., None], 200, 0).astype(np.uint8).repeat(4, axis=2))


@pytest.fixture
def faces():
    home = Collection(name="Faces", chain="eip155:1", contract="0x" + "3" * 40, subject="face")
    tokens = [
        Token(ref=home.ref(n), collection="Faces", name=f"Face {n}", traits=(MOUTH, SKIN, HAT))
        for n in range(120)
    ]
    return assemble(tokens, [home], np.full((120, 8, 8, 4), 255, np.uint8), Book())


def drawn(faces, recipe, **fields):
    rng = np.random.default_rng(0)
    asked = recipe(dropped_captions=1.0, covered=1.0, **fields)
    return [sample(faces, 0, asked, rng) for _ in range(300)]


def traits_in(facts):
    return {fact[1] for fact in facts if fact[0] == "trait"}


def test_dropping_the_skin_takes_the_mouth_that_lies_on_it(faces, recipe):
    for one in drawn(faces, recipe):
        if one.cover is not None and one.cover[:6].all():
            assert "skin" not in traits_in(one.holds)
            assert "mouth" not in traits_in(one.holds)
            assert "big" not in one.caption.words.lower()


def test_dropping_the_mouth_leaves_the_skin(faces, recipe):
    only_mouth = [one for one in drawn(faces, recipe) if one.cover is not None and one.cover.sum() == 4]
    assert only_mouth
    assert all(traits_in(one.holds) == {"skin", "hat"} for one in only_mouth)


def test_a_trait_without_a_layer_stays_true_when_it_is_not_said(faces, recipe):
    assert all("hat" in traits_in(one.holds) for one in drawn(faces, recipe))


def test_a_value_that_two_traits_share_stays_true_while_one_is_seen(faces, recipe):
    assert all(("value", "", "green") in one.holds for one in drawn(faces, recipe))


def test_every_caption_claims_only_what_its_picture_holds(faces, recipe):
    samples = drawn(faces, recipe)
    assert all(one.caption.claims <= one.holds for one in samples)
    assert len({one.caption.words for one in samples}) > 20


@pytest.mark.parametrize("masking", ["captions", "none"])
def test_other_maskings_cover_nothing(faces, recipe, masking):
    assert all(
        one.cover is None and one.holds == faces.facts[0] for one in drawn(faces, recipe, masking=masking)
    )


def test_plain_fine_tuning_says_all_that_is_published(faces, recipe):
    words = {one.caption.words for one in drawn(faces, recipe, masking="none")}
    assert words == {"A picture of face, containing Big Mouth Green Skin Green Hat."}


def test_covered_pixels_become_transparent_and_no_others(faces, recipe):
    pixels = np.full((1, 8, 8, 4), 255, np.uint8)
    one = next(s for s in drawn(faces, recipe) if s.cover is not None)
    cover(pixels, [one])
    assert ((pixels[0] == 0).all(-1) == one.cover).all()


def test_a_component_is_a_layer_that_is_known_with_its_own_words(faces):
    rng = np.random.default_rng(0)
    found = [component(faces, 0, rng) for _ in range(40)]
    said = {tuple(sorted(traits_in(one.caption.claims))) for one in found}
    assert said == {(), ("mouth",), ("skin",)}
    assert all("green" in one.caption.words.lower() for one in found if one.pixels[0].any())


def test_a_component_without_a_type_is_named_by_its_value():
    rng = np.random.default_rng(0)
    assert {alone(Trait(type="", value="Gold"), rng).words for _ in range(40)} <= {
        "Gold",
        "a Gold",
        "a picture of Gold",
    }
