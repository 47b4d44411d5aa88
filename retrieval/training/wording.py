"""Words about training tokens, and which of many remembered pictures they are true of."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.training.batches import Sampler
from retrieval.training.captions import Caption, few_traits, full, kept_traits, phrase
from retrieval.training.corpus import Corpus
from retrieval.training.pixels import Rows
from retrieval.training.recipe import Recipe
from retrieval.training.truth import Held

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
        claims = [caption.claims for caption in captions]
        return Asked(tuple(caption.words for caption in captions), among, self._held.answers(claims, among))

    def _caption(self, row: int, rng: np.random.Generator) -> Caption:
        token, home = self.corpus.tokens[row], self.corpus.home(row)
        if rng.random() >= self.recipe.dropped_captions:
            return full(token, home)
        kept = kept_traits(token.traits, rng) if rng.random() >= _FEW else few_traits(token.traits, rng)
        return phrase(kept, home, rng)

    @cached_property
    def _held(self) -> Held:
        return Held([self.corpus.facts[row] for row in self.corpus.train.tolist()])
