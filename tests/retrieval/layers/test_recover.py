import numpy as np
import pytest

from magpie.domain import Trait
from retrieval.layers.recover import FEWEST, hosts, recover
from retrieval.layers.stack import OF_EACH, choose, stack


def by_trait(recovery):
    return {(layer.trait.type, layer.trait.value): layer for layer in recovery.layers}


def test_masks_are_what_most_tokens_show_of_a_layer_though_later_layers_cover_it(hero_stack, heroes):
    found = by_trait(recover(hero_stack))
    expected = {trait: mask for trait, mask in heroes[2].items() if trait[1] != "None"}
    assert set(found) == set(expected)
    for trait, mask in expected.items():
        wrong = (found[trait].mask != mask).sum()
        assert wrong <= 0.05 * mask.sum(), trait


def test_a_component_is_the_layer_alone(hero_stack):
    crown = by_trait(recover(hero_stack))["Hat", "Crown"]
    assert (crown.component[crown.mask] == (250, 200, 0, 255)).all()
    assert (crown.component[~crown.mask] == 0).all()
    assert crown.agreement == 1.0


def test_saying_that_nothing_is_there_is_no_layer(hero_stack):
    recovery = recover(hero_stack)
    assert ("Hat", "None") not in by_trait(recovery)
    assert "Hat=None" not in recovery.left_out


def test_traits_that_say_nothing_of_the_pictures_get_no_layer(heroes):
    tokens, pictures, _ = heroes
    order = np.random.default_rng(0).permutation(len(tokens))
    recovery = recover(stack(pictures[order], tokens))
    assert recovery.layers == ()
    assert "not aligned" in recovery.left_out[""]


def test_pictures_that_are_not_aligned_get_no_layer(heroes):
    tokens, pictures, _ = heroes
    rng = np.random.default_rng(0)
    moved = np.stack([np.roll(picture, rng.integers(0, 16, 2), (0, 1)) for picture in pictures])
    noisy = np.clip(moved + rng.integers(-90, 90, moved.shape), 0, 255).astype(np.uint8)
    noisy[..., 3] = 255
    recovery = recover(stack(noisy, tokens))
    assert recovery.layers == ()
    assert "not aligned" in recovery.left_out[""]


def test_what_few_tokens_have_is_left_out_with_the_reason(heroes):
    tokens, pictures, _ = heroes
    rare = Trait(type="Hat", value="Halo")
    few = FEWEST - 1
    changed = [
        token.model_copy(update={"traits": (*(t for t in token.traits if t.type != "Hat"), rare)})
        for token in tokens[:few]
    ]
    recovery = recover(stack(pictures, changed + tokens[few:]))
    assert ("Hat", "Halo") not in by_trait(recovery)
    assert recovery.left_out["Hat=Halo"] == f"only {few} tokens have it"


def test_a_part_that_comes_in_colours_is_found_whole_and_so_are_its_colours(heroes):
    tokens, pictures, most = heroes
    seen = {}
    inks = {"Red": (210, 30, 30), "Teal": (0, 130, 130), "Lime": (120, 240, 10), "Pink": (250, 120, 190)}
    rng = np.random.default_rng(1)
    dyed, painted = [], pictures.copy()
    for row, token in enumerate(tokens):
        name = str(rng.choice(list(inks)))
        body = (pictures[row] == (110, 70, 40, 255)).all(axis=-1)
        if body.any():  # only apes are dyed
            painted[row][body, :3] = inks[name]
            seen.setdefault(name, []).append(body)
            token = token.model_copy(update={"traits": (*token.traits, Trait(type="Body Color", value=name))})
        dyed.append(token)
    made = stack(painted, dyed)
    assert {made.types[colour]: made.types[part] for colour, part in hosts(made).items()} == {
        "Body Color": "Body"
    }
    found = by_trait(recover(made))
    expected = {("Body Color", name): np.mean(bodies, axis=0) >= 0.5 for name, bodies in seen.items()}
    for trait, mask in (expected | {("Body", "Ape"): most["Body", "Ape"]}).items():
        assert (found[trait].mask != mask).sum() <= 0.08 * mask.sum(), trait


@pytest.mark.parametrize("pixels", [np.zeros((9, 4, 4, 4), np.uint8), np.full((9, 1, 1, 4), 255, np.uint8)])
def test_pictures_that_are_all_alike_have_no_layers(heroes, pixels):
    recovery = recover(stack(pixels, heroes[0][:9]))
    assert recovery.layers == ()


def test_tokens_without_traits_have_no_layers(heroes):
    bare = [token.model_copy(update={"traits": ()}) for token in heroes[0]]
    assert recover(stack(heroes[1], bare)).layers == ()


def test_the_same_tokens_give_the_same_layers(hero_stack):
    one, two = recover(hero_stack), recover(hero_stack)
    assert [layer.trait for layer in one.layers] == [layer.trait for layer in two.layers]
    assert all((a.mask == b.mask).all() for a, b in zip(one.layers, two.layers, strict=True))


def test_of_many_tokens_those_with_rare_traits_are_looked_at(heroes):
    pictured = heroes[0][0].model_copy(update={"image": "x.png"})
    common = [
        pictured.model_copy(update={"ref": pictured.ref.model_copy(update={"token_id": number})})
        for number in range(3000)
    ]
    rare = Trait(type="Hat", value="Halo")
    for place in range(0, 3000, 100):
        common[place] = common[place].model_copy(update={"traits": (rare,)})
    chosen = choose(common)
    assert len(chosen) == 1200
    assert sum(rare in token.traits for token in chosen) >= OF_EACH
    assert chosen == choose(common)
