"""Whether the best that was found is good enough to be called found."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from magpie import text
from magpie.catalog import Catalog
from magpie.catalog_rows import words_to_match
from magpie.domain import TokenRef
from magpie.query import Filter, Query, Signal
from retrieval.phrases import Reading

# See docs/LOG.md for the queries and figures these were chosen on.
ENOUGH_MEANING = 0.36
ENOUGH_WORDS = 0.6


class Doubt(NamedTuple):
    """Why nothing was found: one sentence, and the things that are not here, if that is why."""

    reason: str
    lacks: tuple[str, ...] = ()


def doubt(
    query: Query,
    reading: Reading,
    rankings: Mapping[Signal, Sequence[tuple[TokenRef, float]]],
    catalog: Catalog,
    searched: Filter,
) -> Doubt | None:
    """Why the best of ``rankings`` are no match for a question in words; None if they are one.

    Either it names a thing that is not here, or most of its words named no trait and neither meaning nor
    words speak for the best tokens.
    """
    if query.is_shown:
        return None
    lacks = not_here(reading.absent, catalog, searched)
    if lacks:
        named = " or ".join(f"“{text.clean(word, 60)}”" for word in lacks)
        return Doubt(f"nothing here shows {named}", lacks)
    if query.filter.where or len(reading.unread) < len(reading.matches) + len(reading.named):
        return None
    meaning = max((score for _, score in rankings.get("caption", ())[:1]), default=0.0)
    best = [ref for ref, _ in rankings.get("bm25", ())[:3]]
    shared = max((_shared(query.text, ref, catalog) for ref in best), default=0.0)
    if meaning >= ENOUGH_MEANING or shared >= ENOUGH_WORDS:
        return None
    return Doubt(f"nothing here matches “{text.clean(query.text, 60)}” well enough")


def not_here(absent: Sequence[str], catalog: Catalog, searched: Filter) -> tuple[str, ...]:
    """Those of the words, which name things, that no token's name, caption or traits mention."""
    return tuple(word for word in absent if not catalog.bm25(word, 1, searched))


def _shared(words: str, ref: TokenRef, catalog: Catalog) -> float:
    """The share of the asked words that the token's name, caption and traits contain, in [0, 1]."""
    token = catalog.token(ref)
    asked = {text.singular(word) for word in words_to_match(words)}
    if token is None or not asked:
        return 0.0
    held = set(text.key(f"{token.name} {token.caption} {' '.join(map(str, token.traits))}").split())
    return len(asked & held) / len(asked)
