"""What one conversation remembers of its last turn, and how a refinement changes what was asked. Pure."""

import re
from collections.abc import Sequence
from pathlib import Path

from magpie import text
from magpie.domain import CollectionName, Model, Token, TokenRef
from magpie.query import Filter, PhraseMatch

_INSTEAD = re.compile(r"\b(instead|rather than|in place of|swap)\b", re.IGNORECASE)
_REFINES = re.compile(
    r"\b(instead|rather|as well|too|also|the same|other ones?|others|another|again|those|them|these)\b"
    r"|\bones? (with|without|that)\b"
    r"|^\W*(and|but|or|with|without|no|not|only|also|what about|how about|make|now|then|ok|okay|yes|more)\b",
    re.IGNORECASE,
)


class Frame(Model):
    """The last turn, as far as the next one may lean on it. ``focus`` is what "it" means."""

    collections: tuple[CollectionName, ...] = ()
    conditions: tuple[PhraseMatch, ...] = ()
    words: str = ""
    image: Path | None = None
    shown: tuple[TokenRef, ...] = ()
    shown_collections: tuple[CollectionName, ...] = ()
    focus: TokenRef | None = None

    @property
    def has_search(self) -> bool:
        return bool(self.conditions or self.words or self.image)


def leans_on(question: str, frame: Frame) -> bool:
    """Whether ``question`` changes the last search rather than starting another."""
    return frame.has_search and bool(_REFINES.search(question))


def merge_conditions(
    question: str, former: Sequence[PhraseMatch], new: Sequence[PhraseMatch], single_valued: frozenset[str]
) -> tuple[tuple[PhraseMatch, ...], tuple[PhraseMatch, ...]]:
    """Former conditions under the new ones, as (kept and new, unwanted ones last; replaced).

    A new condition takes the place of a former one about the same value, or about the same single-valued
    trait type; after "instead", about the same trait type at all.
    """
    exclusive = {t for match in new if not match.negated for t in _types(match)}
    if not _INSTEAD.search(question):
        exclusive &= single_valued
    kept: list[PhraseMatch] = []
    replaced: list[PhraseMatch] = []
    for match in former:
        same_value = any(_values(match) & _values(other) for other in new)
        same_type = not match.negated and bool(_types(match) & exclusive)
        (replaced if same_value or same_type else kept).append(match)
    return tuple(sorted((*kept, *new), key=lambda match: match.negated)), tuple(replaced)


def as_filter(collections: Sequence[str], conditions: Sequence[PhraseMatch]) -> Filter:
    """The hard conditions of a search."""
    return Filter(
        collections=tuple(collections),
        all_of=tuple(match.traits for match in conditions if not match.negated),
        none_of=tuple(
            dict.fromkeys(trait for match in conditions if match.negated for trait in match.traits)
        ),
    )


def condition_label(match: PhraseMatch) -> str:
    """A condition in a few words: ``Type=Zombie``, ``no “glasses”``."""
    label = str(match.traits[0]) if len(match.traits) == 1 else f"“{match.phrase}”"
    return f"no {label}" if match.negated else label


def unmet(token: Token, conditions: Sequence[PhraseMatch]) -> tuple[str, ...]:
    """What ``token`` lacks of ``conditions``; an unwanted trait that it has is ``not Accessory=VR``."""
    lacks = []
    for match in conditions:
        held = [trait for trait in match.traits if token.has(trait)]
        if match.negated:
            lacks += [f"not {trait}" for trait in dict.fromkeys(held)]
        elif not held:
            lacks.append(condition_label(match))
    return tuple(lacks)


def ranking_words(
    question: str, conditions: Sequence[PhraseMatch], replaced: Sequence[PhraseMatch] = ()
) -> str:
    """``question`` without what must not be there: "no glasses" embeds as glasses."""
    words = question
    for match in (*replaced, *(match for match in conditions if match.negated)):
        phrase = re.escape(match.phrase)
        words = re.sub(
            rf"\b(?:(?:no|not|without|never|minus)\s+(?:an?\s+|any\s+|the\s+)?)?{phrase}",
            " ",
            words,
            flags=re.I,
        )
    return " ".join(words.replace(" ,", ",").split()).strip(" ,.;")


def _types(match: PhraseMatch) -> set[str]:
    return {text.key(trait.type) for trait in match.traits}


def _values(match: PhraseMatch) -> set[tuple[str, str]]:
    return {trait.key for trait in match.traits}
