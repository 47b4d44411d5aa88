"""What tools are asked with: pydantic models, so that ids and conditions travel in them, never in words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from agent.taste import TasteChange
from magpie.conditions import Condition
from magpie.domain import Address, CollectionName, Model, TokenRef
from magpie.query import Filter, PhraseMatch


def as_filter(collections: Sequence[str], conditions: Sequence[PhraseMatch]) -> Filter:
    """The hard conditions of a search."""
    return Filter(collections=tuple(collections), where=tuple(match.condition for match in conditions))


class Args(Model):
    """Base of every tool's arguments."""


class SearchArgs(Args):
    kind: Literal["search"] = "search"
    words: str = Field(default="", max_length=2000, description="What it should look like, for ranking.")
    image: Path | None = Field(default=None, description="A picture to look like.")
    collections: tuple[CollectionName, ...] = Field(default=(), description="Only these; all, if none.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="What must and must not be there.")
    where: Condition | None = Field(default=None, description="A condition as it was written.")
    unread: tuple[str, ...] = Field(default=(), description="Words that name no trait.")
    rarest: bool = Field(default=False, description="The rarest first, among those that meet all.")
    k: int = Field(default=5, ge=1, le=99, description="How many tokens.")

    @property
    def filter(self) -> Filter:
        asked = as_filter(self.collections, self.conditions)
        return asked if self.where is None else asked.model_copy(update={"where": (*asked.where, self.where)})


class SimilarArgs(Args):
    kind: Literal["similar"] = "similar"
    ref: TokenRef = Field(description="The token to look like.")
    collections: tuple[CollectionName, ...] = Field(default=(), description="Only these; all, if none.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="What must and must not be there.")
    rarer: bool = Field(default=False, description="Only tokens of its collection that are rarer.")
    k: int = Field(default=5, ge=1, le=99, description="How many tokens.")


class CompareArgs(Args):
    refs: tuple[TokenRef, ...] = Field(default=(), description="Tokens to hold side by side, two or more.")
    collections: tuple[CollectionName, ...] = Field(default=(), description="Or collections, two or more.")


class TokenArgs(Args):
    ref: TokenRef = Field(description="The token asked about.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="Whether it meets these.")


class CollectionArgs(Args):
    collection: CollectionName | None = Field(
        default=None, description="The collection; all of them, if none."
    )
    among: tuple[CollectionName, ...] = Field(default=(), description="Of all, only these.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="Count the tokens that meet these.")
    unread: tuple[str, ...] = Field(default=(), description="Words that name no trait.")
    counting: bool = Field(default=False, description="Whether a number is asked for.")
    rarest: bool = Field(default=False, description="Rarest traits first.")
    trait_type: str | None = Field(default=None, description="Only traits of this published type.")

    @property
    def is_list(self) -> bool:
        """Whether some of its traits are asked for, rather than what it is."""
        return self.rarest or self.trait_type is not None


class RecommendArgs(Args):
    kind: Literal["recommend"] = "recommend"
    likes: tuple[str, ...] = Field(default=(), description="What the person likes, in their words.")
    like: tuple[CollectionName, ...] = Field(default=(), description="Collections that the person likes.")
    dislikes: tuple[str, ...] = Field(default=(), description="What they do not like.")
    owned: tuple[CollectionName, ...] = Field(default=(), description="Collections to leave out.")
    k: int = Field(default=3, ge=1, le=99, description="How many collections.")


class TasteArgs(Args):
    change: TasteChange = Field(default=TasteChange(), description="What to change; nothing shows it.")


class VerifyArgs(Args):
    ref: TokenRef = Field(description="The token whose owner is read.")
    owner: Address | None = Field(default=None, description="The address that may own it.")


LookUp = Annotated[SearchArgs | SimilarArgs | RecommendArgs, Field(discriminator="kind")]


class WhyArgs(Args):
    """Why ``ref``, or else ``collection``, came where it came when ``asked`` was looked up."""

    asked: LookUp = Field(description="What was looked up when it was shown.")
    ref: TokenRef | None = Field(default=None, description="A token that it showed.")
    collection: CollectionName | None = Field(default=None, description="A collection that it showed.")
