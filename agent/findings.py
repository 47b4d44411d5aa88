"""What the tools return: domain objects with what was asked, as plain frozen values."""

from agent.onchain.receipt import Receipt
from agent.plan import CollectionArgs, RecommendArgs, SearchArgs, SimilarArgs
from agent.recommend import Recommendation
from magpie.catalog_rows import CollectionCount, TraitCount
from magpie.domain import Collection, Model, Token, TokenRef
from magpie.query import PhraseMatch, SearchResult


class FoundTokens(Model):
    """A search and its tokens. ``matching`` of ``searched`` meet the conditions, where there are any."""

    args: SearchArgs | SimilarArgs
    result: SearchResult
    tokens: dict[TokenRef, Token]
    matching: int | None = None
    searched: int

    @property
    def summary(self) -> str:
        found = f"{len(self.result.hits)} shown" if self.result.hits else "no match"
        return f"{found}, {self.matching} match" if self.matching else found


class TokenFacts(Model):
    """One token, or None if it is not here, with the number of tokens that share each of its traits."""

    ref: TokenRef
    collection: Collection | None
    token: Token | None
    conditions: tuple[PhraseMatch, ...] = ()
    shared: tuple[int, ...] = ()
    of: int = 0

    @property
    def summary(self) -> str:
        return f"{len(self.token.traits)} traits" if self.token else "not ingested here"


class CollectionFacts(Model):
    """One collection. ``matching`` counts the tokens that meet the conditions, where there are any."""

    args: CollectionArgs
    collection: Collection
    count: CollectionCount
    traits: tuple[TraitCount, ...]
    matching: int | None = None

    @property
    def summary(self) -> str:
        return (
            f"{self.count.tokens} tokens"
            if self.matching is None
            else f"{self.matching} of {self.count.tokens}"
        )


class LibraryFacts(Model):
    """Each collection here with its number of tokens, of those that meet the conditions, if any."""

    args: CollectionArgs
    counts: tuple[tuple[Collection, int], ...]

    @property
    def summary(self) -> str:
        return f"{len(self.counts)} collections"


class Recommended(Model):
    """What was recommended, and for which words."""

    args: RecommendArgs
    collections: tuple[Recommendation, ...]

    @property
    def summary(self) -> str:
        return ", ".join(one.collection.name for one in self.collections) or "none left"


class Failed(Model):
    """A tool that could not do its work, in its own words. Shown, never papered over."""

    tool: str
    problem: str


Finding = FoundTokens | TokenFacts | CollectionFacts | LibraryFacts | Recommended | Receipt | Failed
