"""What one conversation remembers of its last turn, and how a refinement changes what was asked. Pure."""

import re
from collections.abc import Sequence
from pathlib import Path

from agent.arguments import LookUp
from agent.cues import Intent
from agent.intents import Reading
from agent.mentions import Mentions
from agent.routing.signs import Shown
from agent.trait_words import said_as
from magpie import text
from magpie.domain import CollectionName, Model, Token, TokenRef
from magpie.query import PhraseMatch

_INSTEAD = re.compile(r"\b(instead|rather than|in place of|swap|what about|how about)\b", re.IGNORECASE)
_DROPS = re.compile(
    r"\b(?:drop|forget(?: about)?|remove|lose|ditch|skip|scratch|leave out|get rid of)\b", re.IGNORECASE
)
_DROPPED = re.compile(rf"{_DROPS.pattern}([^,.;]*?)(?=$|[,.;]|\b(?:but|with|show)\b)", re.IGNORECASE)
_REFINES = re.compile(
    r"\b(instead|rather|as well|too|also|the same|other ones?|others|another|again|those|them|these)\b"
    r"|\bones? (with|without|that)\b|^\W*any (with|without|that|of)\b|^\W*(show|see)( me)?( some)? more\W*$"
    r"|\b(?:the|only|just) (?!first|second|third|fourth|fifth|last|other)\w+ ones?\b"
    r"|^\W*(?:show|give)(?: me)? (?:\d{1,2}|\w+ ones?)\W*$"
    r"|\bhow many (are there|are they|of (them|those|these)|match|is that)\b",
    re.IGNORECASE,
)
# These go on with the last search, unless what follows them is about another collection.
_GOES_ON = re.compile(
    r"^\W*(and|but|or|with|without|no|not|only|what about|how about|make|now|then|ok|okay|yes|more"
    r"|actually|sorry|i meant?)\b",
    re.IGNORECASE,
)


class Frame(Model):
    """The last turn, as far as the next one may lean on it.

    ``focus`` is what "it" means; ``looked_up`` what was asked of a tool when ``shown`` were shown. ``asked``
    is what the last question asked for, ``lacked`` whether it was asked back, ``asked_ids`` its token ids.
    """

    collections: tuple[CollectionName, ...] = ()
    conditions: tuple[PhraseMatch, ...] = ()
    words: str = ""
    image: Path | None = None
    shown: tuple[TokenRef, ...] = ()
    shown_collections: tuple[CollectionName, ...] = ()
    focus: TokenRef | None = None
    looked_up: LookUp | None = None
    asked: Intent | None = None
    lacked: bool = False
    asked_ids: tuple[int, ...] = ()

    @property
    def has_search(self) -> bool:
        one_home = self.collections and (self.shown or len(self.shown_collections) == 1)
        return bool(self.conditions or self.words or self.image or one_home)

    @property
    def is_of_collections(self) -> bool:
        """Whether the last answer was about collections and no tokens."""
        return bool(self.shown_collections) and not self.shown


def showing(frame: Frame) -> Shown | None:
    """What the last answer showed, as the classifier of intents knows it."""
    if frame.shown_collections and not frame.shown:
        return "collections"
    return ("tokens" if len(frame.shown) > 1 else "token") if frame.shown or frame.focus else None


def leans_on(question: str, frame: Frame, named: Sequence[str] = ()) -> bool:
    """Whether ``question``, which names the collections ``named``, changes the last search."""
    elsewhere = bool(named) and not set(named) <= set(frame.collections)
    goes_on = _DROPS.search(question) or (_GOES_ON.search(question) and not elsewhere)
    return frame.has_search and bool(_REFINES.search(question) or goes_on)


_ELLIPTIC = re.compile(r"^\W*(and|or|what about|how about|no|nope|sorry|actually|i meant?)\b", re.IGNORECASE)
_LIKING = re.compile(r"^\W*(i|i'm|we|my|mostly|maybe|something|anything)\b", re.IGNORECASE)


def asked_again(question: str, frame: Frame, mentions: Mentions, reading: Reading) -> Intent | None:
    """What ``question`` asks for that only names what the last one was about or lacked; else None.

    "And the first one?" asks what was asked of the second; an address alone is the one that was asked for.
    ``reading`` is that of its cue words.
    """
    if frame.lacked and frame.asked == "recommend" and _LIKING.search(question):
        return "recommend" if reading.intent in ("find", "clarify", "decline") else None
    if reading.cues or frame.asked not in ("token_facts", "compare", "similar", "verify", "why"):
        return None
    named = bool(mentions.token_ids or mentions.ordinals)
    if frame.lacked:
        wallet = mentions.addresses or mentions.ens or mentions.half_address
        named = named or bool(wallet or (mentions.collections and frame.asked_ids))
    return frame.asked if named and (frame.lacked or _ELLIPTIC.search(question)) else None


def without_drops(question: str) -> str:
    """``question`` without the words that take something back, so that they name no trait."""
    return _DROPS.sub(" ", question)


def merge_conditions(
    question: str, former: Sequence[PhraseMatch], new: Sequence[PhraseMatch], single_valued: frozenset[str]
) -> tuple[tuple[PhraseMatch, ...], tuple[PhraseMatch, ...]]:
    """Former conditions under the new ones, as (kept and new, unwanted ones last; replaced).

    A new condition takes the place of a former one about the same value, or about the same single-valued
    trait type; after "instead", of the latest about the same trait type at all. "Drop the hat" only takes
    away.
    """
    taken_back = " ".join(match[1] for match in _DROPPED.finditer(question)).casefold()
    stated = [match for match in new if match.phrase.casefold() not in taken_back]
    types = {t for match in stated if not match.negated for t in _types(match)}
    alike = [match for match in former if not match.negated and _types(match) & types]
    latest = alike[-1:] if _INSTEAD.search(question) else []
    kept: list[PhraseMatch] = []
    replaced: list[PhraseMatch] = []
    for match in former:
        same_value = any(_values(match) & _values(other) for other in new)
        same_type = match in latest or (match in alike and bool(_types(match) & types & single_valued))
        (replaced if same_value or same_type else kept).append(match)
    return tuple(sorted((*kept, *stated), key=lambda match: match.negated)), tuple(replaced)


def condition_label(match: PhraseMatch) -> str:
    """A condition in a few words: ``Type=Zombie``, ``no “glasses”``."""
    label = str(match.traits[0]) if len(match.traits) == 1 else f"“{match.phrase}”"
    return f"no {label}" if match.negated else label


def condition_said(match: PhraseMatch) -> str:
    """A condition as an answer says it: ``Zombie``, ``Thin ring``, ``no “glasses”``."""
    one = match.traits[0] if len(match.traits) == 1 else None
    words = said_as(one.type, one.value) if one else f"“{match.phrase}”"
    return f"no {words}" if match.negated else words


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
