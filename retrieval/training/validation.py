"""How well the model finds tokens it was not fitted on: by caption, a few traits, or a disturbed picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.training.batches import disturb, flatten
from retrieval.training.captions import full, phrase
from retrieval.training.corpus import Corpus, Rows
from retrieval.training.recipe import Recipe
from retrieval.training.towers import encode_captions, encode_pixels

if TYPE_CHECKING:
    from open_clip import CustomTextCLIP

Floats = npt.NDArray[np.float32]
_CHUNK = 128


class Scores(NamedTuple):
    """All in [0, 1].

    ``r1`` and ``r10``: the full caption finds a picture with exactly its traits among all of them, first or
    in the first ten. ``in_collection_r1``: among its own collection, the mean over collections. ``short_p1``:
    the first hit for two or three traits has them all. ``picture_r1``: a disturbed picture finds its
    original, or one with the same traits, first.
    """

    r1: float
    r10: float
    in_collection_r1: float
    short_p1: float
    picture_r1: float
    collections: dict[str, float]

    @property
    def choice(self) -> float:
        """What the kept checkpoint is chosen by."""
        return (self.r1 + self.in_collection_r1 + self.short_p1 + self.picture_r1) / 4


def validate(model: "CustomTextCLIP", corpus: Corpus, rows: Rows, recipe: Recipe) -> Scores:
    """Scores on the tokens of ``rows`` (ascending), the gallery being their pictures."""
    rng = np.random.default_rng([recipe.seed, 1_000_003])
    background = np.array(recipe.preprocess_cfg["background"], np.uint8)
    gallery = _pictures(model, [flatten(p, background) for p in _chunks(corpus.pixels, rows)], recipe)
    seen = _pictures(model, [disturb(p, recipe, rng) for p in _chunks(corpus.pixels, rows)], recipe)
    said = [full(corpus.tokens[row], corpus.home(row)) for row in rows]
    whole = _texts(model, [caption.words for caption in said]) @ gallery.T
    same = _same_caption([caption.words for caption in said])
    ranks = _best_ranks(whole, same)
    by_collection = _by_collection(corpus, rows, whole, same)
    return Scores(
        r1=float((ranks == 0).mean()),
        r10=float((ranks < 10).mean()),
        in_collection_r1=float(np.mean(list(by_collection.values()))),
        short_p1=_short(model, corpus, rows, gallery, recipe),
        picture_r1=float((_best_ranks(seen @ gallery.T, same) == 0).mean()),
        collections=by_collection,
    )


def _chunks(pixels: npt.NDArray[np.uint8], rows: Rows) -> list[npt.NDArray[np.uint8]]:
    return [pixels[rows[start : start + _CHUNK]] for start in range(0, len(rows), _CHUNK)]


def _pictures(model: "CustomTextCLIP", chunks: Sequence[npt.NDArray[np.uint8]], recipe: Recipe) -> Floats:
    return np.concatenate([encode_pixels(model, chunk, recipe.preprocess_cfg).numpy() for chunk in chunks])


def _texts(model: "CustomTextCLIP", words: Sequence[str]) -> Floats:
    return np.asarray(encode_captions(model, words, _CHUNK).numpy())


def _same_caption(words: Sequence[str]) -> npt.NDArray[np.bool_]:
    names = np.array(words, dtype=object)
    return np.asarray(names[:, None] == names[None, :])


def _best_ranks(scores: Floats, relevant: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """0-based rank of the best relevant column in each row; a tie with a wrong column counts against it."""
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    return np.asarray(((scores >= best) & ~relevant).sum(axis=1))


def _by_collection(
    corpus: Corpus, rows: Rows, scores: Floats, same: npt.NDArray[np.bool_]
) -> dict[str, float]:
    found = {}
    for name, members in corpus.by_collection(rows).items():
        at = np.searchsorted(rows, members)
        inside = np.ix_(at, at)
        found[name] = float((_best_ranks(scores[inside], same[inside]) == 0).mean())
    return found


def _short(model: "CustomTextCLIP", corpus: Corpus, rows: Rows, gallery: Floats, recipe: Recipe) -> float:
    rng = np.random.default_rng([recipe.seed, 1_000_033])
    said = []
    for row in rows:
        traits = corpus.tokens[row].traits
        picked = rng.permutation(len(traits))[: int(rng.integers(2, 4))]
        said.append(phrase([traits[i] for i in picked], corpus.home(row), rng))
    first = (_texts(model, [caption.words for caption in said]) @ gallery.T).argmax(axis=1)
    return float(np.mean([said[i].claims <= corpus.facts[rows[hit]] for i, hit in enumerate(first)]))
