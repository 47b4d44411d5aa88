"""Who is asked for, among what, and what counts as found: retrieval tasks as plain values.

A *case* is one query, made from one token. A *gallery* is the tokens whose pictures (or captions) are ranked.
`eval.tasks` makes both; nothing here ranks or measures.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from magpie import text
from magpie.domain import Token, TokenRef
from magpie.facts import Fact, as_said, key, of_subject, of_traits

CUTOFFS = (1, 5, 10, 15, 20, 30, 40, 50)
TaskName = Literal["caption-to-image", "image-to-caption", "traits-to-image", "altered-to-image"]
TASKS: tuple[TaskName, ...] = ("caption-to-image", "image-to-caption", "traits-to-image", "altered-to-image")
Scope = Literal["in-collection", "pooled"]
SCOPES: tuple[Scope, ...] = ("in-collection", "pooled")
Reading = Literal["strict", "equal", "holds"]
READINGS: Mapping[TaskName, tuple[Reading, ...]] = {
    "caption-to-image": ("strict", "equal"),
    "image-to-caption": ("strict", "equal"),
    "traits-to-image": ("holds",),
    "altered-to-image": ("strict", "equal"),
}
# How a question for traits is worded: as a person would, as a language model would, with slips of the
# fingers, with something unwanted.
WordingName = Literal["plain", "paraphrased", "misspelt", "negated"]
WORDINGS: tuple[WordingName, ...] = ("plain", "paraphrased", "misspelt", "negated")
GalleryName = Literal["held-out", "all"]
AskName = Literal["held-out", "validation", "any"]

# What tokens share that are the same answer under the "equal" reading: a caption, or a picture.
Likeness = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Source:
    """A token with the template caption that asks for it and the common noun of its collection."""

    token: Token
    subject: str
    caption: str


@dataclass(frozen=True)
class Case:
    """One query: what asks for the token ``ref``, in words; for a picture, what picture it is.

    ``kind`` groups the cases of a task (an alteration, a number of traits). ``claims`` are what the words
    say, all of which a right answer under the "holds" reading must have, and ``denies`` what it must not.
    """

    ref: TokenRef
    collection: str
    text: str
    kind: str = ""
    claims: frozenset[Fact] = frozenset()
    denies: frozenset[Fact] = frozenset()

    @cached_property
    def id(self) -> str:
        """The token's reference, and the kind, since a token may be asked for once a kind. No white space."""
        return f"{self.ref}#{self.kind}" if self.kind else str(self.ref)


@dataclass(frozen=True)
class Item:
    """One token of a gallery; ``likeness`` is shared by the tokens that are the same answer.

    ``image`` is relative to the dataset folder.
    """

    ref: TokenRef
    collection: str
    likeness: Likeness
    facts: frozenset[Fact]
    caption: str
    image: str


@dataclass(frozen=True)
class Gallery:
    """The tokens that are ranked, in reference order, which is also how ties are broken."""

    items: tuple[Item, ...]

    @cached_property
    def refs(self) -> tuple[TokenRef, ...]:
        return tuple(item.ref for item in self.items)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(str(ref) for ref in self.refs)

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
    def _by_likeness(self) -> Mapping[Likeness, list[int]]:
        alike: dict[Likeness, list[int]] = defaultdict(list)
        for place, item in enumerate(self.items):
            alike[item.likeness].append(place)
        return alike

    @cached_property
    def _by_fact(self) -> Mapping[Fact, frozenset[int]]:
        having: dict[Fact, list[int]] = defaultdict(list)
        for place, item in enumerate(self.items):
            for fact in item.facts:
                having[fact].append(place)
        return {fact: frozenset(places) for fact, places in having.items()}

    def item(self, case: Case) -> Item:
        """The gallery's own entry of the token that the case was made from."""
        return self.items[self.column[case.ref]]

    def columns(self, case: Case, scope: Scope) -> np.ndarray:
        """The columns that take part, ascending: those of the case's collection, or all."""
        return np.arange(len(self.items)) if scope == "pooled" else self._by_collection[case.collection]

    def size(self, case: Case, scope: Scope) -> int:
        """How many columns take part."""
        return len(self.items) if scope == "pooled" else len(self._by_collection[case.collection])

    def relevant(self, case: Case, scope: Scope, reading: Reading) -> list[int]:
        """The columns of the right answers, ascending. Never empty: a case's own token is in its gallery."""
        if reading == "strict":
            return [self.column[case.ref]]
        if reading == "equal":
            found = self._by_likeness[self.item(case).likeness]
        else:
            having = sorted((self._by_fact[fact] for fact in case.claims), key=len)
            denied = (self._by_fact.get(fact, frozenset()) for fact in case.denies)
            found = sorted(having[0].intersection(*having[1:]).difference(*denied))
        return [at for at in found if scope == "pooled" or self.items[at].collection == case.collection]


@dataclass(frozen=True)
class Task:
    """What is evaluated.

    ``candidates`` counts the tokens that were to be asked for, ``held_out`` those of them that training never
    sees, and ``undefined``, by reason, those that cannot be asked for.
    """

    name: TaskName
    cases: tuple[Case, ...]
    gallery: Gallery
    undefined: Mapping[str, int]
    candidates: int
    held_out: int


def claimable(source: Source) -> frozenset[Fact]:
    """Everything that words may claim of the token."""
    said = map(as_said, source.token.traits)
    return of_traits(source.token.traits).union(said, [of_subject(source.subject)])


def same_caption(source: Source) -> Likeness:
    """Equal for tokens of one subject noun and one set of traits, which one caption describes.

    A token without traits is like no other: its empty caption describes nothing that they could share.
    """
    traits = frozenset(key(trait) for trait in source.token.traits)
    return text.key(source.subject), traits or frozenset([("", str(source.token.ref))])


def same_picture(source: Source) -> Likeness:
    """Equal for tokens whose picture files hold the same bytes."""
    return "", frozenset([("picture", source.token.image_sha256 or str(source.token.ref))])
