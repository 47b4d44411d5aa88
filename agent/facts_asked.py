"""Which facts of a collection a question asks for: a number, the rarest traits, those of one type. Pure."""

import re
from collections.abc import Iterable

from agent.mentions import ASKING
from magpie import text
from magpie.domain import Model

COUNTING = re.compile(r"\bhow (many|rare|common)\b|\b(number|count|percent|percentage) of\b", re.IGNORECASE)
_RAREST = re.compile(r"\b(rarest|rare|least common|scarcest|most unusual)\b", re.IGNORECASE)
_RARER = re.compile(r"\brare(r|st)\b|\bmost (rare|unusual|unique)\b|\bgrails?\b", re.IGNORECASE)
_HISTORY = re.compile(
    r"\bwho (made|makes|created|designed|drew|founded|started|launched|is behind)\b"
    r"|\bwhen (was|were|did)\b|\bhow old\b|\b(creators?|artists?|founders?) of\b",
    re.IGNORECASE,
)


class FactsAsked(Model):
    """``history`` is who made it and when, of which only a collection's own description may tell."""

    counting: bool = False
    rarest: bool = False
    trait_type: str | None = None
    history: bool = False


def wants_rare(question: str) -> bool:
    """Whether the rarest tokens are wanted, or rarer ones than some token."""
    return bool(_RARER.search(question))


def facts_asked(question: str, types: Iterable[str]) -> FactsAsked:
    """What ``question`` asks; ``types`` are the published trait types that it may name."""
    words = f" {text.key(question)} "
    # A type that is called "Tell me about" is not asked for by these words.
    telling = [kind for kind in types if not ASKING.issuperset(text.words(kind))]
    named = [kind for kind in telling if f" {text.key(kind)} " in words]
    return FactsAsked(
        counting=bool(COUNTING.search(question)),
        rarest=bool(_RAREST.search(question)) and not COUNTING.search(question),
        trait_type=max(named, key=len, default=None),
        history=bool(_HISTORY.search(question)),
    )
