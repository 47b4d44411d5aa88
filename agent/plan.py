"""What to do about an understood question: typed tool calls, executed by code. Pure."""

from agent.arguments import (
    Args,
    CollectionArgs,
    CompareArgs,
    LookUp,
    RecommendArgs,
    SearchArgs,
    SimilarArgs,
    TasteArgs,
    TokenArgs,
    VerifyArgs,
    WhyArgs,
)
from agent.resolve import taste_in
from agent.taste import taste_change
from agent.understanding import Understanding
from magpie.domain import Model, TokenRef

MAX_TOOL_CALLS = 4


class Call(Model):
    """One tool call to make."""

    tool: str
    args: Args


def plan(found: Understanding) -> tuple[Call, ...]:
    """The calls that answer ``found``, at most `MAX_TOOL_CALLS`; none when there is nothing to look up."""
    if found.ask_back:
        return ()
    match found.intent:
        case "find":
            return (Call(tool="search_tokens", args=_search(found)),)
        case "token_facts" | "similar" | "verify":
            return tuple(_token_calls(found)[:MAX_TOOL_CALLS])
        case "collection_facts":
            return tuple(_collection_calls(found)[:MAX_TOOL_CALLS])
        case "compare":
            return (Call(tool="compare", args=_compare(found)),)
        case "why" if found.looked_up:
            return (Call(tool="explain", args=_why(found, found.looked_up)),)
        case "taste":
            return (Call(tool="taste", args=TasteArgs(change=taste_change(found.question))),)
        case "recommend":
            return (Call(tool="recommend_collections", args=_recommend(found)),)
    return ()


def _token_calls(found: Understanding) -> list[Call]:
    """One for each token; what looks like a picture or words is searched for."""
    match found.intent:
        case "similar" if found.tokens:
            return [Call(tool="similar_tokens", args=_similar(found, ref)) for ref in found.tokens]
        case "similar":
            return [Call(tool="search_tokens", args=_search(found))]
        case "verify":
            return [
                Call(tool="verify_ownership", args=VerifyArgs(ref=ref, owner=found.owner))
                for ref in found.tokens
            ]
    return [
        Call(tool="token_facts", args=TokenArgs(ref=ref, conditions=found.conditions)) for ref in found.tokens
    ]


def _search(found: Understanding) -> SearchArgs:
    return SearchArgs(
        words=found.words[:2000],
        image=found.image,
        collections=found.collections,
        conditions=found.conditions,
        where=found.where,
        unread=found.unread,
        rarest=found.rarest,
        k=found.limit,
    )


def _compare(found: Understanding) -> CompareArgs:
    return CompareArgs(
        refs=found.tokens[:MAX_TOOL_CALLS],
        collections=() if found.tokens else found.collections[:MAX_TOOL_CALLS],
    )


def _why(found: Understanding, asked: LookUp) -> WhyArgs:
    token, home = next(iter(found.tokens), None), next(iter(found.collections), None)
    return WhyArgs(asked=asked, ref=token, collection=home if isinstance(asked, RecommendArgs) else None)


def _similar(found: Understanding, ref: TokenRef) -> SimilarArgs:
    """Among all collections, unless traits are asked for, which mean those of the token's own."""
    homes = found.collections if found.conditions else ()
    return SimilarArgs(
        ref=ref, collections=homes, conditions=found.conditions, rarer=found.rarest, k=found.limit
    )


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
