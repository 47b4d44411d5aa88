"""How well the model finds tokens it was not fitted on: by caption, a few traits, or a disturbed picture."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.training.captions import few_traits, full, phrase
from retrieval.training.corpus import Corpus
from retrieval.training.disturbances import disturb, flatten
from retrieval.training.pixels import Pixels, Rows
from retrieval.training.recipe import Recipe
from retrieval.training.towers import encode_captions, encode_pixels
from retrieval.training.truth import truth

if TYPE_CHECKING:
    from open_clip import CustomTextCLIP

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.int64]
_CHUNK = 128  # pictures or texts that go through a tower at a time
_ASKED = 512  # queries that are scored at a time
_CHOICE_ROWS = 4096
_K = 10


class Scores(NamedTuple):
    """All in [0, 1].

    ``r1`` and ``r10``: the full caption finds a picture with exactly its traits among all of them, first or
    in the first ten. ``in_collection_r1``: among its own collection, the mean over collections. ``short_p1``:
    the first hit for two or three traits has them all; ``short_ndcg10``: how near the first ten come to
    holding only such pictures, the best first. ``picture_r1``: a disturbed picture finds its original, or one
    with the same traits, first.
    """

    r1: float
    r10: float
    in_collection_r1: float
    short_p1: float
    short_ndcg10: float
    picture_r1: float
    collections: dict[str, float]

    @property
    def choice(self) -> float:
        """What the kept checkpoint is chosen by."""
        return (self.r1 + self.in_collection_r1 + self.short_ndcg10 + self.picture_r1) / 4


def choice_rows(rows: Rows, seed: int) -> Rows:
    """The rows that checkpoints are chosen on, ascending: all of them, or a sample of 4,096."""
    if len(rows) <= _CHOICE_ROWS:
        return rows
    return np.sort(np.random.default_rng([seed, 1_000_037]).choice(rows, _CHOICE_ROWS, replace=False))


class Answers(NamedTuple):
    """One value a row, in order. ``full``, ``inside`` and ``picture``: the 0-based rank of the best picture
    with exactly the row's traits, by caption among all, by caption among its collection, by a disturbed
    picture. ``short_first`` and ``short_ndcg`` are for two or three of its traits.
    """

    full: Ranks
    inside: Ranks
    short_first: Flags
    short_ndcg: npt.NDArray[np.float64]
    picture: Ranks


def validate(model: "CustomTextCLIP", corpus: Corpus, rows: Rows, recipe: Recipe) -> Scores:
    """Scores on the tokens of ``rows`` (ascending), the gallery being their pictures."""
    found = answers(model, corpus, rows, recipe)
    groups = corpus.by_collection(rows).items()
    inside = {name: float((found.inside[np.searchsorted(rows, own)] == 0).mean()) for name, own in groups}
    return Scores(
        r1=float((found.full == 0).mean()),
        r10=float((found.full < _K).mean()),
        in_collection_r1=float(np.mean(list(inside.values()))),
        short_p1=float(found.short_first.mean()),
        short_ndcg10=float(found.short_ndcg.mean()),
        picture_r1=float((found.picture == 0).mean()),
        collections=inside,
    )


def answers(model: "CustomTextCLIP", corpus: Corpus, rows: Rows, recipe: Recipe) -> Answers:
    """Every token of ``rows`` (ascending) is asked for among their pictures."""
    rng = np.random.default_rng([recipe.seed, 1_000_003])
    background = np.array(recipe.preprocess_cfg["background"], np.uint8)
    gallery = _pictures(model, (flatten(p, background) for p in _chunks(corpus, rows)), recipe)
    seen = _pictures(model, (disturb(p, background, rng) for p in _chunks(corpus, rows)), recipe)
    said = [full(corpus.tokens[row], corpus.home(row)).words for row in rows]
    asked, names = _texts(model, said), np.unique(np.array(said), return_inverse=True)[1]
    inside = np.zeros(len(rows), np.int64)
    for members in corpus.by_collection(rows).values():
        at = np.searchsorted(rows, members)
        inside[at] = _ranks(asked[at], gallery[at], names[at])
    first, ndcg = _short(model, corpus, rows, gallery, recipe)
    return Answers(_ranks(asked, gallery, names), inside, first, ndcg, _ranks(seen, gallery, names))


def _chunks(corpus: Corpus, rows: Rows) -> Iterator[Pixels]:
    for start in range(0, len(rows), _CHUNK):
        yield corpus.pixels[rows[start : start + _CHUNK]]


def _pictures(model: "CustomTextCLIP", chunks: Iterator[Pixels], recipe: Recipe) -> Floats:
    return np.concatenate([encode_pixels(model, c, recipe.preprocess_cfg).cpu().numpy() for c in chunks])


def _texts(model: "CustomTextCLIP", words: Sequence[str]) -> Floats:
    return np.asarray(encode_captions(model, words, _CHUNK).cpu().numpy())


def _ranks(asked: Floats, gallery: Floats, names: npt.NDArray[np.int64]) -> Ranks:
    """0-based rank of the best picture of the query's own name; a tie with a wrong one counts against it."""
    ranks = []
    for start in range(0, len(asked), _ASKED):
        scores = asked[start : start + _ASKED] @ gallery.T
        own = names[start : start + _ASKED, None] == names[None, :]
        best = np.where(own, scores, -np.inf).max(axis=1, keepdims=True)
        ranks.append((~(scores < best) & ~own).sum(axis=1))  # what is no number counts against it, too
    return np.concatenate(ranks)


def _short(
    model: "CustomTextCLIP", corpus: Corpus, rows: Rows, gallery: Floats, recipe: Recipe
) -> tuple[Flags, npt.NDArray[np.float64]]:
    """Two or three traits of each token, in words: precision of the first hit, and nDCG@10."""
    rng = np.random.default_rng([recipe.seed, 1_000_033])
    said = []
    for row in rows:
        asked_for = few_traits(corpus.tokens[row].traits, rng, least=2)
        said.append(phrase(asked_for, corpus.home(row), rng))
    asked = _texts(model, [caption.words for caption in said])
    holds = [corpus.facts[row] for row in rows]
    first, gains = [], []
    for start in range(0, len(rows), _ASKED):
        scores = asked[start : start + _ASKED] @ gallery.T
        right = truth([caption.claims for caption in said[start : start + _ASKED]], holds)
        top = np.argsort(-scores, axis=1, kind="stable")[:, :_K]
        hits = np.take_along_axis(right, top, axis=1)
        first.append(hits[:, 0])
        gains.append(_ndcg(hits, right.sum(axis=1)))
    return np.concatenate(first), np.concatenate(gains)


def _ndcg(hits: Flags, relevant: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The nDCG of (n, k) hits, best first; ``relevant`` (n,) is how many there are, at least one."""
    weights = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(weights)[np.minimum(relevant, hits.shape[1]) - 1]
    return np.asarray((hits * weights).sum(axis=1) / ideal)
