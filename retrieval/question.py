"""A question as words with their places, and which of them are under a negation. Pure."""

import re
import unicodedata
from typing import NamedTuple

from magpie import text

_WORD = re.compile(r"w/o\b|[^\W_]+(?:['’][^\W_]+)*", re.IGNORECASE)
_BREAK = re.compile(r"[,;.!?()]")


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


ARTICLES = _set("a an the any some")
COLOURS = _set(
    """
    black white gray grey silver red orange yellow gold golden green teal cyan turquoise blue navy purple
    violet magenta pink brown beige tan blond blonde ginger bronze aqua maroon olive lime cream coral
    lavender indigo salmon peach mint slate rust sage espresso
    """
)
# Words of any question. They never name a trait by themselves, whatever a collection calls its values.
FUNCTION = ARTICLES | _set(
    """
    and or nor but not no none never neither without with of in on at to from for by as is are be been was
    were am do does did has have having had it its this that these those there here i me my mine we our you
    your he she his her him they them their one ones who whom whose which what when where why how if then
    than so too very much more most less least also just only even please can could would should will shall
    may might must tell show find give get see look looking want wants wanted like liked love need search list
    display wearing wear wears dressed holding featuring feature containing contains kind sort thing things
    stuff something anything everything nothing someone anyone nft nfts token tokens collectible picture
    pictures image images pic photo avatar art similar such other another all each every both few many lot
    lots bit yes ok okay hi hello hey thanks thank point looks instead rather s t d ll re ve m w color
    colour style cheap cheaper cheapest best nice cool good great rare favorite favourite make recommend
    suggest same likes loves enjoy enjoys now about again collection collections trait traits
    attribute attributes total altogether count number percent percentage different actually
    """
)
# Values that say too little by themselves to be meant: "short" is Short Hair or a short answer.
GENERIC = _set(
    """
    regular normal default basic plain standard simple common classic big small large little tiny short long
    tall wide thin thick half full top bottom side front back left right up down open close closed light
    dark bright new old young hot cold wild messy true false on off low medium high first second third
    single double solid pale straight base type background other unknown original round square flat soft
    bold slim line dot pair pixel sky steel
    """
)
# Nouns that fit most collections: asking for a person does not rule punks out.
ANYONE = _set("person people persons character creature face head figure guy being avatar animal thing")
NUMBERS = _set("one two three four five six seven eight nine ten dozen")
_VERBS = ("do", "does", "is", "are", "has", "have", "was", "were")
CUES = _set(
    "no not without w/o never neither nor non except excluding minus lacking hate hates dislike dislikes"
)
CUES |= {f"{verb}n't" for verb in _VERBS}
_CUE_PAIRS = frozenset({("instead", "of"), ("other", "than"), ("anything", "but"), ("rather", "than")})
_NO_CUE_BEFORE = _set("mind care know matter only just even sure")
_ENDS = _set("but i we show give find instead however though yet")
_ENDS_AFTER_NOUN = _set("with has have having wearing wears holding that who which want please")


_OPENING = re.compile(
    r"^\s*(please\s+)?(show me|find me|find|get me|give me|looking for|look for|search for|i want|i'd like|"
    r"i would like|i am looking for|i'm looking for|is there|are there|do you have|any)\s+",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\s*(?:,|\b(?:and|with|wearing|in|on|against|holding|has|having|"
    r"(?:that|which|who) (?:has|have|is|are))\b)+\s*",
    re.IGNORECASE,
)
_BARE = re.compile(r"^(?:(?:a|an|the|some|any)\s+)?((?:something|anything|one)$)?", re.IGNORECASE)
_CAPTION = re.compile(r"^\s*an? (picture|image|photo) of\b", re.IGNORECASE)


def listed(text: str) -> str:
    """A question as the list of what it asks to see: "show me a punk with a cap" is "punk, cap".

    A picture's vector lies nearer to such a list than to a sentence (docs/LOG.md). A caption stays as it is,
    and so does a text that names nothing.
    """
    if _CAPTION.match(text):
        return text
    parts = (_BARE.sub("", part.strip()) for part in _LINK.split(_OPENING.sub("", text.strip(" .!?"))))
    return ", ".join(part for part in parts if part) or text


class Word(NamedTuple):
    """One word: ``low`` case-folded, ``key`` compared with trait keys, its place in the text, and the comma
    or the like that stands before it, if any.
    """

    low: str
    key: str
    start: int
    end: int
    after_break: str

    @property
    def is_content(self) -> bool:
        return self.low not in FUNCTION and self.low.split("'")[0] not in FUNCTION


def split(question: str) -> list[Word]:
    """The words in order."""
    found: list[Word] = []
    for match in _WORD.finditer(question):
        low = unicodedata.normalize("NFKC", match[0]).casefold().replace("’", "'")
        broken = _BREAK.search(question, found[-1].end, match.start()) if found else None
        mark = broken[0] if broken else ""
        found.append(Word(low, text.singular(low), match.start(), match.end(), mark))
    return found


def negated(words: list[Word]) -> list[bool]:
    """For each word, whether a negation covers it; the cue itself ("no", "instead of") counts as covered.

    A negation reaches to the next comma, "but" or "with"; in a list ("no hat, glasses or pipe") to its end.
    """
    covered = [False] * len(words)
    cue, noun_seen = "", False
    at = 0
    while at < len(words):
        word = words[at]
        if word.after_break and cue and not _list_goes_on(words, at):
            cue = ""
        length = _cue_length(words, at)
        if length:
            cue, noun_seen = word.low, False
            covered[at : at + length] = [True] * length
            at += length
            continue
        if cue and (
            word.low in _ENDS or (noun_seen and (word.low in _ENDS_AFTER_NOUN or _and_ends(words, at, cue)))
        ):
            cue = ""
        covered[at] = bool(cue)
        noun_seen = noun_seen or word.is_content
        at += 1
    return covered


def _cue_length(words: list[Word], at: int) -> int:
    """How many words form a cue at this place: 0, 1 or 2."""
    following = words[at + 1].low if at + 1 < len(words) else ""
    if (words[at].low, following) in _CUE_PAIRS:
        return 2
    is_cue = words[at].low in CUES and following not in _NO_CUE_BEFORE and not following.isdigit()
    return int(is_cue)


def _and_ends(words: list[Word], at: int, cue: str) -> bool:
    """A pipe is asked for by "no hat and a pipe", not by "no hat and pipe" or "without a hat and a pipe"."""
    following = words[at + 1].low if at + 1 < len(words) else ""
    return words[at].low == "and" and following in ARTICLES and cue not in ("without", "w/o")


def _list_goes_on(words: list[Word], at: int) -> bool:
    """Whether the item at this place, after a comma, is followed by "or": then the negation is a list's."""
    if words[at].low in ("or", "nor"):
        return True
    item = 0
    for word in words[at:]:
        if word.low in ("or", "nor"):
            return item > 0
        if not word.is_content and word.low not in ARTICLES:
            return False
        item += word.is_content
        if item > 2:
            return False
    return False
