"""Which tokens meet in a batch, what is said of them, and what is left of their pictures.

A batch is a pure function of the corpus, the recipe and the step number, so a run that was interrupted
sees exactly the batches it would have seen.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from magpie.facts import Fact, of_traits
from retrieval.training.captions import Caption, few_traits, phrase
from retrieval.training.choices import Choices, Terms, named
from retrieval.training.corpus import Corpus
from retrieval.training.disturbances import disturb, flatten
from retrieval.training.masking import Component, component, cover, sample
from retrieval.training.pixels import Pixels, Rows
from retrieval.training.recipe import Recipe
from retrieval.training.truth import truth

T = TypeVar("T")
_BY_SIZE = 0.75
_RARE = 0.4  # share of a token's chance to be drawn that follows the rarity of its traits


class Batch(NamedTuple):
    """``b`` samples: ``pixels`` (b, size, size, 3), and captions of the first ``c`` of them.

    ``rows`` are the tokens they are of; those from number ``tokens`` to ``c`` are components, one layer of
    the token alone. ``holds`` is what is true of each picture, ``claims`` what each caption says.
    ``questions`` ask for a few traits that some picture of the batch has. ``seen`` and ``said`` are the
    choices that pictures and captions answer.
    """

    rows: Rows
    pixels: Pixels
    captions: tuple[str, ...]
    holds: tuple[frozenset[Fact], ...]
    claims: tuple[frozenset[Fact], ...]
    tokens: int
    seen: Terms
    said: Terms
    questions: tuple[Caption, ...] = ()

    @property
    def true(self) -> npt.NDArray[np.bool_]:
        """(b, c): caption j is true of picture i."""
        return truth(self.claims, self.holds).T

    @property
    def answers(self) -> npt.NDArray[np.bool_]:
        """(questions, b): picture j has all that question i asks for; at least one has."""
        return truth([question.claims for question in self.questions], self.holds)


def ahead(make: Callable[[int], T], step: int, workers: int = 1) -> Generator[T, None, None]:
    """What ``make`` gives for each step from ``step`` on, made while those before it are being used."""
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(waiting) <= workers:
                    waiting.append(pool.submit(make, step))
                    step += 1
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class Sampler:
    """Draws training batches. Only ever from ``corpus.train``.

    ``numbered``: the choices of another sampler of the corpus, so that one head serves both.
    """

    corpus: Corpus
    recipe: Recipe
    numbered: Choices | None = None

    def batch(self, step: int) -> Batch:
        """The batch of that step; fewer rows than ``recipe.batch`` only if the corpus has fewer."""
        rng = np.random.default_rng([self.recipe.seed, step])
        wanted = min(self.recipe.batch, len(self.corpus.train))
        alone = self._components(int(wanted * self.recipe.components), rng)
        rows = rng.permutation(self.rows(wanted - len(alone), rng))
        told = round(self.recipe.captioned * len(rows))
        samples = [sample(self.corpus, int(row), self.recipe, rng) for row in rows[:told]]
        pixels = np.array(self.corpus.pixels[rows])
        cover(pixels[:told], samples)
        pictures = np.concatenate([pixels[:told], *(part.pixels[None] for _, part in alone), pixels[told:]])
        captions = [drawn.caption for drawn in samples] + [part.caption for _, part in alone]
        holds = [drawn.holds for drawn in samples] + [part.holds for _, part in alone]
        holds += [self.corpus.facts[row] for row in rows[told:]]
        shown = np.concatenate([rows[:told], np.array([row for row, _ in alone], np.int64), rows[told:]])
        tokens = np.concatenate([np.arange(told), np.arange(told + len(alone), len(shown))])
        claims = tuple(caption.claims for caption in captions)
        return Batch(
            rows=shown,
            pixels=disturb(pictures, self._background, rng, self.recipe.disturbed),
            captions=tuple(caption.words for caption in captions),
            holds=tuple(holds),
            claims=claims,
            tokens=told,
            seen=self._seen(shown, holds, tokens),
            said=self._said(shown, holds, claims),
            questions=self._questions(shown, holds, tokens, rng),
        )

    def flat(self, rows: Rows) -> Pixels:
        """The rows' pictures as they are, on the background."""
        return flatten(np.asarray(self.corpus.pixels[rows]), self._background)

    def _questions(
        self, rows: Rows, holds: Sequence[frozenset[Fact]], tokens: Rows, rng: np.random.Generator
    ) -> tuple[Caption, ...]:
        """One to three traits that one of the ``tokens`` still shows, in the words of a person."""
        asked = []
        for place in rng.choice(tokens, self.recipe.questions).tolist():
            row = int(rows[place])
            shown = [t for t in self.corpus.tokens[row].traits if of_traits([t]) <= holds[place]]
            asked.append(phrase(few_traits(shown, rng), self.corpus.home(row), rng))
        return tuple(asked)

    @cached_property
    def choices(self) -> Choices:
        if self.numbered is not None:
            return self.numbered
        corpus = self.corpus
        known = ((corpus.tokens[row].collection, corpus.facts[row]) for row in corpus.train.tolist())
        return Choices(known, self.recipe.answers_taught)

    def _seen(self, rows: Rows, holds: Sequence[frozenset[Fact]], tokens: Rows) -> Terms:
        """Of components only what they show: the rest of the token is not there, and not missing either."""
        whole = set(tokens.tolist())
        return self.choices.terms(
            [
                (self.corpus.tokens[row].collection, held, self.corpus.facts[row] if at in whole else None)
                for at, (row, held) in enumerate(zip(rows.tolist(), holds, strict=True))
            ]
        )

    def _said(self, rows: Rows, holds: Sequence[frozenset[Fact]], claims: Sequence[frozenset[Fact]]) -> Terms:
        told = zip(rows[: len(claims)].tolist(), holds[: len(claims)], claims, strict=True)
        return self.choices.terms(
            [(self.corpus.tokens[row].collection, named(said, held), None) for row, held, said in told]
        )

    def _components(self, wanted: int, rng: np.random.Generator) -> list[tuple[int, Component]]:
        """At most ``wanted``: a token drawn whose layers are not known gives none."""
        if not wanted or self.corpus.layers is None:
            return []
        drawn = [(row, component(self.corpus, row, rng)) for row in self.rows(wanted, rng).tolist()]
        return [(row, part) for row, part in drawn if part is not None]

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
        known = np.array([name in self.recipe.rehearsed for name in self._groups])
        if known.any() and not known.all():
            share = np.where(known, self.recipe.rehearsal, 1 - self.recipe.rehearsal)
            sizes = sizes * share / np.where(known, sizes[known].sum(), sizes[~known].sum())
        return np.asarray(sizes / sizes.sum())

    def rows(self, wanted: int, rng: np.random.Generator) -> Rows:
        """Training rows: part of one collection, where negatives are hard, the rest of all or of some."""
        names, alone = list(self._groups), int(wanted * self.recipe.one_collection)
        first = int(rng.choice(len(names), p=self._shares))
        counts = rng.multinomial(wanted - alone, self._met(first, rng))
        counts[first] += alone
        drawn = []
        for place in np.flatnonzero(counts).tolist():
            name, count = names[place], counts[place]
            rows = self._groups[name]
            drawn.append(rng.choice(rows, min(int(count), len(rows)), replace=False, p=self._chances[name]))
        return np.concatenate(drawn)

    def _met(self, first: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """(collections,) chances: of all, or of the ``first`` and the others that this batch draws."""
        shares, others = self._shares, self.recipe.spread
        if others is None or others + 1 >= len(shares):
            return shares
        drawn = rng.choice(len(shares), others + 1, replace=False, p=shares)
        met = np.isin(np.arange(len(shares)), [first, *drawn[drawn != first][:others]])
        return np.asarray(np.where(met, shares, 0) / shares[met].sum())


def _rarity_chances(corpus: Corpus, rows: Rows) -> npt.NDArray[np.float64]:
    traits = [[f for f in corpus.facts[row] if f[0] == "trait"] for row in rows]
    counts: dict[tuple[str, str, str], int] = {}
    for fact in (f for held in traits for f in held):
        counts[fact] = counts.get(fact, 0) + 1
    rarity = np.array([sum(1 / counts[f] for f in held) / max(1, len(counts)) for held in traits])
    mixed = (1 - _RARE) / len(rows) + _RARE * rarity
    return np.asarray(mixed / mixed.sum())
