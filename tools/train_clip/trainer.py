"""The product's own trainer with one more lesson: words must go on meaning what the teacher says."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from retrieval.training.batches import Batch
from retrieval.training.corpus import Corpus
from retrieval.training.precision import autocast
from retrieval.training.recipe import Recipe
from retrieval.training.towers import encode_captions
from retrieval.training.trainer import Trainer
from retrieval.training.wording import Asked
from tools.train_clip.student import lesson, reader_of
from tools.train_clip.teacher import Vectors

_PHRASES, _WEIGHT = 96, 0.5


class ArtTrainer(Trainer):
    """A `Trainer` that is also asked for ``taught`` (n, 384), the vectors of ``listed``, some at each step.

    Without it the words that the art does not use would drift away from those that it does. ``words`` is
    the folder of the text tower that `tools.train_clip.student.distil` wrote.
    """

    def __init__(
        self,
        corpus: Corpus,
        recipe: Recipe,
        run: Path,
        *,
        words: Path,
        listed: Sequence[str],
        taught: Vectors,
        threads: int,
    ) -> None:
        super().__init__(corpus, recipe, run, threads=threads)
        self._listed, self._taught = listed, taught
        self._reader = reader_of(words)

    def _loss(self, batch: Batch | Asked) -> torch.Tensor:
        rows = np.random.default_rng([self.recipe.seed, self.step, 2]).integers(
            len(self._listed), size=_PHRASES
        )
        with autocast(self.half, self.device):
            vectors = encode_captions(self.model, [self._listed[row] for row in rows])
        return super()._loss(batch) + _WEIGHT * lesson(
            self._reader, vectors, torch.from_numpy(self._taught[rows])
        )
