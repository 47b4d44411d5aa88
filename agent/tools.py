"""What the agent may do. A tool is data: a name, a description, an argument model, a function.

Tools return domain objects; turning them into words is `agent.compose`. Dependencies come in through the
factories, so a tool has no globals and a test needs no patching.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from agent.context import as_filter, condition_said, unmet
from agent.findings import (
    CollectionFacts,
    Failed,
    Finding,
    FoundTokens,
    LibraryFacts,
    Recommended,
    TokenFacts,
)
from agent.library import Library
from agent.onchain.verifier import Verifier
from agent.plan import (
    Args,
    Call,
    CollectionArgs,
    RecommendArgs,
    SearchArgs,
    SimilarArgs,
    TokenArgs,
    VerifyArgs,
)
from agent.recommend import Taste, about, recommend_collections
from magpie import text
from magpie.catalog_rows import TraitCount
from magpie.domain import Token, TokenRef
from magpie.errors import InputError, MagpieError
from magpie.query import Query, SearchResult
from retrieval.demands import Demand, reason
from retrieval.search import Searcher

A = TypeVar("A", bound=Args)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """``title`` is what a person reads while it runs."""

    name: str
    title: str
    description: str
    args: type[A]
    run: Callable[[A], Finding]

    def call(self, args: Args) -> Finding:
        """Run; an error that people can fix comes back as `Failed`.

        Raises `TypeError` for another tool's arguments.
        """
        if not isinstance(args, self.args):
            raise TypeError(f"{self.name} takes {self.args.__name__}, not {type(args).__name__}")
        try:
            return self.run(args)
        except MagpieError as error:
            return Failed(tool=self.name, problem=str(error))


@dataclass(frozen=True)
class Toolbox:
    """The tools by name."""

    tools: Mapping[str, Tool[Any]]

    def call(self, call: Call) -> Finding:
        return self.tools[call.tool].call(call.args)

    def title(self, call: Call) -> str:
        return self.tools[call.tool].title


def make_toolbox(searcher: Searcher, library: Library, verifier: Verifier) -> Toolbox:
    """Every tool, over one open index."""
    tools: tuple[Tool[Any], ...] = (
        search_tokens(searcher, library),
        similar_tokens(searcher, library),
        token_facts(library),
        collection_facts(library),
        recommend(searcher, library),
        verify_ownership(library, verifier),
    )
    return Toolbox({tool.name: tool for tool in tools})


def search_tokens(searcher: Searcher, library: Library) -> Tool[SearchArgs]:
    def run(args: SearchArgs) -> Finding:
        query = Query(text=args.words, image=args.image, filter=args.filter, k=args.k, understand=False)
        result = searcher.search(query).model_copy(update={"understood": args.conditions})
        if args.conditions and not result.hits:
            result = _explained(result, args, library)
        matching = len(library.catalog.select(args.filter)) if args.conditions else None
        return FoundTokens(
            args=args,
            result=result,
            tokens=_tokens(result, library),
            matching=matching,
            searched=_size(args.collections, library),
        )

    return Tool(
        "search_tokens", "Searching", "Find tokens by look and by traits, best first.", SearchArgs, run
    )


def similar_tokens(searcher: Searcher, library: Library) -> Tool[SimilarArgs]:
    def run(args: SimilarArgs) -> Finding:
        if library.catalog.token(args.ref) is None:
            raise InputError(
                f"token #{args.ref.token_id} is not ingested here, so nothing can be compared with it"
            )
        searched = _size(args.collections, library)
        if not args.conditions:
            result = SearchResult(hits=tuple(searcher.similar(args.ref, args.k)))
            return FoundTokens(args=args, result=result, tokens=_tokens(result, library), searched=searched)
        fitting = library.catalog.select(as_filter(args.collections, args.conditions))
        hits = searcher.similar(args.ref, args.k, gallery=fitting)
        result = SearchResult(hits=tuple(hits), understood=args.conditions)
        if not hits:
            result = _explained(result, args, library)
        return FoundTokens(
            args=args,
            result=result,
            tokens=_tokens(result, library),
            matching=len(fitting),
            searched=searched,
        )

    return Tool(
        "similar_tokens", "Comparing pictures", "Find tokens that look like one token.", SimilarArgs, run
    )


def token_facts(library: Library) -> Tool[TokenArgs]:
    def run(args: TokenArgs) -> Finding:
        token, home = library.catalog.token(args.ref), library.catalog.collection_of(args.ref)
        if token is None or home is None:
            return TokenFacts(ref=args.ref, collection=home, token=None)
        tokens = {count.trait: count.tokens for count in library.trait_counts([home.name])}
        shared = tuple(tokens[trait] for trait in token.traits)
        return TokenFacts(
            ref=args.ref,
            collection=home,
            token=token,
            conditions=args.conditions,
            shared=shared,
            of=library.counts[home.name].tokens,
        )

    return Tool("token_facts", "Looking the token up", "Published traits of one token.", TokenArgs, run)


def collection_facts(library: Library) -> Tool[CollectionArgs]:
    def run(args: CollectionArgs) -> Finding:
        if args.collection is None:
            counts = (
                (library.collection(name), _matching(name, args, library))
                for name in args.among or library.names.collections
            )
            held = tuple((home, n) for home, n in counts if n or not args.conditions)
            return LibraryFacts(args=args, counts=held)
        name = args.collection
        return CollectionFacts(
            args=args,
            collection=library.collection(name),
            count=library.counts[name],
            traits=_traits(name, args, library),
            matching=_matching(name, args, library) if args.conditions else None,
        )

    return Tool(
        "collection_facts", "Counting", "Size and traits of a collection, or of all.", CollectionArgs, run
    )


def recommend(searcher: Searcher, library: Library) -> Tool[RecommendArgs]:
    def run(args: RecommendArgs) -> Finding:
        abouts = tuple(map(about, map(library.collection, args.like)))
        taste = Taste((*args.likes, *abouts), args.dislikes, (*args.owned, *args.like))
        return Recommended(args=args, collections=recommend_collections(searcher, library, taste, args.k))

    return Tool(
        "recommend_collections", "Comparing collections", "Collections that suit a taste.", RecommendArgs, run
    )


def verify_ownership(library: Library, verifier: Verifier) -> Tool[VerifyArgs]:
    def run(args: VerifyArgs) -> Finding:
        home = library.catalog.collection_of(args.ref)
        if home is None:
            raise InputError(f"no collection here has the contract {args.ref.contract}")
        return verifier.verify(home, args.ref.token_id, args.owner)

    return Tool("verify_ownership", "Asking the chain", "Who owns a token, at one block.", VerifyArgs, run)


def _explained(result: SearchResult, args: SearchArgs | SimilarArgs, library: Library) -> SearchResult:
    """Why nothing meets all conditions, and what each near miss lacks, by the person's own phrases."""
    asked = [Demand(match.condition, condition_said(match)) for match in args.conditions]
    tokens = library.catalog.tokens([hit.ref for hit in result.closest])
    closest = (
        hit.model_copy(update={"lacks": unmet(tokens[hit.ref], args.conditions)}) for hit in result.closest
    )
    why = reason(asked, library.catalog.select, args.collections)
    return result.model_copy(update={"reason": why, "closest": tuple(closest)})


def _tokens(result: SearchResult, library: Library) -> dict[TokenRef, Token]:
    return library.catalog.tokens([hit.ref for hit in (*result.hits, *result.closest)])


def _size(collections: Sequence[str], library: Library) -> int:
    return sum(library.counts[name].tokens for name in collections or library.counts)


def _traits(name: str, args: CollectionArgs, library: Library) -> tuple[TraitCount, ...]:
    """Those asked for; most common first, unless the rarest are wanted first."""
    counts = [
        count
        for count in library.trait_counts([name])
        if args.trait_type is None or text.key(count.trait.type) == text.key(args.trait_type)
    ]
    return tuple(sorted(counts, key=lambda count: count.tokens)) if args.rarest else tuple(counts)


def _matching(name: str, args: CollectionArgs, library: Library) -> int:
    if not args.conditions:
        return library.counts[name].tokens
    return len(library.catalog.select(as_filter([name], args.conditions)))
