"""Whether the best that was found is good enough to be called found."""

from collections.abc import Mapping, Sequence

from magpie import text
from magpie.catalog import Catalog
from magpie.catalog_rows import words_to_match
from magpie.domain import TokenRef
from magpie.query import Filter, Signal

# See docs/LOG.md for the queries and figures these were chosen on.
ENOUGH_MEANING = 0.36
ENOUGH_WORDS = 0.6


def doubt(
    words: str, rankings: Mapping[Signal, Sequence[tuple[TokenRef, float]]], catalog: Catalog
) -> str | None:
    """One sentence if neither meaning nor words speak for the best tokens, else None."""
    meaning = max((score for _, score in rankings.get("caption", ())[:1]), default=0.0)
    shared = max((_shared(words, ref, catalog) for ref, _ in rankings.get("bm25", ())[:3]), default=0.0)
    if meaning >= ENOUGH_MEANING or shared >= ENOUGH_WORDS:
        return None
    return f"nothing here matches “{text.clean(words, 60)}” well enough"


def not_here(absent: Sequence[str], catalog: Catalog, condition: Filter) -> tuple[str, ...]:
    """Those of the words, which name things, that no token's name, caption or traits mention."""
    return tuple(word for word in absent if not catalog.bm25(word, 1, condition))


def nothing_shows(lacks: Sequence[str]) -> str:
    """One sentence: no token has these things."""
    named = " or ".join(f"“{text.clean(word, 60)}”" for word in lacks)
    return f"nothing here shows {named}"


def _shared(words: str, ref: TokenRef, catalog: Catalog) -> float:
    """The share of the asked words that the token's name, caption and traits contain, in [0, 1]."""
    token = catalog.token(ref)
    asked = {text.singular(word) for word in words_to_match(words)}
    if token is None or not asked:
        return 0.0
    held = set(text.key(f"{token.name} {token.caption} {' '.join(map(str, token.traits))}").split())
    return len(asked & held) / len(asked)
