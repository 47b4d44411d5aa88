"""Whether a search says "no match" when nothing matches, and only then.

Answerable questions are those of `eval.tasks`: plain, misspelt, negated. The unanswerable ask for two
published traits that no token has together, for a thing that is in no collection, or for a token with a trait
and such a thing.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np

from eval import metrics, wording
from eval.metrics import Figure
from eval.misspelling import misspelt
from eval.negation import Negations
from eval.protocol import Source, claimable
from eval.tasks import sample
from magpie import text
from magpie.catalog import Catalog
from magpie.domain import Model
from magpie.facts import Fact
from magpie.progress import Tick
from magpie.query import Query
from magpie.splits import Split, split_of
from retrieval.search import Searcher

Kind = Literal["plain", "misspelt", "negated", "no such pair", "no such thing", "a trait and no such thing"]
ANSWERABLE: tuple[Kind, ...] = ("plain", "misspelt", "negated")
UNANSWERABLE: tuple[Kind, ...] = ("no such pair", "no such thing", "a trait and no such thing")
_TRIES = 200  # pairs looked at for one that no token has


class Question(NamedTuple):
    """What is asked, and whether any token is a right answer."""

    kind: Kind
    words: str

    @property
    def is_answerable(self) -> bool:
        return self.kind in ANSWERABLE


class Row(Model):
    """How often one kind of question was answered with "no match"; ``share`` is over its questions."""

    kind: Kind
    is_answerable: bool
    queries: int
    share: Figure


class Declined(NamedTuple):
    """A question and whether it was declined."""

    question: Question
    declined: bool


def run(
    searcher: Searcher, asked: Sequence[Question], seed: int, *, tick: Tick
) -> tuple[list[Row], list[Declined]]:
    """Ask each question as a person would."""
    answers: list[Declined] = []
    for done, question in enumerate(asked, start=1):
        answers.append(Declined(question, not searcher.search(Query(text=question.words)).hits))
        tick("asking", done, len(asked))
    rows = []
    for kind in (*ANSWERABLE, *UNANSWERABLE):
        values = np.array([[answer.declined] for answer in answers if answer.question.kind == kind], float)
        if len(values):
            low, high = metrics.intervals(values, seed=seed)[:, 0]
            share = Figure(mean=values.mean(), low=low, high=high, chance=0.5)
            rows.append(Row(kind=kind, is_answerable=kind in ANSWERABLE, queries=len(values), share=share))
    return rows, answers


def questions(catalog: Catalog, split: Split, each: int, seed: int) -> list[Question]:
    """At most ``each`` questions of every kind about the tokens of ``split``, the same for a seed."""
    subjects = {collection.name: collection.subject for collection in catalog.collections()}
    every = [Source(token, subjects[token.collection], "") for token in catalog.iter_tokens()]
    sources = sample([source for source in every if split_of(source.token.ref) == split], 2 * each, seed)
    made = _Questions(every, seed)
    return [
        Question(kind, words)
        for kind, ask in made.askers.items()
        for words in islice(filter(None, map(ask, sources)), each)
    ]


class _Questions:
    """Makes questions of one token at a time; None where a token yields none of the kind."""

    def __init__(self, every: Sequence[Source], seed: int) -> None:
        self._seed, self._types = seed, wording.types_of(every)
        self._negations = Negations(every, self._types)
        self._of: dict[str, list[Source]] = defaultdict(list)
        for source in every:
            self._of[source.subject].append(source)
        known = {
            word
            for source in every
            for trait in source.token.traits
            for word in text.key(trait.value).split()
        }
        known |= {word for source in every for word in text.key(source.subject).split()}
        self._foreign = [thing for thing in foreign() if not known & set(text.key(thing).split())]
        self.askers: dict[Kind, Callable[[Source], str | None]] = {
            "plain": self._plain,
            "misspelt": self._misspelt,
            "negated": self._negated,
            "no such pair": self._no_such_pair,
            "no such thing": self._no_such_thing,
            "a trait and no such thing": self._beside,
        }

    def _plain(self, source: Source) -> str | None:
        asked = wording.ask(source, self._types, self._seed)
        return asked.words if asked else None

    def _misspelt(self, source: Source) -> str | None:
        plain = self._plain(source)
        return misspelt(plain, 1, self._rng(source, "slip")) if plain else None

    def _negated(self, source: Source) -> str | None:
        asked = self._negations.ask(source, self._seed)
        return asked.words if asked else None

    def _no_such_pair(self, source: Source) -> str | None:
        """A trait of the token and one of another, which no token of the same subject has together."""
        rng = self._rng(source, "pair")
        others = self._of[source.subject]
        own = wording.sayable(source.token.traits)
        for _ in range(_TRIES if own else 0):
            mine = rng.choice(own)
            theirs = wording.sayable(rng.choice(others).token.traits)
            phrases = [wording.denial(trait, 2) for trait in (mine, rng.choice(theirs))] if theirs else []
            pair = [phrase for phrase in phrases if phrase]
            if len(pair) == 2 and not self._has(source.subject, frozenset(claim for _, claim in pair)):
                return f"{text.article(source.subject)} {source.subject} with {pair[0][0]} and {pair[1][0]}"
        return None

    @cache  # noqa: B019 (lives as long as the questions are made)
    def _has(self, subject: str, claims: frozenset[Fact]) -> bool:
        return any(claims <= claimable(source) for source in self._of[subject])

    def _no_such_thing(self, source: Source) -> str | None:
        thing = self._rng(source, "thing").choice(self._foreign)
        return f"show me {text.article(thing)} {thing}"

    def _beside(self, source: Source) -> str | None:
        asked = wording.ask(source, self._types, self._seed, counts=(1,))
        if asked is None:
            return None
        rng = self._rng(source, "beside")
        thing = rng.choice(self._foreign)
        link = rng.choice(("with", "and", "holding", "next to"))
        return f"{asked.words} {link} {text.article(thing)} {thing}"

    def _rng(self, source: Source, what: str) -> random.Random:
        return random.Random(f"{self._seed}:{what}:{source.token.ref}")


@cache
def foreign() -> tuple[str, ...]:
    """Things that collections of avatars hardly show."""
    return tuple(files("eval").joinpath("foreign.txt").read_text("utf-8").splitlines())
