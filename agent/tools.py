"""What the agent may do.

Tools return domain objects; turning them into words is `agent.compose`. Dependencies come in through the
factories, so a tool has no globals and a test needs no patching.
"""

from collections.abc import Collection, Sequence
from functools import partial
from threading import Lock
from typing import Any

from agent.arguments import (
    CollectionArgs,
    RecommendArgs,
    SearchArgs,
    SimilarArgs,
    TasteArgs,
    TokenArgs,
    VerifyArgs,
    as_filter,
)
from agent.comparing import compare, explain
from agent.context import condition_said, unmet
from agent.findings import (
    CollectionFacts,
    Finding,
    FoundTokens,
    LibraryFacts,
    Recommended,
    TasteShown,
    TokenFacts,
)
from agent.library import Library
from agent.onchain.verifier import Verifier
from agent.profile import Profile, Profiles
from agent.recommend import Taste, about, recommend_collections
from agent.taste import TasteChange
from agent.tool import Tool, Toolbox
from magpie import text
from magpie.catalog_ranks import Ranked
from magpie.catalog_rows import TraitCount
from magpie.domain import Token, TokenRef
from magpie.errors import InputError
from magpie.query import Hit, Query, SearchResult
from retrieval.demands import Demand, reason
from retrieval.search import Searcher


def make_toolbox(searcher: Searcher, library: Library, verifier: Verifier, profiles: Profiles) -> Toolbox:
    """Every tool, over one open index."""
    search, similar = search_tokens(searcher, library), similar_tokens(searcher, library)
    token, recommended = token_facts(library), recommend(searcher, library, profiles)
    tools: tuple[Tool[Any], ...] = (
        search,
        similar,
        token,
        collection_facts(library),
        compare(library, lambda ref: facts_of(ref, library)),
        recommended,
        taste(profiles),
        explain(search.run, similar.run, recommended.run),
        verify_ownership(library, verifier),
    )
    return Toolbox({tool.name: tool for tool in tools})


def search_tokens(searcher: Searcher, library: Library) -> Tool[SearchArgs]:
    def run(args: SearchArgs) -> Finding:
        if args.rarest:
            return _rarest(args, library)
        query = Query(text=args.words, image=args.image, filter=args.filter, k=args.k, understand=False)
        result = searcher.search(query).model_copy(update={"understood": args.conditions})
        if args.conditions and not (args.where or result.hits):
            result = _explained(result, args, library)
        matching = len(library.catalog.select(args.filter)) if args.filter.where else None
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
        if not (args.conditions or args.rarer):
            result = SearchResult(hits=tuple(searcher.similar(args.ref, args.k)))
            return FoundTokens(args=args, result=result, tokens=_tokens(result, library), searched=searched)
        chosen = library.catalog.select(as_filter(args.collections, args.conditions))
        fitting = [ref for ref in chosen if ref != args.ref]
        ranks = _rarer(args.ref, fitting, library) if args.rarer else {}
        fitting = list(ranks) if args.rarer else fitting
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
            ranks={hit.ref: ranks[hit.ref] for hit in hits if hit.ref in ranks},
        )

    return Tool(
        "similar_tokens", "Comparing pictures", "Find tokens that look like one token.", SimilarArgs, run
    )


def token_facts(library: Library) -> Tool[TokenArgs]:
    def run(args: TokenArgs) -> Finding:
        return facts_of(args.ref, library).model_copy(update={"conditions": args.conditions})

    return Tool(
        "token_facts", "Looking the token up", "Published traits and rarity of one token.", TokenArgs, run
    )


def facts_of(ref: TokenRef, library: Library) -> TokenFacts:
    """What is published of one token, which may not be here."""
    token, home = library.catalog.token(ref), library.catalog.collection_of(ref)
    if token is None or home is None:
        return TokenFacts(ref=ref, collection=home, token=None)
    tokens = {count.trait: count.tokens for count in library.trait_counts([home.name])}
    return TokenFacts(
        ref=ref,
        collection=home,
        token=token,
        shared=tuple(tokens[trait] for trait in token.traits),
        of=library.counts[home.name].tokens,
        rarity=library.catalog.ranks([ref]).get(ref),
    )


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


