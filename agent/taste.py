"""What a sentence about one's own taste asks: to see it, to add to it or to forget of it. Pure.

Only what is said plainly changes anything: erasing what somebody wanted kept is worse than asking again.
"""

import re

from magpie.domain import Model

_LOVES = (
    r"(?:like|love|adore|enjoy|prefer|collect|dig|fancy"
    r"|(?:am |'m )?(?:into|fond of|keen on|partial to|mad about|crazy about"
    r"|(?:a |the )?(?:big |huge )?fan of))"
)
_HATES = (
    r"(?:hate|dislike|detest|loathe|can'?t stand|cannot stand"
    r"|(?:am |'m )?(?:sick of|tired of|over|done with|bored of))"
)
_NOT = r"(?:don'?t|do not|dont|no longer|never|can'?t)"
_WHAT = r"([^,.;:!?]+)"
_SOFT = r"(?:(?:really|also|just|so|still|do|actually|now|only|absolutely|simply|truly) )*"
_LIKES = re.compile(rf"\b(?:i|me)\s?{_SOFT}{_LOVES} {_WHAT}", re.IGNORECASE)
_LIKES_IT = re.compile(
    r"(?:^|[,.;:!?]\s*)([\w' -]{3,60}?) (?:is|are) my (?:thing|favou?rites?)\b", re.IGNORECASE
)
_DISLIKES = re.compile(
    rf"\b(?:i|me)\s?{_SOFT}(?:{_HATES}|{_NOT} {_SOFT}{_LOVES}) {_WHAT}|\bno more {_WHAT}"
    rf"|\bstop (?:showing|recommending|suggesting|pushing)(?: me)? {_WHAT}",
    re.IGNORECASE,
)
_FORGET = r"\b(?:forget|remove|delete|erase|drop|scrap|unlearn|clear|wipe|reset|empty)\b"
_KEPT = re.compile(
    rf"\b(?:don'?t|do not|never|not)(?: (?:ever|you|please|just))* {_FORGET}(?: that\b)?", re.I
)
_FORGETS = re.compile(
    r"\b(?:forget|remove|delete|erase|drop|scrap|unlearn)\b(?: the fact)?(?: that)?"
    rf"(?: (?:i|about me) {_SOFT}(?:{_LOVES}|{_HATES}|{_NOT} {_SOFT}{_LOVES}))? {_WHAT}",
    re.IGNORECASE,
)
# Within one clause, and not "remove robots from my likes".
_ALL = re.compile(
    rf"{_FORGET}(?:(?!\b(?:from|out of|show|give|find|see|list|tell)\b)[^,.;:!?]){{0,40}}"
    r"\b(?:me|everything|all|profile|taste|likes|preferences|slate|history|data)"
    r"(?: (?:from|in|out of) (?:my|the|your)(?: \w+){1,2})?"
    r"\W*(?:please|now|thanks|entirely|completely)?\W*$"
    r"|\b(?:start(?:ing)?|begin) (?:over|afresh|from (?:scratch|zero))\b|\b(?:clean|blank) slate\b",
    re.IGNORECASE,
)
# "How do I delete my data?" deletes nothing; "can you forget …?" does.
_WONDERS = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:what|how|why|when|where|which|who|does|did|is|are|was|were|should|have)\b",
    re.IGNORECASE,
)
_KEEPS_SOME = re.compile(r"\b(?:but|except|leave|keep|only|just)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\?|^\W*(?:what|which|do|did|have|how|am|was|were|are|is|can|could|would|who|show|list|tell)\b", re.I
)
_TAIL = re.compile(
    r"\b(?:any ?more|now|too|as well|please|from my .*|from (?:the|your) .*|(?:so |and )?remember(?: .*)?"
    r"|keep that in mind.*|write (?:that|it) down.*|for (?:next time|ever|me)|at (?:all|me)|(?:and|but) i\b.*"
    r"|though|thanks)\W*$",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"^(?:it|that|this|them|those|these|(?:the|this|that) .*\b(?:one|ones)|you|to .*|what .*)$", re.I
)


class TasteChange(Model):
    """What to do to the profile; nothing to do is a wish to see it. ``forget`` are words of items."""

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    forget_all: bool = False


def taste_change(question: str) -> TasteChange:
    """What ``question`` plainly asks to change; nothing if it asks to see, or is not plain."""
    question = question.replace("’", "'")
    if _WONDERS.search(question):
        return TasteChange()
    question = _KEPT.sub(" ", question)
    if _ALL.search(question) and not _KEEPS_SOME.search(question):
        return TasteChange(forget_all=True)
    if forgotten := _phrases(_FORGETS, question):
        return TasteChange(forget=forgotten)
    if _ASKS.search(question):
        return TasteChange()
    dislikes = _phrases(_DISLIKES, question)
    rest = _DISLIKES.sub(" ", question)
    return TasteChange(likes=(*_phrases(_LIKES, rest), *_phrases(_LIKES_IT, rest)), dislikes=dislikes)


def _phrases(pattern: re.Pattern[str], question: str) -> tuple[str, ...]:
    found = []
    for match in pattern.finditer(question):
        said = next(filter(None, match.groups()), "")
        while (shorter := _TAIL.sub("", said)) != said:
            said = shorter
        said = " ".join(said.split()).strip(" '\"-")
        if said and not _POINTS.match(said):
            found.append(said)
    return tuple(dict.fromkeys(found))
