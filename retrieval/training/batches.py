"""Which tokens meet in a batch, what is said of them, and how their pictures are disturbed.

A batch is a pure function of the corpus, the recipe and the step number, so a run that was interrupted
sees exactly the batches it would have seen.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.training.captions import Caption, full, partial
from retrieval.training.corpus import Corpus, Pixels, Rows
from retrieval.training.recipe import Recipe

_SHIFT = 3  # pixels, of 64
_BY_SIZE = 0.75
_RARE = 0.4  # share of a token's chance to be drawn that follows the rarity of its traits


class Batch(NamedTuple):
    """``b`` tokens: ``pixels`` (b, size, size, 3) and a caption each.

    ``holds`` and ``claims`` are (b, facts) of 0 and 1: what is true of the picture, what the caption says.
    """

    rows: Rows
    pixels: Pixels
    captions: tuple[str, ...]
    holds: npt.NDArray[np.float32]
    claims: npt.NDArray[np.float32]

    @property
    def true(self) -> npt.NDArray[np.bool_]:
        """(b, b): caption j is true of picture i."""
        return np.asarray((1 - self.holds) @ self.claims.T == 0)


@dataclass(frozen=True)
class Sampler:
    """Draws training batches. Only ever from ``corpus.train``."""

    corpus: Corpus
    recipe: Recipe

    def batch(self, step: int) -> Batch:
        """The batch of that step; fewer rows than ``recipe.batch`` only if the corpus has fewer."""
        rng = np.random.default_rng([self.recipe.seed, step])
        rows = self._rows(rng)
        said = [self._caption(row, rng) for row in rows]
        pixels = self.corpus.pixels[rows]
        shown = (
            disturb(pixels, self.recipe, rng) if self.recipe.augment else flatten(pixels, self._background)
        )
        holds = self.corpus.multi_hot([self.corpus.facts[row] for row in rows])
        claims = self.corpus.multi_hot([caption.claims for caption in said])
        return Batch(rows, shown, tuple(caption.words for caption in said), holds, claims)

    @property
    def _background(self) -> npt.NDArray[np.uint8]:
        return np.array(self.recipe.preprocess_cfg["background"], np.uint8)

    @cached_property
    def _groups(self) -> dict[str, Rows]:
        return self.corpus.by_collection(self.corpus.train)

    @cached_property
    def _chances(self) -> dict[str, npt.NDArray[np.float64]]:
        return {name: _rarity_chances(self.corpus, rows) for name, rows in self._groups.items()}

    @cached_property
    def _shares(self) -> npt.NDArray[np.float64]:
        # Dampened: a collection of 10,000 is drawn more often than one of 400, but not 25 times as often.
        sizes = np.array([len(rows) for rows in self._groups.values()]) ** _BY_SIZE
        return np.asarray(sizes / sizes.sum())

    def _rows(self, rng: np.random.Generator) -> Rows:
        """Part of the batch from one collection, where negatives are hard, the rest from all."""
        names = list(self._groups)
        wanted = min(self.recipe.batch, len(self.corpus.train))
        counts = rng.multinomial(wanted - int(wanted * self.recipe.one_collection), self._shares)
        counts[int(rng.choice(len(names), p=self._shares))] += int(wanted * self.recipe.one_collection)
        drawn = []
        for name, count in zip(names, counts, strict=True):
            rows = self._groups[name]
            drawn.append(rng.choice(rows, min(int(count), len(rows)), replace=False, p=self._chances[name]))
        return np.concatenate(drawn)

    def _caption(self, row: int, rng: np.random.Generator) -> Caption:
        token, home = self.corpus.tokens[row], self.corpus.home(row)
        return partial(token, home, rng) if rng.random() < self.recipe.dropped_captions else full(token, home)


def _rarity_chances(corpus: Corpus, rows: Rows) -> npt.NDArray[np.float64]:
    traits = [[f for f in corpus.facts[row] if f[0] == "trait"] for row in rows]
    counts: dict[tuple[str, str, str], int] = {}
    for fact in (f for held in traits for f in held):
        counts[fact] = counts.get(fact, 0) + 1
    rarity = np.array([sum(1 / counts[f] for f in held) / max(1, len(counts)) for held in traits])
    mixed = (1 - _RARE) / len(rows) + _RARE * rarity
    return np.asarray(mixed / mixed.sum())


def flatten(pixels: Pixels, background: npt.NDArray[np.uint8]) -> Pixels:
    """(b, s, s, 4) RGBA over one (3,) colour, or one (b, 3) colour a picture, as (b, s, s, 3)."""
    alpha = pixels[..., 3:].astype(np.float32) / 255
    under = background.reshape(-1, 1, 1, 3).astype(np.float32)
    return (pixels[..., :3] * alpha + under * (1 - alpha) + 0.5).astype(np.uint8)


def disturb(pixels: Pixels, recipe: Recipe, rng: np.random.Generator) -> Pixels:
    """What a screenshot does to a picture: another background, a small shift or zoom, faded colours."""
    count, size = pixels.shape[:2]
    usual = np.array(recipe.preprocess_cfg["background"], np.uint8)
    background = np.where(
        rng.random((count, 1)) < 0.5, usual, rng.integers(0, 256, (count, 3)).astype(np.uint8)
    ).astype(np.uint8)
    flat = flatten(pixels, background)
    wide = np.pad(flat, ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT), (0, 0)), mode="edge")
    side = size if rng.random() < 0.5 else int(rng.integers(size - 2 * _SHIFT, size + 2 * _SHIFT + 1))
    index = (np.arange(size) * side // size).astype(np.int64)  # nearest: pixel art stays pixel art
    room = size + 2 * _SHIFT - side + 1
    out = np.empty_like(flat)
    for row in range(count):
        y, x = rng.integers(0, room, 2) if rng.random() < 0.7 else (room // 2, room // 2)
        out[row] = wide[row][y + index][:, x + index]
    gain = rng.normal(1, 0.03, (count, 1, 1, 3)).astype(np.float32)
    return np.clip(out * gain + rng.normal(0, 4, (count, 1, 1, 1)), 0, 255).astype(np.uint8)
