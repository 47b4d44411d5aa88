"""What can be asked of search and what it answers. Plain values shared by retrieval, agent, eval and ui."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from magpie.conditions import Condition, Not, has_any
from magpie.domain import CollectionName, Model, TokenRef, Trait

Signal = Literal["image", "caption", "bm25", "traits"]
SIGNALS: tuple[Signal, ...] = ("image", "caption", "bm25", "traits")


class Filter(Model):
    """Hard conditions. Empty means everything.

    ``collections``: any of them. ``where``: each must hold; near misses are told by which of them they lack.
    Types and values are compared by `Trait.key`.
    """

    collections: tuple[CollectionName, ...] = ()
    where: tuple[Condition, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.collections or self.where)


class Query(Model):
    """One search. ``text``, ``image``, examples, or any of them together; or none of them with a filter (then
    tokens are listed by id).

    ``like`` and ``unlike`` are tokens that the wanted ones look like and do not look like; they are no hits.

    With ``understand`` the words that name traits of the searched collections become conditions;
    without it the text is only ranked by, which is what a retrieval evaluation wants.
    """

    text: str = ""
    image: Path | None = None
    like: tuple[TokenRef, ...] = ()
    unlike: tuple[TokenRef, ...] = ()
    filter: Filter = Filter()
    k: int = Field(default=10, ge=1, le=1000)
    understand: bool = True

    @property
    def is_shown(self) -> bool:
        """Whether it says by pictures what is wanted."""
        return self.image is not None or bool(self.like or self.unlike)


class SignalScore(Model):
    """One signal's say in one hit: its own ``score``, the 1-based ``rank`` in that signal's list,
    and the ``contribution`` that it added to the fused score.
    """

    signal: Signal
    score: float
    rank: int = Field(ge=1)
    contribution: float


class Hit(Model):
    """One found token. ``score`` is the sum of the contributions; higher is better.

    ``lacks`` names the asked conditions it misses: empty for a true hit, filled for a near miss. ``same`` are
    further hits with equal traits in the same collection, or, without traits, with an equal picture.
    """

    ref: TokenRef
    score: float
    signals: tuple[SignalScore, ...] = ()
    lacks: tuple[str, ...] = ()
    same: tuple[TokenRef, ...] = ()


class PhraseMatch(Model):
    """Words of the query read as a condition: the ``phrase`` as typed, any of the ``traits`` meets it."""

    phrase: str
    traits: tuple[Trait, ...]
    negated: bool = False
    score: float = Field(ge=0, le=1, description="1 for an exact match of the published value")

    @property
    def condition(self) -> Condition:
        """What the words demand of a token."""
        wanted = has_any(self.traits)
        return Not(part=wanted) if self.negated else wanted


class SearchResult(Model):
    """``hits`` satisfy every condition, best first. When there are none, ``reason`` says why in one
    sentence and ``closest`` holds near misses, each with what it ``lacks``. ``unread`` are the words that
    name no published trait: hits are ranked by them, never required to show them.
    """

    hits: tuple[Hit, ...]
    understood: tuple[PhraseMatch, ...] = ()
    unread: tuple[str, ...] = ()
    closest: tuple[Hit, ...] = ()
    reason: str | None = None
