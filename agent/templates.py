"""Findings -> drafts: every sentence that carries a fact is rendered here, from evidence, by code."""

from agent.draft import Draft
from agent.evidence import COLLECTIONS_LISTED, Ledger, all_conditions, covered, plain, told, trait_words
from agent.library import Library
from agent.onchain.receipt import Receipt
from agent.plan import SearchArgs, SimilarArgs
from agent.receipt_words import failure_draft, receipt_draft
from agent.recommend import Recommendation
from agent.tools import CollectionFacts, Failed, Finding, FoundTokens, LibraryFacts, Recommended, TokenFacts
from magpie.domain import Collection, Token
from magpie.query import Hit

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
            return _collection(finding, ledger)
        case LibraryFacts():
            return _library(finding, ledger)
        case Recommended():
            return _recommended(finding, ledger)
        case Receipt():
            return receipt_draft(finding, ledger)
        case Failed():
            return failure_draft(finding, ledger)


def _hits(found: FoundTokens, ledger: Ledger, library: Library) -> Draft:
    lines = []
    for hit in found.result.hits:
        token = found.tokens[hit.ref]
        item = ledger.token(token, library.names.collections.get(token.collection), hit=hit)
        lines.append(f"- {item.title} [{item.number}]: {_traits(token)}")
    search = ledger.search(found, _search_title(found.args))
    count, shown = found.matching, len(lines)
    if count is not None:
        exactly = "Exactly one token" if count == 1 else f"{count:,} tokens"
        verb = "meets" if count == 1 else "meet"
        more = f" The best {shown} are shown." if count > shown else ""
        summary = (
            f"{exactly} of the {found.searched:,} searched {verb} this: "
            f"{all_conditions(found.result.understood)} [{search.number}].{more}{_only_ranked(found)}"
        )
    else:
        among = f"{found.searched:,} tokens [{search.number}]"
        summary = f"They are ranked by likeness among {among}; no trait was required."
    first = library.names.collections.get(found.tokens[found.result.hits[0].ref].collection)
    return Draft(
        situation=_situation(found),
        outcome="answered",
        body=("\n".join(lines), summary),
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
    reason = told(found.result.reason or "nothing here is near enough to what was asked").rstrip(".")
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
        f"- {trait_words(trait)}: {shared:,} of {found.of:,} tokens here"
        for trait, shared in zip(found.token.traits, found.shared, strict=True)
    ]
    held = "Published traits, and how many tokens here share each:" if rows else "It has no published traits."
    body = f"{item.title} [{item.number}] is a token of {plain(found.token.collection, 80)}. {held}"
    return Draft(
        situation="token",
        outcome="answered",
        body=("\n".join([body, *rows]),),
        shown=(found.ref,),
        suggestions=(
            "Show me more like it",
            *(("Who owns it?",) if found.collection and found.collection.on_chain else ()),
        ),
    )


def _collection(found: CollectionFacts, ledger: Ledger) -> Draft:
    item = ledger.collection(found)
    home, here = found.collection, found.count.tokens
    size = f"{here:,} tokens of {item.title}"
    if found.matching is not None:
        meet = "meets" if found.matching == 1 else "meet"
        wanted = f"{all_conditions(found.conditions)} [{item.number}]"
        body: tuple[str, ...] = (
            f"{found.matching:,} of the {size} here {meet} this: {wanted}.{_partly(found)}",
        )
        looks = [match.phrase for match in found.conditions if not match.negated and found.matching]
    else:
        kind = " It is a generated sample, not a collection on a chain." if home.is_generated else ""
        about = f"There are {size} here [{item.number}], each shown as a {plain(home.subject)}."
        body = (f"{about}{_partly(found)}{kind}", plain(home.description, 300), _common_traits(found))
        looks = [count.trait.value for count in found.traits if count.tokens < here]
    return Draft(
        situation="collection" if found.matching is None else "count",
        outcome="answered",
        body=body,
        shown_collections=(home.name,),
        suggestions=tuple(f"Show me {plain(look)} in {item.title}" for look in looks[:1]),
    )


def _partly(found: CollectionFacts) -> str:
    supply, here = found.collection.supply, found.count.tokens
    if not supply or supply <= here:
        return ""
    return f" Only {here:,} of its {supply:,} tokens are ingested, so the whole collection may have more."


def _common_traits(found: CollectionFacts) -> str:
    if not found.traits:
        return "It publishes no traits."
    rows = [f"- {trait_words(count.trait)}: {_tokens(count.tokens)}" for count in found.traits[:TRAITS_SHOWN]]
    return "\n".join([f"Its most common traits, of {len(found.traits):,}:", *rows])


