"""Dynamic masking: what one training sample says, and what of its picture is covered.

Each trait of a sample is dropped with chance a half; the words are made from the rest, and where the
collection's layers are known, the dropped traits' pixels are covered. A trait of which little is left to be
seen is dropped as well. What is covered is no longer true of the picture. Source: NFT1000 (arXiv 2402.16872).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from magpie.domain import Trait
from magpie.facts import Fact, of_traits
from retrieval.layers import Layer
from retrieval.training.captions import Caption, alone, full, kept_traits, phrase
from retrieval.training.corpus import Corpus
from retrieval.training.pixels import Pixels
from retrieval.training.recipe import Recipe

_SEEN_AT_LEAST = 0.25  # of a trait's pixels; with less it counts as covered


class Sample(NamedTuple):
    """A caption, what is true of the picture, and the (s, s) pixels to cover, or None."""

    caption: Caption
    holds: frozenset[Fact]
    cover: npt.NDArray[np.bool_] | None


class Component(NamedTuple):
    """One layer alone: an (s, s, 4) RGBA picture, its words, and what is true of it: its one trait."""

    pixels: Pixels
    caption: Caption
    holds: frozenset[Fact]


def sample(corpus: Corpus, row: int, recipe: Recipe, rng: np.random.Generator) -> Sample:
    """The token of ``row`` as it is trained on this time."""
    token, home, holds = corpus.tokens[row], corpus.home(row), corpus.facts[row]
    if recipe.masking == "none" or rng.random() >= recipe.dropped_captions:
        return Sample(full(token, home), holds, None)
    kept = kept_traits(token.traits, rng)
    if recipe.masking == "captions" or corpus.layers is None or rng.random() >= recipe.covered:
        return Sample(phrase(kept, home, rng), holds, None)
    dropped = [trait for trait in token.traits if trait not in kept]
    hidden = [layer.mask for _, layer in _layers(corpus, home.name, dropped)]
    if not hidden:
        return Sample(phrase(kept, home, rng), holds, None)
    cover = np.logical_or.reduce(hidden)
    gone = [trait for trait, _ in _layers(corpus, home.name, dropped)]
    gone += [
        trait
        for trait, layer in _layers(corpus, home.name, kept)
        if (layer.mask & ~cover).sum() < _SEEN_AT_LEAST * layer.mask.sum()
    ]
    left = [trait for trait in token.traits if trait not in gone]
    lost = of_traits(gone) - of_traits(left)
    return Sample(phrase([t for t in kept if t not in gone], home, rng), holds - lost, cover)


def component(corpus: Corpus, row: int, rng: np.random.Generator) -> Component | None:
    """One layer of the token of ``row``, or None if none is known that shows anything."""
    known = _layers(corpus, corpus.home(row).name, corpus.tokens[row].traits)
    shown = [(trait, layer) for trait, layer in known if layer.component[..., 3].any()]
    if not shown:
        return None
    trait, layer = shown[int(rng.integers(len(shown)))]
    return Component(layer.component, alone(trait, rng), of_traits([trait]))


def cover(pixels: Pixels, samples: Sequence[Sample]) -> None:
    """Make the covered pixels of (b, s, s, 4) transparent, in place: the background shows there."""
    for picture, drawn in zip(pixels, samples, strict=True):
        if drawn.cover is not None:
            picture[drawn.cover] = 0


def _layers(corpus: Corpus, collection: str, traits: Sequence[Trait]) -> list[tuple[Trait, Layer]]:
    if corpus.layers is None:
        return []
    found = [(trait, corpus.layers.of(collection, trait)) for trait in traits]
    return [(trait, layer) for trait, layer in found if layer is not None]
