"""Words about training tokens, and which of many remembered pictures they are true of."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from magpie.facts import Fact
from retrieval.training.batches import Sampler
from retrieval.training.captions import Caption, full, kept_traits, phrase
from retrieval.training.corpus import Corpus
from retrieval.training.pixels import Rows
from retrieval.training.recipe import Recipe

_FEW = 2 / 3  # share of the captions that lose traits which keep one to three


class Asked(NamedTuple):
    """``q`` captions, and ``m`` pictures they are looked for among: the first ``q`` are their own.

    ``among`` (m,) are places in the corpus's training rows; ``true`` (q, m): picture j has all that caption i
    claims.
    """

    words: tuple[str, ...]
    among: Rows
    true: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Wording:
    """Draws captions of training tokens: the published ones, and such as name only some of the traits."""

    corpus: Corpus
    recipe: Recipe
    sampler: Sampler

    def batch(self, step: int) -> Asked:
        """The captions of that step; a pure function of corpus, recipe and step."""
        rng = np.random.default_rng([self.recipe.seed, step, 3])
        train = self.corpus.train
        own = np.searchsorted(train, self.sampler.rows(min(self.recipe.batch, len(train)), rng))
        others = rng.choice(len(train), min(self.recipe.bank, len(train)), replace=False)
        captions = [self._caption(int(train[place]), rng) for place in own]
        among = np.concatenate([own, others[~np.isin(others, own)]])
        return Asked(tuple(caption.words for caption in captions), among, self._true(captions, among))

    def _caption(self, row: int, rng: np.random.Generator) -> Caption:
        token, home = self.corpus.tokens[row], self.corpus.home(row)
        if rng.random() >= self.recipe.dropped_captions:
            return full(token, home)
        if rng.random() >= _FEW:
            return phrase(kept_traits(token.traits, rng), home, rng)
        picked = rng.permutation(len(token.traits))[: int(rng.integers(1, 4))]
        return phrase([token.traits[place] for place in picked], home, rng)

    def _true(self, captions: list[Caption], among: Rows) -> npt.NDArray[np.bool_]:
        """By counting, for each caption and picture, how many of the claims hold."""
        numbers, starts, facts = self._facts
        claims = [np.array([numbers[fact] for fact in caption.claims], np.int64) for caption in captions]
        asked, column = np.unique(np.concatenate(claims), return_inverse=True)
        claimed = np.zeros((len(captions), len(asked)), np.float32)
        claimed[np.repeat(np.arange(len(claims)), [len(part) for part in claims]), column] = 1
        place_of = np.full(len(numbers), -1, np.int64)
        place_of[asked] = np.arange(len(asked))
        sizes = starts[among + 1] - starts[among]
        spans = np.repeat(starts[among] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        columns = place_of[facts[spans + np.arange(sizes.sum())]]
        held = np.zeros((len(among), len(asked)), np.float32)
        held[np.repeat(np.arange(len(among)), sizes)[columns >= 0], columns[columns >= 0]] = 1
        return np.asarray(claimed @ held.T > claimed.sum(1, keepdims=True) - 0.5)

    @cached_property
    def _facts(self) -> tuple[dict[Fact, int], Rows, Rows]:
        """Each fact's number; and the training tokens' facts by number, one after the other, with starts."""
        numbers: dict[Fact, int] = {}
        known = [
            [numbers.setdefault(fact, len(numbers)) for fact in sorted(self.corpus.facts[row])]
            for row in self.corpus.train.tolist()
        ]
        starts = np.concatenate([[0], np.cumsum([len(held) for held in known])]).astype(np.int64)
        return numbers, starts, np.array([number for held in known for number in held], np.int64)