def _library(found: LibraryFacts, ledger: Ledger) -> Draft:
    item = ledger.library(found)
    total = sum(n for _, n in found.counts)
    if not found.counts:
        body = (
            f"No token of any collection here meets this: {all_conditions(found.conditions)} [{item.number}]."
        )
        return Draft("no_match", "no_match", (body,))
    ordered = sorted(found.counts, key=lambda pair: (-pair[1], pair[0].name))
    rows = [f"- {plain(home.name, 80)}: {n:,}" for home, n in ordered[:COLLECTIONS_LISTED]]
    rest = len(ordered) - COLLECTIONS_LISTED
    rows += [f"- and {rest} more"] if rest > 0 else []
    verb = "meets" if total == 1 else "meet"
    meet = f" {verb} this: {all_conditions(found.conditions)}" if found.conditions else ""
    where = f"{len(ordered)} collection{'' if len(ordered) == 1 else 's'}"
    head = f"{_tokens(total)} in {where}{meet} [{item.number}]:"
    return Draft(
        situation="count" if found.conditions else "library",
        outcome="answered",
        body=("\n".join([head, *rows]),),
        shown_collections=tuple(home.name for home, _ in ordered[:COLLECTIONS_LISTED]),
        suggestions=("Tell me about the first one",),
    )


def _recommended(found: Recommended, ledger: Ledger) -> Draft:
    if not found.collections:
        return Draft("no_match", "no_match", ("No collection is left to recommend.",))
    rows = [_recommendation(one, ledger) for one in found.collections]
    named = tuple(one.collection.name for one in found.collections)
    return Draft(
        situation="recommend",
        outcome="answered",
        body=("\n".join(rows), "Each score is the sum of its parts; higher fits better."),
        shown_collections=named,
        suggestions=("Tell me about the first one",),
    )


def _recommendation(one: Recommendation, ledger: Ledger) -> str:
    item = ledger.recommendation(one)
    parts = " ".join(
        f"{'+' if part.value >= 0 else '−'} {part.name} {abs(part.value):.3f}" for part in one.parts
    )
    why = [f"{why.tokens:,} of {one.tokens:,} have {trait_words(why.trait)}" for why in one.traits]
    about = plain(one.collection.description, 160).rstrip(".")
    why = [f"each token is a {plain(one.collection.subject)}", *([about] if about else []), *why]
    told_already = about.casefold().startswith(one.collection.source.casefold())
    label = f" ({plain(one.collection.source)})" if one.collection.is_generated and not told_already else ""
    score = f"Score {one.score:.3f} = {parts.removeprefix('+ ')}"
    return f"- {item.title} [{item.number}]{label}: {'; '.join(why)}. {score}"


def _situation(found: FoundTokens) -> str:
    if isinstance(found.args, SimilarArgs):
        return "similar"
    if found.args.image is not None:
        return "found_picture"
    if found.matching is None:
        return "found_look"
    return "found_one" if len(found.result.hits) == 1 else "found_many"


def _only_ranked(found: FoundTokens) -> str:
    """Which words named no trait, so that "a purple hat" is not taken for found when only hats were."""
    unread = found.args.unread if isinstance(found.args, SearchArgs) else ()
    if not unread:
        return ""
    words = ", ".join(f"“{plain(word)}”" for word in unread[:4])
    return f" No published trait here says {words}; that only decided the order."


def _search_title(args: SearchArgs | SimilarArgs) -> str:
    if isinstance(args, SimilarArgs):
        return f"Search by the picture of #{args.ref.token_id}"
    return "Search by picture" if args.image else "Search"


def _tokens(count: int) -> str:
    return f"{count:,} token{'' if count == 1 else 's'}"


def _traits(token: Token) -> str:
    listed = [trait_words(trait) for trait in token.traits[:TRAITS_SHOWN]]
    more = len(token.traits) - TRAITS_SHOWN
    return (", ".join(listed) + (f" and {more} more" if more > 0 else "")) or "no published traits"


def _lacking(hit: Hit) -> str:
    """What a near miss lacks, and what it has that was not wanted."""
    wanted = [plain(label) for label in hit.lacks if not label.startswith("not ")]
    unwanted = [plain(label.removeprefix("not ")) for label in hit.lacks if label.startswith("not ")]
    lacks = [f"lacks {' and '.join(wanted)}"] if wanted else []
    has = [f"has {' and '.join(unwanted)}, which was not wanted"] if unwanted else []
    return " but ".join([*lacks, *has]) or "is near"


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
