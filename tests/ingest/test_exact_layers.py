import numpy as np
import pytest

from ingest.sources.dicebear import GeneratedSource
from ingest.sources.layers import exact_layers
from ingest.sources.styles import STYLES

WIDTH = 64


@pytest.fixture(scope="module")
def dylan():
    """The exact layers of twelve tokens, by trait type and value."""
    source = GeneratedSource(next(style for style in STYLES if style.name == "dylan"), 12)
    return {(e.trait.type, e.trait.value): e for e in exact_layers(source, range(12), WIDTH, examples=3)}


def of_type(layers, type_):
    return [layer for (kind, _), layer in layers.items() if kind == type_]


def test_every_trait_of_the_tokens_has_a_layer(dylan):
    source = GeneratedSource(next(style for style in STYLES if style.name == "dylan"), 12)
    said = {(a["trait_type"], a["value"]) for raw in source.items() for a in raw.metadata["attributes"]}
    assert set(dylan) == said
    assert all(layer.seen.shape == (WIDTH, WIDTH) for layer in dylan.values())
    assert all(layer.component.shape == (WIDTH, WIDTH, 4) for layer in dylan.values())


def test_a_part_is_seen_only_where_it_is_drawn(dylan):
    for layer in (*of_type(dylan, "Hair"), *of_type(dylan, "Mood")):
        drawn = layer.component[..., 3] > 0
        assert drawn.any()
        assert not drawn.all()  # nothing but the part: no background
        assert (layer.seen[~drawn] == 0).mean() > 0.97  # soft edges apart


def test_hair_is_above_the_mouth_and_the_background_around_both(dylan):
    def middle(layer):
        return np.average(np.arange(WIDTH), weights=layer.seen.sum(axis=1) + 1e-9)

    mouths = [middle(layer) for layer in of_type(dylan, "Mood")]
    assert max(middle(layer) for layer in of_type(dylan, "Hair")) < min(mouths)
    assert all(layer.seen[0, 0] == 1 for layer in of_type(dylan, "Background Color"))


def test_a_colour_is_seen_where_its_part_is(dylan):
    hair = np.max([layer.seen for layer in of_type(dylan, "Hair")], axis=0) > 0
    for layer in of_type(dylan, "Hair Color"):
        assert ((layer.seen >= 0.5) & hair).sum() > 0.7 * (layer.seen >= 0.5).sum()


def test_the_same_tokens_give_the_same_layers(dylan):
    source = GeneratedSource(next(style for style in STYLES if style.name == "dylan"), 12)
    again = list(exact_layers(source, range(12), WIDTH, examples=3))
    assert all((layer.seen == dylan[layer.trait.type, layer.trait.value].seen).all() for layer in again)
