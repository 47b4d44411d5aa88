"""Findings -> drafts: every sentence that carries a fact is rendered here, from evidence, by code."""

from agent.arguments import SearchArgs, SimilarArgs
from agent.collection_words import collection_draft, library_draft, unread_words
from agent.comparison_words import comparison_draft, rank_doubt, rank_words
from agent.draft import Draft
from agent.evidence import (
    PROBLEM_LIMIT,
    Ledger,
    asked_words,
    condition_words,
    covered,
    plain,
    trait_words,
)
from agent.findings import (
    CollectionFacts,
    Failed,
    Finding,
    FoundTokens,
    LibraryFacts,
    Recommended,
    TasteShown,
    TokenFacts,
)
from agent.library import Library
from agent.onchain.receipt import Receipt
from agent.receipt_words import failure_draft, receipt_draft
from agent.recommend import Recommendation
from agent.taste_words import taste_draft
from agent.trait_words import with_article
from magpie import text
from magpie.domain import Collection, Token, Trait
from magpie.query import Hit, PhraseMatch

TRAITS_SHOWN = 8


def draft(finding: Finding, ledger: Ledger, library: Library) -> Draft:
    """The draft of one finding, its evidence added to ``ledger``."""
    match finding:
        case FoundTokens() if finding.result.hits:
            return _hits(finding, ledger, library)
        case FoundTokens():
            return _no_match(finding, ledger, library)
        case TokenFacts():
            return _token(finding, ledger)
        case CollectionFacts():
            return collection_draft(finding, ledger)
        case LibraryFacts():
            return library_draft(finding, ledger)
        case Recommended():
            return _recommended(finding, ledger)
        case TasteShown():
            return taste_draft(finding, ledger)
        case Receipt():
            return receipt_draft(finding, ledger, library.catalog.token(finding.token))
        case Failed():
            return failure_draft(finding, ledger)
    return comparison_draft(finding, ledger, library)


def _hits(found: FoundTokens, ledger: Ledger, library: Library) -> Draft:
    lines = []
    for hit in found.result.hits:
        token = found.tokens[hit.ref]
        rank = found.ranks.get(hit.ref)
        item = ledger.token(token, library.names.collections.get(token.collection), hit=hit, rank=rank)
        known = "; ".join(filter(None, (rank_words(rank), _traits(token))))
        lines.append(f"- {item.title} [{item.number}]: {known}")
    search = ledger.search(found, _search_title(found.args))
    count, shown = found.matching, len(lines)
    if count is not None:
        exactly = "Exactly one token" if count == 1 else f"{count:,} tokens"
        verb = "meets" if count == 1 else "meet"
        best = "rarest" if _by_rarity(found) else "best"
        more = f" The {best} {shown} are shown." if count > shown else ""
        asked = ", ".join(filter(None, (*asked_words(found), _rarer_than(found))))
        meets = f" {verb} this: {asked}" if asked else ""
        have = "" if asked else (" has a rarity rank" if count == 1 else " have a rarity rank")
        summary = (
            f"{exactly} of the {found.searched:,} searched{meets}{have} [{search.number}].{more}"
            f"{_only_ranked(found, library)}"
        )
    elif _is_listing(found):
        where = f"{found.searched:,} tokens searched [{search.number}]"
        summary = f"These are the first {shown} of the {where}, in order; say what they should look like."
    else:
        among = f"{found.searched:,} tokens [{search.number}]"
        summary = f"They are ranked by likeness among {among}; no trait was required."
    first = library.names.collections.get(found.tokens[found.result.hits[0].ref].collection)
    return Draft(
        situation=_situation(found),
        outcome="answered",
        body=("\n".join(lines), summary, rank_doubt(found.ranks.values())),
        shown=tuple(hit.ref for hit in found.result.hits),
        suggestions=_after_hits(first, shown),
        search=found.result,
    )


