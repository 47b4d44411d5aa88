"""Who is asked for, among what, and what counts as found: the NFT1000 retrieval protocol as plain values.

A *case* is one query: the template caption of a held-out token. A *gallery* is the tokens it is looked for
among. Nothing here ranks or measures.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection as AbstractCollection
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from magpie import text
from magpie.domain import Token, TokenRef
from magpie.splits import is_held_out
from retrieval.fusion import reference_order as order

CUTOFFS = (1, 5, 10, 15, 20, 30, 40, 50)
Scope = Literal["in-collection", "pooled"]
SCOPES: tuple[Scope, ...] = ("in-collection", "pooled")
Reading = Literal["strict", "equal"]
READINGS: tuple[Reading, ...] = ("strict", "equal")
GalleryName = Literal["held-out", "all"]

# What makes two tokens alike under the "equal" reading: the subject's noun and the set of trait keys.
Likeness = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Case:
    """One query: the ``text`` that asks for the token ``ref``."""

    ref: TokenRef
    collection: str
    text: str

    @property
    def id(self) -> str:
        return str(self.ref)


@dataclass(frozen=True)
class Item:
    """One token of a gallery; ``likeness`` is shared by the tokens that the same caption describes."""

    ref: TokenRef
    collection: str
    likeness: Likeness


@dataclass(frozen=True)
class Gallery:
    """The tokens that are ranked, in reference order, which is also how ties are broken."""

    items: tuple[Item, ...]

    @cached_property
    def refs(self) -> tuple[TokenRef, ...]:
        return tuple(item.ref for item in self.items)

    @cached_property
    def column(self) -> Mapping[TokenRef, int]:
        """Where each token stands in score matrices."""
        return {ref: place for place, ref in enumerate(self.refs)}

    @cached_property
    def _by_collection(self) -> Mapping[str, np.ndarray]:
        places: dict[str, list[int]] = defaultdict(list)
        for place, item in enumerate(self.items):
            places[item.collection].append(place)
        return {name: np.array(found) for name, found in places.items()}

    @cached_property
    def _by_likeness(self) -> Mapping[Likeness, tuple[Item, ...]]:
        alike: dict[Likeness, list[Item]] = defaultdict(list)
        for item in self.items:
            alike[item.likeness].append(item)
        return {likeness: tuple(items) for likeness, items in alike.items()}

    def columns(self, case: Case, scope: Scope) -> np.ndarray:
        """The columns that take part, ascending: those of the case's collection, or all."""
        return np.arange(len(self.items)) if scope == "pooled" else self._by_collection[case.collection]

    def relevant(self, case: Case, scope: Scope, reading: Reading) -> tuple[TokenRef, ...]:
        """The right answers, in reference order. Never empty: a case's own token is in its gallery."""
        if reading == "strict":
            return (case.ref,)
        own = self.items[self.column[case.ref]]
        alike = self._by_likeness[own.likeness]
        return tuple(i.ref for i in alike if scope == "pooled" or i.collection == case.collection)


@dataclass(frozen=True)
class Task:
    """What is evaluated. ``undefined`` counts, by reason, held-out tokens that cannot be asked for."""

    cases: tuple[Case, ...]
    gallery: Gallery
    undefined: Mapping[str, int]
    held_out: int


@dataclass(frozen=True)
class Source:
    """A token with the template caption that asks for it and the common noun of its collection."""

    token: Token
    subject: str
    caption: str


def make_task(
    sources: Iterable[Source],
    *,
    indexed: AbstractCollection[str],
    queries: int,
    seed: int,
    gallery: GalleryName = "held-out",
) -> Task:
    """The task over ``sources``: at most ``queries`` cases (0: all), spread evenly over the collections.

    ``indexed`` are the references, as text, that have a vector of every kind. A token without an image or a
    vector takes no part at all; one without traits stays in the gallery, but its caption asks for nothing.
    """
    cases: list[Case] = []
    items: list[Item] = []
    undefined: Counter[str] = Counter()
    held_out = 0
    for source in sorted(sources, key=lambda s: order(s.token.ref)):
        token = source.token
        asked = is_held_out(token.ref)
        held_out += asked
        reason = _why_absent(token, indexed)
        if reason is None and (asked or gallery == "all"):
            items.append(Item(token.ref, token.collection, _likeness(source)))
        if not asked:
            continue
        reason = reason or (None if token.traits else "no traits to ask with")
        if reason:
            undefined[reason] += 1
        else:
            cases.append(Case(token.ref, token.collection, source.caption))
    chosen = tuple(sample(cases, queries, seed))
    return Task(chosen, Gallery(tuple(items)), dict(sorted(undefined.items())), held_out)


def sample(cases: Sequence[Case], limit: int, seed: int) -> list[Case]:
    """``limit`` cases (0: all) in reference order, spread over collections as evenly as they allow.

    Each collection is shuffled by ``seed``, then they are dealt from in turn: a larger ``limit`` only adds.
    """
    if not limit or limit >= len(cases):
        return sorted(cases, key=lambda case: order(case.ref))
    by_collection: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: order(case.ref)):
        by_collection[case.collection].append(case)
    for name, group in by_collection.items():
        random.Random(f"{seed}:{name}").shuffle(group)
    dealt = sorted(
        ((turn, name, case) for name, group in by_collection.items() for turn, case in enumerate(group)),
        key=lambda deal: deal[:2],
    )
    return sorted((case for _, _, case in dealt[:limit]), key=lambda case: order(case.ref))


def _why_absent(token: Token, indexed: AbstractCollection[str]) -> str | None:
    if token.image is None:
        return "no image"
    return None if str(token.ref) in indexed else "not in the index"


def _likeness(source: Source) -> Likeness:
    # A token without traits is like no other: its empty caption describes nothing that they could share.
    traits = frozenset(trait.key for trait in source.token.traits)
    return text.key(source.subject), traits or frozenset([("", str(source.token.ref))])
