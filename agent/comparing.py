"""Tools that hold things side by side, and that say why something was shown."""

from collections.abc import Callable, Sequence

from agent.arguments import CollectionArgs, CompareArgs, RecommendArgs, WhyArgs
from agent.findings import (
    CollectionFacts,
    ComparedCollections,
    ComparedTokens,
    ExplainedHit,
    ExplainedRecommendation,
    Finding,
    FoundTokens,
    Recommended,
    TokenFacts,
)
from agent.library import Library
from agent.tool import Tool
from magpie.domain import TokenRef
from magpie.errors import InputError
from retrieval.rarity import Lead, why

LookUp = Callable[..., Finding]  # of a tool's arguments


def compare(library: Library, facts_of: "Callable[[TokenRef], TokenFacts]") -> Tool[CompareArgs]:
    """``facts_of`` looks one token up."""

    def run(args: CompareArgs) -> Finding:
        if max(len(set(args.refs)), len(set(args.collections))) < 2:
            raise InputError("name two different tokens, or two collections, to compare")
        if args.refs:
            return _tokens(library, [facts_of(ref) for ref in args.refs])
        return ComparedCollections(
            args=args,
            collections=tuple(
                CollectionFacts(
                    args=CollectionArgs(collection=name),
                    collection=library.collection(name),
                    count=library.counts[name],
                    traits=tuple(library.trait_counts([name])),
                )
                for name in args.collections
            ),
        )

    return Tool("compare", "Comparing", "Tokens or collections side by side.", CompareArgs, run)


def explain(search: LookUp, similar: LookUp, recommend: LookUp) -> Tool[WhyArgs]:
    """Looks the same up again with the tools that showed it: an explanation is of what is true now."""

    def run(args: WhyArgs) -> Finding:
        asked = args.asked
        if isinstance(asked, RecommendArgs):
            found = recommend(asked)
            return _recommendation(found, args) if isinstance(found, Recommended) else found
        found = (search if asked.kind == "search" else similar)(asked)
        return _hit(found, args) if isinstance(found, FoundTokens) else found

    return Tool("explain", "Looking at the score again", "Why something was shown.", WhyArgs, run)


def _tokens(library: Library, found: Sequence[TokenFacts]) -> ComparedTokens:
    absent = next((one for one in found if one.token is None), None)
    if absent is not None:
        raise InputError(f"token #{absent.ref.token_id} is not ingested here, so it cannot be compared")
    leads: tuple[Lead, ...] = ()
    homes = {one.collection.name for one in found if one.collection}
    if len(found) == 2 and len(homes) == 1:
        rarities = library.rarities(homes.pop())
        first, second = (rarities[one.ref] for one in found)
        leads = tuple(why(first, second) if first.rank <= second.rank else why(second, first))
    return ComparedTokens(tokens=tuple(found), leads=leads)


def _hit(found: FoundTokens, args: WhyArgs) -> Finding:
    hits = found.result.hits
    for place, hit in enumerate(hits, start=1):
        if args.ref in (None, hit.ref, *hit.same):
            return ExplainedHit(
                args=args,
                token=found.tokens[hit.ref],
                hit=hit,
                place=place,
                of=len(hits),
                understood=found.result.understood,
            )
    near = next((hit for hit in found.result.closest if args.ref in (None, hit.ref, *hit.same)), None)
    if near is not None:
        raise InputError(f"token #{near.ref.token_id} does not meet all that was asked, so it has no place")
    raise InputError("the same search no longer shows that token, so there is nothing to explain")


def _recommendation(found: Recommended, args: WhyArgs) -> Finding:
    for place, one in enumerate(found.collections, start=1):
        if args.collection in (None, one.collection.name):
            return ExplainedRecommendation(one=one, place=place, of=len(found.collections))
    raise InputError("that collection is not recommended now, so there is nothing to explain")