def _no_match(found: FoundTokens, ledger: Ledger, library: Library) -> Draft:
    lines = []
    for hit in found.result.closest:
        token = found.tokens[hit.ref]
        item = ledger.token(token, library.names.collections.get(token.collection), hit=hit)
        lines.append(f"- {item.title} [{item.number}] {_lacking(hit)}: {_traits(token)}")
    search = ledger.search(found, _search_title(found.args))
    reason = found.result.reason or "nothing here is near enough to what was asked"
    reason = plain(reason, PROBLEM_LIMIT).rstrip(".")
    facts = f"{reason[0].upper()}{reason[1:]} [{search.number}]."
    covers = " ".join(filter(None, map(covered, found.result.understood)))
    closest = ("The closest, and what each lacks:\n" + "\n".join(lines),) if lines else ()
    return Draft(
        situation="no_match",
        outcome="no_match",
        body=(f"{facts} {covers}".strip(), *closest),
        shown=tuple(hit.ref for hit in found.result.closest),
        suggestions=_with_one_less(found),
        search=found.result,
    )


def _token(found: TokenFacts, ledger: Ledger) -> Draft:
    if found.token is None:
        name = plain(found.collection.name, 80) if found.collection else "that contract"
        item = ledger.add("search", f"{name} #{found.ref.token_id}", [("found", "not ingested here")])
        which = f"{name} #{found.ref.token_id}"
        body = f"{which} is not among the tokens ingested here [{item.number}], so I know no traits of it."
        return Draft(situation="token_absent", outcome="no_match", body=(body,))
    item = ledger.token_facts(found, found.token)
    rows = [
        f"- {_labelled(trait)}, {shared:,} of {found.of:,}"
        for trait, shared in zip(found.token.traits, found.shared, strict=True)
    ]
    held = "Published traits, and how many tokens here share each:" if rows else "It has no published traits."
    rank = rank_words(found.rarity)
    rarity = f" {rank[0].upper()}{rank[1:]}." if rank else ""
    body = f"{item.title} [{item.number}] is a token of {plain(found.token.collection, 80)}.{rarity} {held}"
    doubt = rank_doubt([found.rarity])
    verdicts = [_verdict(match, found.token) for match in found.conditions]
    return Draft(
        situation="token",
        outcome="answered",
        body=(*verdicts, "\n".join([body, *rows]), *filter(None, [doubt])),
        shown=(found.ref,),
        suggestions=(
            "Show me more like it",
            *(("Who owns it?",) if found.collection and found.collection.on_chain else ()),
        ),
    )


def _recommended(found: Recommended, ledger: Ledger) -> Draft:
    if not found.collections:
        return Draft("no_match", "no_match", ("No collection is left to recommend.",))
    rows = [_recommendation(one, ledger) for one in found.collections]
    named = tuple(one.collection.name for one in found.collections)
    known = ", ".join(f"“{plain(words)}”" for words in found.by_profile)
    by_profile = (f"This goes by your taste profile: {known}.",) if known else ()
    return Draft(
        situation="recommend",
        outcome="answered",
        body=(*by_profile, "\n".join(rows), "Each score is the sum of its parts; higher fits better."),
        constants=by_profile,
        shown_collections=named,
        suggestions=("Tell me about the first one",),
    )


def _recommendation(one: Recommendation, ledger: Ledger) -> str:
    item = ledger.recommendation(one)
    parts = " ".join(
        f"{'+' if part.value >= 0 else '−'} {part.name} {abs(part.value):.3f}" for part in one.parts
    )
    why = [f"{trait_words(why.trait)} on {why.tokens:,} of {one.tokens:,}" for why in one.traits]
    source = plain(one.collection.source)
    about = plain(one.collection.description, 160).rstrip(".…")
    if about.casefold().startswith(f"{source}: ".casefold()):
        about = about[len(source) + 2 :]
    why = [f"each token is {with_article(plain(one.collection.subject))}", *([about] if about else []), *why]
    label = f" ({source})" if one.collection.is_generated else ""
    score = f"Score {one.score:.3f} = {parts.removeprefix('+ ')}"
    return f"- {item.title} [{item.number}]{label}: {'; '.join(why)}. {score}"


def _labelled(trait: Trait) -> str:
    """``Ring: Thin``, for a table of traits."""
    return ": ".join(filter(None, (plain(trait.type), plain(trait.value))))


def _verdict(match: PhraseMatch, token: Token) -> str:
    """Yes or no to "does it have …?", by the token's published traits."""
    held = [trait_words(trait) for trait in match.traits if token.has(trait)]
    if held:
        has = " and ".join(dict.fromkeys(held))
        return f"{'No' if match.negated else 'Yes'}: its published traits include {has}."
    asked = condition_words(match.model_copy(update={"negated": False}))
    return f"{'Yes' if match.negated else 'No'}: its published traits do not include {asked}."


