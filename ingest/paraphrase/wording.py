"""Published types and values -> English words in reading order, and the noun that a type names. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.paraphrase.lexicon import LOOSE_TYPES, TYPE_NOUNS, VALUE_NOUNS, Noun, Number, Role
from ingest.paraphrase.visible import bare_words
from ingest.paraphrase.vocabulary import COLOURS, MEANT, MODIFIERS, PREPOSITIONS, PROPER, SPOKEN, TRAILING
from ingest.paraphrase.words import article, spaced, words
from magpie import text

COLOUR_TYPE = re.compile(r"^(?P<of>.+) colou?rs?$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_MARKS = re.compile(r"[\"“”:;!?.,()\[\]{}*#|/\\<>~^=`@]+")
_LONE_QUOTE = re.compile(r"(?<!\w)['’]+|['’]+(?!\w)")
_STAND_ALONE = frozenset({"sunglasses", "t-shirt", "eye patch", "moustache"})
_SPELLED = {
    "3d": "3D",
    "2d": "2D",
    "vr": "VR",
    "ar": "AR",
    "tv": "TV",
    "dj": "DJ",
    "ufo": "UFO",
    "led": "LED",
}


@dataclass(frozen=True)
class Wording:
    """One noun phrase without its article, and which article it takes. ``str`` puts it in front."""

    text: str
    number: Number

    def __str__(self) -> str:
        return f"{article(self.text)} {self.text}" if self.number is Number.COUNT else self.text


@dataclass(frozen=True)
class Said:
    """A value in reading order: ``front`` goes before its noun, ``tail`` after it ("to the left")."""

    front: tuple[str, ...]
    tail: tuple[str, ...] = ()


def shown(published: str) -> str:
    """``published`` as running text: words apart, labels of variants gone, lower case but for acronyms."""
    published = unicodedata.normalize("NFKC", published)
    flat = _IN_BRACKETS.sub("", published) or published
    flat = re.sub(r"\s*[&+]\s*|\s+-\s+", " and ", spaced(flat))
    kept = bare_words(" ".join(_LONE_QUOTE.sub("", _MARKS.sub(" ", flat)).split())) or published.split()
    shouted = len(kept) > 1 and all(word.isupper() for word in kept if word.isalpha())
    return " ".join(_lowered(word, shouted=shouted) for word in kept).replace("rain bow", "rainbow")


def _lowered(word: str, *, shouted: bool) -> str:
    low = word.lower()
    if low in _SPELLED:
        return _SPELLED[low]
    if low in PROPER:
        return low.capitalize()
    spelled_out = word.isupper() and word.isascii() and len(word) <= 4 and any(c.isalpha() for c in word)
    return word if spelled_out and word not in ("A", "I") and not (shouted and word.isalpha()) else low


def type_noun(type_: str) -> Noun:
    """What a trait type names: "Lips Color" lips, "SpecialBackground" background; "" for "Accessory"."""
    said = shown(type_)
    if match := COLOUR_TYPE.match(said):
        said = match["of"]
    if not words(said) or said.split()[-1] in LOOSE_TYPES:
        return Noun("", Role.LOOK, Number.COUNT)
    found = TYPE_NOUNS.get(said) or TYPE_NOUNS.get(text.key(said))
    for word in reversed(said.split()):
        found = found or TYPE_NOUNS.get(word) or TYPE_NOUNS.get(text.singular(word))
    return found or Noun(said, Role.LOOK, guess_number(said.split(), unknown=Number.COUNT))


def value_of(value: str, noun: Noun) -> Said:
    """The value in reading order: "Hoodie Pink" gets its colour in front, "Black To The Left" its tail."""
    said = MEANT.get((noun.text, shown(value).lower()), shown(value)).split() or [value]
    cut = next((i for i, word in enumerate(said) if i and word in PREPOSITIONS), len(said))
    front, tail = said[:cut], said[cut:]
    if tail and not known_noun(front) and not all(word in MODIFIERS for word in front):
        front, tail = said, []
    split = len(front)
    while split > 1 and front[split - 1] in TRAILING:
        split -= 1
    if split < len(front) and (found := known_noun(front[:split])):
        front = coloured(front[split:], front[:split], found.text)
    return Said(tuple(front), tuple(tail))


def coloured(colour: Sequence[str], named: Sequence[str], noun: str) -> list[str]:
    """``colour`` put where English has it: "long" "brown" beard, "pink" flat cap."""
    before = len(named) - len(noun.split())
    place = before if all(word in MODIFIERS - COLOURS for word in named[:before]) else 0
    return [*named[:place], *colour, *named[place:]]


def known_noun(value: Sequence[str]) -> Noun | None:
    """The noun of our tables that the value ends in."""
    for length in (2, 1):
        if len(value) < length:
            continue
        last = " ".join(value[-length:])
        for spelling in (last.lower(), text.singular(last)):
            if spelling in VALUE_NOUNS:
                role, number = VALUE_NOUNS[spelling]
                plural = spelling != last.lower() and number is Number.COUNT
                return Noun(last, role, Number.PLURAL if plural else number)
    return None


def guess_number(value: Sequence[str], *, unknown: Number) -> Number:
    """Plural by its ending, no article for what is not English, else ``unknown``."""
    last = value[-1]
    if last.endswith("s") and not last.endswith(("ss", "us", "is")):
        return Number.PLURAL
    return unknown if last.isascii() and not last.endswith("ing") else Number.MASS


def spoken(value: Sequence[str], *, before_noun: bool) -> list[str]:
    """The value as it is, then with a published word put plainly ("robot" as "metallic")."""
    spelled = [" ".join(value)]
    for place, word in enumerate(value):
        plain = SPOKEN.get(word.lower())
        if plain and (before_noun or place < len(value) - 1 or plain in _STAND_ALONE):
            spelled.append(" ".join([*value[:place], plain, *value[place + 1 :]]))
    return spelled