def recommend(searcher: Searcher, library: Library, profiles: Profiles) -> Tool[RecommendArgs]:
    """By what is said, or, where nothing is liked in it, by the taste profile; what is owned is left out."""

    def run(args: RecommendArgs) -> Finding:
        known = profiles.get()
        silent = not (args.likes or args.like)
        likes, dislikes = (known.likes, known.dislikes) if silent else ((), ())
        abouts = tuple(map(about, map(library.collection, args.like)))
        owned = [name for name in known.owned if name in library.names.collections]
        taste = Taste(
            (*args.likes, *abouts, *likes), (*args.dislikes, *dislikes), (*args.owned, *args.like, *owned)
        )
        found = recommend_collections(searcher, library, taste, args.k)
        return Recommended(args=args, collections=found, by_profile=(*likes, *dislikes))

    return Tool(
        "recommend_collections", "Comparing collections", "Collections that suit a taste.", RecommendArgs, run
    )


def taste(profiles: Profiles) -> Tool[TasteArgs]:
    def run(args: TasteArgs) -> Finding:
        change = args.change
        if change.forget_all:
            profiles.forget()
        missing = [words for words in change.forget if not _forgotten(profiles, words)]
        if change.likes or change.dislikes:
            profiles.change(partial(_with, change))
        return TasteShown(profile=profiles.get(), change=change, missing=tuple(missing))

    return Tool("taste", "Looking at the taste profile", "Show, change or forget it.", TasteArgs, run)


def _with(change: TasteChange, profile: Profile) -> Profile:
    for phrase in change.likes:
        profile = profile.liking(phrase)
    for phrase in change.dislikes:
        profile = profile.disliking(phrase)
    return profile


def _forgotten(profiles: Profiles, words: str) -> bool:
    """Whether an item of those words was there to be taken out."""
    known = profiles.get()
    wanted = set(text.key(words).split())
    items = (*known.likes, *known.dislikes, *known.owned)
    named = next((item for item in items if wanted and wanted <= set(text.key(item).split())), None)
    if named is not None:
        profiles.remove(named)
    return named is not None


def verify_ownership(library: Library, verifier: Verifier) -> Tool[VerifyArgs]:
    asking = Lock()  # a verifier is for one thread at a time

    def run(args: VerifyArgs) -> Finding:
        home = library.catalog.collection_of(args.ref)
        if home is None:
            raise InputError(f"no collection here has the contract {args.ref.contract}")
        with asking:
            return verifier.verify(home, args.ref.token_id, args.owner)

    return Tool("verify_ownership", "Asking the chain", "Who owns a token, at one block.", VerifyArgs, run)


def _rarest(args: SearchArgs, library: Library) -> FoundTokens:
    """What meets the conditions, the rarest of its collection first: by share of the ranked, then by id."""
    fitting = library.catalog.select(args.filter)
    ranks = library.catalog.ranks(sorted(fitting, key=str))
    order = sorted(ranks, key=lambda ref: (ranks[ref].rank / ranks[ref].ranked, ref.token_id))[: args.k]
    hits = tuple(Hit(ref=ref, score=0.0) for ref in order)
    result = SearchResult(hits=hits, understood=args.conditions)
    if not (hits or args.where):
        result = _explained(result, args, library)
    return FoundTokens(
        args=args,
        result=result,
        tokens=_tokens(result, library),
        matching=len(ranks),
        searched=_size(args.collections, library),
        ranks={ref: ranks[ref] for ref in order},
    )


def _rarer(ref: TokenRef, fitting: Collection[TokenRef], library: Library) -> dict[TokenRef, Ranked]:
    """Those of ``fitting`` that rank before ``ref`` in its collection."""
    home = library.catalog.collection_of(ref)
    own = library.catalog.ranks([ref]).get(ref)
    if home is None or own is None:
        raise InputError(f"token #{ref.token_id} has no rarity rank here: run `magpie index`")
    of_home = [other for other in fitting if (other.chain, other.contract) == (ref.chain, ref.contract)]
    return {other: rank for other, rank in library.catalog.ranks(of_home).items() if rank.rank < own.rank}


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
