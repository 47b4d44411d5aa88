"""Things side by side, and why something was shown -> drafts."""

from collections.abc import Iterable

from agent.arguments import SearchArgs, SimilarArgs
from agent.draft import Draft
from agent.evidence import Ledger, condition_words, plain, trait_words
from agent.findings import (
    CollectionFacts,
    ComparedCollections,
    ComparedTokens,
    ExplainedHit,
    ExplainedRecommendation,
    TokenFacts,
)
from agent.library import Library
from agent.trait_words import with_article
from magpie.catalog_ranks import Ranked
from magpie.domain import Token

TRAITS_SHOWN = 6
MEANING = (
    "“captions” is how near your words are to its tokens' captions, “about” to its own description, “words”"
    " the share of your words that it publishes, “disliked” what is taken off for what you do not like."
)


Comparison = ComparedTokens | ComparedCollections | ExplainedHit | ExplainedRecommendation


def comparison_draft(found: Comparison, ledger: Ledger, library: Library) -> Draft:
    """The draft of one of these findings, its evidence added to ``ledger``."""
    match found:
        case ComparedTokens():
            return compared_tokens_draft(found, ledger)
        case ComparedCollections():
            return compared_collections_draft(found, ledger)
        case ExplainedHit():
            return explained_hit_draft(found, ledger, library)
        case ExplainedRecommendation():
            return explained_recommendation_draft(found, ledger)


def rank_words(rank: Ranked | None) -> str:
    """``rarity rank 12 of 10,000``, with a question mark where it is of a part; nothing for no rank."""
    if rank is None:
        return ""
    return f"rarity rank {rank.rank:,} of {rank.ranked:,}{' (?)' if rank.partial else ''}"


def rank_doubt(ranks: Iterable[Ranked | None]) -> str:
    """What the question marks of `rank_words` mean, if there are any: a sentence."""
    partial = dict.fromkeys(plain(rank.partial, 120) for rank in ranks if rank and rank.partial)
    return f"Ranks with (?) are of a part: {'; '.join(partial)}." if partial else ""


def compared_tokens_draft(found: ComparedTokens, ledger: Ledger) -> Draft:
    """A line a token, what they share, and which of two of one collection is the rarer, and why."""
    here = [(one, one.token) for one in found.tokens if one.token]
    items = [ledger.token_facts(one, token) for one, token in here]
    titles = [f"{item.title} [{item.number}]" for item in items]
    known = ["; ".join(filter(None, (rank_words(one.rarity), _traits(token)))) for one, token in here]
    lines = [f"- {title}: {said or 'no published traits'}" for title, said in zip(titles, known, strict=True)]
    shared, doubt = _shared([token for _, token in here]), rank_doubt(one.rarity for one, _ in here)
    return Draft(
        situation="compared",
        outcome="answered",
        body=("\n".join(lines), shared, _rarer(found, titles, ledger), doubt),
        shown=tuple(one.ref for one in found.tokens),
        suggestions=("Show me more like the first one", "Show me more like the second one"),
    )


def _shared(tokens: list[Token]) -> str:
    # As published but for case, as rarity counts: "A" is not "A+", nor one emoji another.
    held = [
        {(trait.type.strip().lower(), trait.value.strip().lower()): trait for trait in token.traits}
        for token in tokens
    ]
    common = [held[0][key] for key in held[0] if all(key in other for other in held[1:])]
    all_of = "Both" if len(tokens) == 2 else "All"
    if not common:
        return "They share no published trait."
    return f"{all_of} have {', '.join(trait_words(trait) for trait in common)}."


def _rarer(found: ComparedTokens, titles: list[str], ledger: Ledger) -> str:
    """Which of two is the rarer, type by type; nothing for more than two, or where they are not ranked."""
    ranks = [one.rarity.rank if one.rarity else None for one in found.tokens]
    if len(found.tokens) != 2 or None in ranks:
        return ""
    first, second = (rank or 0 for rank in ranks)
    homes = {one.collection.name for one in found.tokens if one.collection}
    if len(homes) > 1:
        return "Ranks count within a collection, so these cannot be compared."
    doubt = "By these ranks, which are not to be relied on, " if any(map(_is_partial, found.tokens)) else ""
    if first == second:
        return f"{doubt}{'they' if doubt else 'They'} are equally rare."
    leads = [
        (plain(lead.first.type), f"{_value(lead.first.value)} against {_value(lead.second.value)}", lead.bits)
        for lead in found.leads
    ]
    facts = [(kind, f"{values}: {bits:+.2f} bits") for kind, values, bits in leads]
    item = ledger.add("comparison", "What makes the difference", facts)
    rarer = f"{doubt}{titles[0 if first < second else 1]} is the rarer."
    if sum(lead.bits for lead in found.leads) <= 0:
        rarer += " Traits that no other token has go before all bits of information."
    lines = [
        f"{side}, in bits of information [{item.number}]: {'; '.join(said[:TRAITS_SHOWN])}."
        for side, said in (
            ("What speaks for it", [_lead(*lead) for lead in leads if lead[2] > 0]),
            ("What speaks against it", [_lead(*lead) for lead in reversed(leads) if lead[2] < 0]),
        )
        if said
    ]
    return " ".join([rarer, *lines])