def _by_rarity(found: FoundTokens) -> bool:
    return isinstance(found.args, SearchArgs) and found.args.rarest


def _rarer_than(found: FoundTokens) -> str:
    args = found.args
    return f"rarer than #{args.ref.token_id}" if isinstance(args, SimilarArgs) and args.rarer else ""


def _is_listing(found: FoundTokens) -> bool:
    """Whether nothing was said that could rank the tokens."""
    return isinstance(found.args, SearchArgs) and not (found.args.words or found.args.image)


def _situation(found: FoundTokens) -> str:
    if isinstance(found.args, SimilarArgs):
        return "similar"
    if found.args.image is not None:
        return "found_picture"
    if found.matching is None:
        return "listing" if _is_listing(found) else "found_look"
    if isinstance(found.args, SearchArgs) and found.args.unread:
        return "found_partly"
    return "found_one" if len(found.result.hits) == 1 else "found_many"


def _only_ranked(found: FoundTokens, library: Library) -> str:
    """Which words named no trait, so that "a purple hat" is not taken for found when only hats were."""
    unread = found.args.unread if isinstance(found.args, SearchArgs) else ()
    unknown = [word for word in unread if text.singular(word) not in library.trait_words]
    known = [word for word in unread if word not in unknown]  # "round" of a round pot, where pots are bowls
    said = [f"no published trait here says {unread_words(unknown)}"] if unknown else []
    said += [f"I did not read {unread_words(known)} as a trait"] if known else []
    if not said:
        return ""
    whole = " and ".join(said)
    only = "that" if len(unread) == 1 else "they"
    return f" {whole[0].upper()}{whole[1:]}; {only} only decided the order."


def _search_title(args: SearchArgs | SimilarArgs) -> str:
    if isinstance(args, SimilarArgs):
        return f"Search by the picture of #{args.ref.token_id}"
    return "Search by picture" if args.image else "Search"


def _tokens(count: int) -> str:
    return f"{count:,} token{'' if count == 1 else 's'}"


def _traits(token: Token) -> str:
    listed = [trait_words(trait) for trait in token.traits[:TRAITS_SHOWN]]
    more = " and more" if len(token.traits) > TRAITS_SHOWN else ""
    return (", ".join(listed) + more) or "no published traits"


def _lacking(hit: Hit) -> str:
    """What a near miss lacks, and what it has that was not wanted."""
    wanted = [_label_words(label) for label in hit.lacks if not label.startswith("not ")]
    unwanted = [_label_words(label.removeprefix("not ")) for label in hit.lacks if label.startswith("not ")]
    lacks = [f"lacks {' and '.join(wanted)}"] if wanted else []
    has = [f"has {' and '.join(unwanted)}, which was not wanted"] if unwanted else []
    return " but ".join([*lacks, *has]) or "is near"


def _label_words(label: str) -> str:
    """``Pipe`` of the label ``Accessory=Pipe``; a phrase stays as it is."""
    kind, equals, value = label.partition("=")
    return trait_words(Trait(type=kind, value=value)) if equals and value else plain(label)


def _after_hits(home: Collection | None, shown: int) -> tuple[str, ...]:
    it = "it" if shown == 1 else "the first one"
    owner = (f"Who owns {it}?",) if home and home.on_chain else ()
    return (f"What traits does {it} have?", *owner, f"Show me more like {it}")


def _with_one_less(found: FoundTokens) -> tuple[str, ...]:
    """The same look without one of its conditions, as questions; none when there was only one."""
    understood = found.result.understood
    wanted = [match for match in understood if not match.negated]
    if len(wanted) < 2 or not isinstance(found.args, SearchArgs):
        return ()
    unwanted = "".join(f", no {match.phrase}" for match in understood if match.negated)
    where = f"{plain(found.args.collections[0])}: " if len(found.args.collections) == 1 else ""
    lesser = [" ".join(m.phrase for m in wanted if m is not left) for left in reversed(wanted)]
    return tuple(f"{where}{plain(phrases)}{plain(unwanted)}" for phrases in lesser)[:3]
