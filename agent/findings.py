"""What the tools return: domain objects with what was asked, as plain frozen values."""

from pydantic import Field

from agent.arguments import CollectionArgs, CompareArgs, RecommendArgs, SearchArgs, SimilarArgs, WhyArgs
from agent.onchain.receipt import Receipt
from agent.profile import Profile
from agent.recommend import Recommendation
from agent.taste import TasteChange
from magpie.catalog_ranks import Ranked
from magpie.catalog_rows import CollectionCount, TraitCount
from magpie.domain import Collection, Model, Token, TokenRef
from magpie.query import Hit, PhraseMatch, SearchResult
from retrieval.rarity import Lead


class FoundTokens(Model):
    """A search and its tokens. ``matching`` of ``searched`` meet the conditions, where there are any.

    ``ranks`` are of the hits, where they were chosen or ordered by rarity.
    """

    args: SearchArgs | SimilarArgs
    result: SearchResult
    tokens: dict[TokenRef, Token]
    matching: int | None = None
    searched: int
    ranks: dict[TokenRef, Ranked] = Field(default_factory=dict)

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
    rarity: Ranked | None = None

    @property
    def summary(self) -> str:
        return f"{len(self.token.traits)} traits" if self.token else "not ingested here"


class ComparedTokens(Model):
    """Two tokens or more, each ingested here. ``leads`` make the first of two rarer than the second."""

    tokens: tuple[TokenFacts, ...]
    leads: tuple[Lead, ...] = ()

    @property
    def summary(self) -> str:
        return f"{len(self.tokens)} tokens"


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


class ComparedCollections(Model):
    """Two collections or more, each with all its traits, the most common first."""

    args: CompareArgs
    collections: tuple[CollectionFacts, ...]

    @property
    def summary(self) -> str:
        return f"{len(self.collections)} collections"


class ExplainedHit(Model):
    """A token that was shown: its ``place`` of those that the same look-up shows now."""

    args: WhyArgs
    token: Token
    hit: Hit
    place: int
    of: int
    understood: tuple[PhraseMatch, ...] = ()

    @property
    def summary(self) -> str:
        return f"place {self.place} of {self.of}"


class ExplainedRecommendation(Model):
    """A collection that was recommended, and at which ``place``."""

    one: Recommendation
    place: int
    of: int

    @property
    def summary(self) -> str:
        return f"place {self.place} of {self.of}"


class LibraryFacts(Model):
    """Each collection here with its number of tokens, of those that meet the conditions, if any."""

    args: CollectionArgs
    counts: tuple[tuple[Collection, int], ...]

    @property
    def summary(self) -> str:
        return f"{len(self.counts)} collections"


class TasteShown(Model):
    """The profile after ``change``; ``missing`` was to be forgotten, and is not in it."""

    profile: Profile
    change: TasteChange
    missing: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        return "nothing is known" if self.profile.is_empty else "the profile"


class Recommended(Model):
    """What was recommended, and for which words; ``by_profile`` are those of the taste profile among them."""

    args: RecommendArgs
    collections: tuple[Recommendation, ...]
    by_profile: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        return ", ".join(one.collection.name for one in self.collections) or "none left"


class Failed(Model):
    """A tool that could not do its work, in its own words. Shown, never papered over."""

    tool: str
    problem: str


Finding = (
    FoundTokens
    | TokenFacts
    | ComparedTokens
    | CollectionFacts
    | ComparedCollections
    | LibraryFacts
    | Recommended
    | TasteShown
    | ExplainedHit
    | ExplainedRecommendation
    | Receipt
    | Failed
)
