"""Collections and counts -> drafts: sizes, the traits that are published, and how many tokens meet what."""

from collections.abc import Sequence

from agent.draft import Draft
from agent.evidence import COLLECTIONS_LISTED, Ledger, all_conditions, plain, trait_words
from agent.findings import CollectionFacts, LibraryFacts
from agent.trait_words import with_article

TRAITS_SHOWN, TRAITS_LISTED = 8, 20


def collection_draft(found: CollectionFacts, ledger: Ledger) -> Draft:
    """One collection: a count, a list of its traits, or all that is known of it."""
    item = ledger.collection(found)
    home, here, args = found.collection, found.count.tokens, found.args
    size, cited = f"{_tokens(here)} of {item.title}", f"[{item.number}]"
    looks = [count.trait.value for count in found.traits if count.tokens < here]
    uncounted = args.counting and not args.conditions and bool(args.unread)
    body: tuple[str, ...]
    if uncounted:
        what = f"{unread_words(args.unread)} as a trait of {item.title} {cited}"
        body = (f"I did not read {what}, so I cannot count that.",)
    elif found.matching is not None:
        meet = "meets" if found.matching == 1 else "meet"
        count = (
            f"{found.matching:,} of the {size} here {meet} this: {all_conditions(args.conditions)} {cited}."
        )
        body = (f"{count}{_partly(found)}{_uncounted(args.unread)}",)
        looks = [match.phrase for match in args.conditions if not match.negated and found.matching]
    elif args.is_list:
        are = "is" if here == 1 else "are"
        body = (f"There {are} {size} here {cited}.{_partly(found)}", _traits_of(found))
    else:
        kind = " It is a generated sample, not a collection on a chain." if home.is_generated else ""
        each = with_article(plain(home.subject))
        are = "is" if here == 1 else "are"
        about = f"There {are} {size} here {cited}, and the subject of each is {each}."
        own = f"In its own words: “{plain(home.description, 300)}”" if plain(home.description) else ""
        body = (f"{about}{_partly(found)}{kind}", own, _traits_of(found))
    counted = found.matching is not None or uncounted
    return Draft(
        situation="count" if counted else "collection",
        outcome="no_match" if uncounted else "answered",
        body=body,
        shown_collections=(home.name,),
        suggestions=tuple(f"Show me {plain(look)} in {item.title}" for look in looks[:1]),
    )


def library_draft(found: LibraryFacts, ledger: Ledger) -> Draft:
    """Several collections, or all: how many tokens each has, of those that meet the conditions, if any."""
    cited = f"[{ledger.library(found).number}]"
    total = sum(n for _, n in found.counts)
    if not found.counts:
        body = f"No token of any collection here meets this: {all_conditions(found.args.conditions)} {cited}."
        return Draft("no_match", "no_match", (body,))
    ordered = sorted(found.counts, key=lambda pair: (-pair[1], pair[0].name))
    verb = "meets" if total == 1 else "meet"
    meet = f" {verb} this: {all_conditions(found.args.conditions)}" if found.args.conditions else ""
    doubt = _uncounted(found.args.unread)
    tokens = f"{total:,} token{'' if total == 1 else 's'}"
    if len(ordered) == 1:
        what = f"here{meet}" if meet else "are here"
        lines = [f"{tokens} of {plain(ordered[0][0].name, 80)} {what} {cited}.{doubt}"]
    else:
        rows = [f"- {plain(home.name, 80)}: {n:,}" for home, n in ordered[:COLLECTIONS_LISTED]]
        rest = len(ordered) - COLLECTIONS_LISTED
        rows += [f"- and {rest} more"] if rest > 0 else []
        lines = [
            f"{tokens} in {len(ordered)} collections{meet} {cited}:",
            *rows,
            *filter(None, (doubt.strip(),)),
        ]
    return Draft(
        situation="count" if found.args.counting or found.args.conditions else "library",
        outcome="answered",
        body=("\n".join(lines),),
        shown_collections=tuple(home.name for home, _ in ordered[:COLLECTIONS_LISTED]),
        suggestions=("Tell me about the first one",) if len(ordered) > 1 else (),
    )


def unread_words(words: Sequence[str]) -> str:
    """``“laser” or “gun”``, at most four."""
    quoted = [f"“{plain(word)}”" for word in words[:4]]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]


def _uncounted(unread: Sequence[str]) -> str:
    if not unread:
        return ""
    was = "that was" if len(unread) == 1 else "they were"
    return f" I did not read {unread_words(unread)} as a trait, so {was} not counted."


def _partly(found: CollectionFacts) -> str:
    supply, here = found.collection.supply, found.count.tokens
    if not supply or supply <= here:
        return ""
    return f" Only {here:,} of its {supply:,} tokens are ingested, so the whole collection may have more."


def _traits_of(found: CollectionFacts) -> str:
    """Its most common or rarest traits, of one type if one was asked for."""
    kind = f"{plain(found.args.trait_type)} traits" if found.args.trait_type else "traits"
    if not found.traits:
        return f"It publishes no {kind}."
    order = "rarest" if found.args.rarest else "most common"
    shown = found.traits[: TRAITS_LISTED if found.args.trait_type else TRAITS_SHOWN]
    rows = [f"- {trait_words(count.trait)}: {_tokens(count.tokens)}" for count in shown]
    return "\n".join([f"Its {order} {kind}, of {len(found.traits):,}:", *rows])


def _tokens(count: int) -> str:
    return f"{count:,} token{'' if count == 1 else 's'}"