def _lead(kind: str, values: str, bits: float) -> str:
    return f"{kind}: {values}, {bits:+.2f}"


def _is_partial(one: TokenFacts) -> bool:
    return one.rarity is not None and bool(one.rarity.partial)


def _value(value: str | None) -> str:
    return plain(value) if value is not None else "none"


def compared_collections_draft(found: ComparedCollections, ledger: Ledger) -> Draft:
    """A line a collection, and the trait types that all of them have."""
    lines = []
    for one in found.collections:
        item, each = ledger.collection(one), with_article(plain(one.collection.subject))
        top = one.traits[:1]
        most = "".join(f", most often {trait_words(count.trait)} ({count.tokens:,})" for count in top)
        traits = "trait" if len(one.traits) == 1 else "traits"
        size = f"{_size(one)}, each {each}"
        lines.append(f"- {item.title} [{item.number}]: {size}; {len(one.traits):,} different {traits}{most}")
    types = [{plain(count.trait.type).lower() for count in one.traits} - {""} for one in found.collections]
    common = ", ".join(sorted(set.intersection(*types))[:12])
    shared = f"All of them publish: {common}." if common else "They have no trait type in common."
    names = tuple(one.collection.name for one in found.collections)
    return Draft(
        situation="compared",
        outcome="answered",
        body=("\n".join(lines), shared),
        shown_collections=names,
        suggestions=tuple(f"Tell me about {plain(name, 80)}" for name in names[:2]),
    )


def _size(one: CollectionFacts) -> str:
    """``8 tokens here, of its 10,000``."""
    here, supply = one.count.tokens, one.collection.supply or 0
    return f"{here:,} token{'' if here == 1 else 's'} here" + (
        f", of its {supply:,}" if supply > here else ""
    )


def explained_hit_draft(found: ExplainedHit, ledger: Ledger, library: Library) -> Draft:
    """Its place, the conditions that it meets, and what each signal added to its score."""
    home = library.names.collections.get(found.token.collection)
    item = ledger.explained(found, home)
    met = [condition_words(match) for match in found.understood]
    conditions = f" It meets what was asked: {', '.join(met)}." if met else ""
    place = f"{item.title} [{item.number}] came {found.place:,} of the {found.of:,} shown.{conditions}"
    parts = [f"{value:.4f} by {name}" for name, value in item.parts]
    score = f"Its score {found.hit.score:.4f} is the sum of {' and '.join(parts)}." if parts else ""
    order = score or _unscored(found)
    return Draft(
        "explained", "answered", (place, order), shown=(found.hit.ref,), suggestions=("Show me more like it",)
    )


def _unscored(found: ExplainedHit) -> str:
    asked = found.args.asked
    if isinstance(asked, SearchArgs) and asked.rarest:
        return "Rarity alone ranks it: the rarest comes first."
    if isinstance(asked, SimilarArgs):
        return f"The likeness of its picture alone ranks it: {found.hit.score:.4f}."
    return "Nothing ranks it: all that meet the conditions are listed in order."


def explained_recommendation_draft(found: ExplainedRecommendation, ledger: Ledger) -> Draft:
    """The parts of its score, which add up to it."""
    one, came = found.one, f"{found.place:,} of {found.of:,}"
    item = ledger.recommendation(one, place=came)
    parts = " ".join(
        f"{'+' if part.value >= 0 else '−'} {part.name} {abs(part.value):.3f}" for part in one.parts
    )
    traits = ", ".join(f"{trait_words(why.trait)} on {why.tokens:,}" for why in one.traits)
    because = f" Of what you like it publishes: {traits}." if traits else ""
    body = (
        f"{item.title} [{item.number}] came {came}: its score {one.score:.3f} = {parts.removeprefix('+ ')}."
    )
    return Draft(
        situation="explained",
        outcome="answered",
        body=(f"{body}{because}", MEANING),
        shown_collections=(found.one.collection.name,),
        constants=(MEANING,),
        suggestions=(f"Tell me about {item.title}",),
    )


def _traits(token: Token) -> str:
    listed = [trait_words(trait) for trait in token.traits[:TRAITS_SHOWN]]
    return ", ".join(listed) + (" and more" if len(token.traits) > TRAITS_SHOWN else "")
