"""What to do about an understood question: typed tool calls, executed by code. Pure.

A tool's arguments are pydantic models; ids and conditions travel in them, never in words.
"""

from pathlib import Path

from pydantic import Field

from agent.context import as_filter
from agent.understand import Understanding, taste_in
from magpie.domain import Address, CollectionName, Model, TokenRef
from magpie.query import Filter, PhraseMatch

MAX_TOOL_CALLS = 4


class Args(Model):
    """Base of every tool's arguments."""


class SearchArgs(Args):
    words: str = Field(default="", max_length=2000, description="What it should look like, for ranking.")
    image: Path | None = Field(default=None, description="A picture to look like.")
    collections: tuple[CollectionName, ...] = Field(default=(), description="Only these; all, if none.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="What must and must not be there.")
    unread: tuple[str, ...] = Field(default=(), description="Words that name no trait.")
    k: int = Field(default=5, ge=1, le=99, description="How many tokens.")

    @property
    def filter(self) -> Filter:
        return as_filter(self.collections, self.conditions)


class SimilarArgs(Args):
    ref: TokenRef = Field(description="The token to look like.")
    collections: tuple[CollectionName, ...] = Field(default=(), description="Only these; all, if none.")
    conditions: tuple[PhraseMatch, ...] = Field(default=(), description="What must and must not be there.")
    k: int = Field(default=5, ge=1, le=99, description="How many tokens.")


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
    likes: tuple[str, ...] = Field(default=(), description="What the person likes, in their words.")
    like: tuple[CollectionName, ...] = Field(default=(), description="Collections that the person likes.")
    dislikes: tuple[str, ...] = Field(default=(), description="What they do not like.")
    owned: tuple[CollectionName, ...] = Field(default=(), description="Collections to leave out.")
    k: int = Field(default=3, ge=1, le=99, description="How many collections.")


class VerifyArgs(Args):
    ref: TokenRef = Field(description="The token whose owner is read.")
    owner: Address | None = Field(default=None, description="The address that may own it.")


class Call(Model):
    """One tool call to make."""

    tool: str
    args: Args


def plan(found: Understanding) -> tuple[Call, ...]:
    """The calls that answer ``found``, at most `MAX_TOOL_CALLS`; none when there is nothing to look up."""
    if found.ask_back:
        return ()
    calls: list[Call] = []
    match found.intent:
        case "find":
            calls = [Call(tool="search_tokens", args=_search(found))]
        case "similar":
            calls = [Call(tool="similar_tokens", args=_similar(found, ref)) for ref in found.tokens]
            calls = calls or [Call(tool="search_tokens", args=_search(found))]
        case "token_facts":
            calls = [
                Call(tool="token_facts", args=TokenArgs(ref=ref, conditions=found.conditions))
                for ref in found.tokens
            ]
        case "collection_facts":
            calls = _collection_calls(found)
        case "recommend":
            calls = [Call(tool="recommend_collections", args=_recommend(found))]
        case "verify":
            calls = [
                Call(tool="verify_ownership", args=VerifyArgs(ref=ref, owner=found.owner))
                for ref in found.tokens
            ]
    return tuple(calls[:MAX_TOOL_CALLS])


def _search(found: Understanding) -> SearchArgs:
    return SearchArgs(
        words=found.words[:2000],
        image=found.image,
        collections=found.collections,
        conditions=found.conditions,
        unread=found.unread,
        k=found.limit,
    )


def _similar(found: Understanding, ref: TokenRef) -> SimilarArgs:
    """Among all collections, unless traits are asked for, which mean those of the token's own."""
    homes = found.collections if found.conditions else ()
    return SimilarArgs(ref=ref, collections=homes, conditions=found.conditions, k=found.limit)


def _collection_calls(found: Understanding) -> list[Call]:
    args = CollectionArgs(
        conditions=found.conditions,
        unread=found.unread if found.asked.counting or found.conditions else (),
        counting=found.asked.counting,
        rarest=found.asked.rarest,
        trait_type=found.asked.trait_type,
    )
    names = found.collections or (None,)
    if found.asked.counting and len(names) > 1:
        return [Call(tool="collection_facts", args=args.model_copy(update={"among": found.collections}))]
    each = (args.model_copy(update={"collection": name}) for name in names)
    return [Call(tool="collection_facts", args=one) for one in each]


def _recommend(found: Understanding) -> RecommendArgs:
    taste, like = taste_in(found)
    return RecommendArgs(
        likes=taste.likes,
        like=like,
        dislikes=taste.dislikes,
        k=min(found.limit, 10) if found.mentions.limit else 3,
    )
