"""Two or three of a token's traits in the words of a person who looks for such a token. Pure.

No template of the captions and no tag list: "show me a female punk with big shades and an earring". The words
also say what they claim, which decides who is a right answer: a type that is not said may be any type.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from eval.protocol import Source
from magpie import facts, text
from magpie.domain import Trait
from retrieval.question import COLOURS, GENERIC


def _keys(listed: str) -> frozenset[str]:
    return frozenset(map(text.singular, listed.split()))


# Values that say that there is nothing to see.
_ABSENT = _keys("none no nothing null na nan empty blank false absent") | {"", "n a"}
# Types whose values are adjectives of the subject: a female punk, a zombie ape.
_BEFORE_NOUN = _keys("type gender sex species race kind")
# Types that nobody says beside a value: a gold chain is not a gold chain accessory.
_UNSAID = _keys(
    """
    accessory attribute trait item prop special extra misc other clothing clothes outfit outerwear apparel
    costume headwear headgear hat eyewear facewear neckwear handheld hand held weapon facial feature
    """
)
# Words of values that are things by themselves, under whatever type: a viking helmet is no helmet head.
_THINGS = _keys(
    """
    afro apron armor armour axe backpack bandana band beanie beard belt blindfold bow bowtie boots bracelet
    braids bun cap cape chain choker cigar cigarette cloak coat collar crown dress earring earrings eyepatch
    fedora fez freckles glasses gloves goatee goggles hat hairband halo headband headphones helmet hood hoodie
    horns jacket jersey jumper kimono lipstick mask medal medallion mohawk monocle moustache mustache necklace
    overalls patch pendant piercing pigtails pipe ponytail robe scarf shades shirt sombrero spectacles
    suit sunglasses suspenders sweater sword tattoo tee tiara tie tunic turban turtleneck tuxedo uniform veil
    vest visor wig
    """
)
_WORN = _keys("clothing clothes outfit outerwear apparel costume headwear headgear hat eyewear neckwear")
_MASS = _keys(
    "hair fur skin clothing makeup smoke facial feathers plumage headwear eyewear armor armour jewelry"
)
_OPENINGS = (
    "",
    "",
    "",
    "",
    "show me ",
    "find ",
    "find me ",
    "looking for ",
    "I want ",
    "I'd like ",
    "is there ",
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 60  # characters of a value; a longer one is prose, which nobody asks with


class Asked(NamedTuple):
    """A question and what it claims, all of which a right answer has. ``traits`` is how many were named."""

    words: str
    claims: frozenset[facts.Fact]
    traits: int


class Phrases(NamedTuple):
    """A question before it is worded: the ``noun``, which may have none of the traits with it, and theirs."""

    noun: str
    rest: tuple[str, ...]
    claims: frozenset[facts.Fact]
    traits: int


class _Part(NamedTuple):
    """One trait as a noun phrase, or as an adjective where ``leads``."""

    phrase: str
    claim: facts.Fact
    leads: bool = False
    worn: bool = False
    behind: bool = False


# The number of types under which a collection publishes a value, by collection and comparison key.
TypesOf = Mapping[tuple[str, str], int]


def types_of(sources: Iterable[Source]) -> TypesOf:
    """Of every value of ``sources``: "blue", say, is a background and a hat, so its type has to be said."""
    types: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source in sources:
        for trait in source.token.traits:
            type_key, value_key = facts.key(trait)
            types[source.token.collection, value_key].add(type_key)
    return {value: len(held) for value, held in types.items()}


def sayable(traits: Sequence[Trait]) -> list[Trait]:
    """Those of ``traits`` that words can ask for, each value once: not absences, bare numbers or prose."""
    kept: dict[str, Trait] = {}
    for trait in traits:
        words = facts.key(trait)[1].split()
        absent = " ".join(words) in _ABSENT or words[:1] == ["no"]
        if words and not absent and not all(map(_is_number, words)) and len(trait.value) <= _LONGEST:
            kept.setdefault(" ".join(words), trait)
    return list(kept.values())


def ask(source: Source, types: TypesOf, seed: int, counts: Sequence[int] = (2, 3)) -> Asked | None:
    """A question for two or three traits of the token, the same for a seed; None if it has too few to name.

    ``counts`` are the numbers of traits to choose from, ascending.
    """
    chosen = _chosen(source, types, seed, counts)
    if chosen is None:
        return None
    parts, rng = chosen
    claims = {part.claim for part in parts}
    if any(part.leads for part in parts) or rng.random() < 0.7:
        claims.add(facts.of_subject(source.subject))
        words = _of_subject(source.subject, parts, rng)
    else:
        words = _bare(parts, rng)
    return Asked(" ".join(words.split()), frozenset(claims), len(parts))


def phrases(source: Source, types: TypesOf, seed: int) -> Phrases | None:
    """The traits that `ask` chooses for the same seed, to be put into other words."""
    chosen = _chosen(source, types, seed, (2, 3))
    if chosen is None:
        return None
    parts, _ = chosen
    claims = frozenset({part.claim for part in parts} | {facts.of_subject(source.subject)})
    rest = tuple(part.phrase for part in parts if not part.leads)
    return Phrases(_noun(source.subject, parts), rest, claims, len(parts))


def _chosen(
    source: Source, types: TypesOf, seed: int, counts: Sequence[int]
) -> tuple[list[_Part], random.Random] | None:
    rng = random.Random(f"{seed}:traits:{source.token.ref}")
    known = sayable(source.token.traits)
    possible = [count for count in counts if count <= len(known)]
    if not possible:
        return None
    chosen = rng.sample(known, rng.choice(possible) if len(possible) > 1 else possible[0])
    return [_part(trait, types[source.token.collection, facts.key(trait)[1]]) for trait in chosen], rng


def denial(trait: Trait, types: int) -> tuple[str, facts.Fact] | None:
    """The trait as a noun phrase without an article, and its claim; None if it is said as an adjective."""
    part = _part(trait, types)
    return None if part.leads else (part.phrase, part.claim)


def _part(trait: Trait, types: int) -> _Part:
    _, value_key = facts.key(trait)
    value = _spaced(trait.value)
    typed = facts.as_said(trait)
    named = typed[1].split()
    claim = facts.of_value(trait)
    if named and named[-1] in _BEFORE_NOUN and types == 1:
        return _Part(value, claim, leads=True)
    said = set(value_key.split())
    is_thing = bool(said & _THINGS) or (set(named) <= _UNSAID and not said <= COLOURS | GENERIC)
    worn = bool(set(named) & _WORN)
    if not named or said & set(named) or (is_thing and types == 1):
        return _Part(value, claim, worn=worn)
    kind = " ".join(word for word in _spaced(trait.type).split() if text.key(word) in named)
    return _Part(f"{value} {kind}", typed, worn=worn, behind="background" in named)


def _of_subject(subject: str, parts: Sequence[_Part], rng: random.Random) -> str:
    """``show me a female punk wearing big shades, with an earring, on a blue background``."""
    terse = rng.random() < 0.25
    noun = _noun(subject, parts)
    rest = [part for part in parts if not part.leads]
    behind = [part for part in rest if part.behind and len(rest) > 1]
    worn = [part for part in rest if part.worn]
    if worn and len(worn) + len(behind) < len(rest):
        shown = [part for part in rest if part not in worn and part not in behind]
        tails = [f"wearing {_listed(worn, terse)}", f"with {_listed(shown, terse)}"]
        rng.shuffle(tails)
    else:
        plain = [part for part in rest if part not in behind]
        link = rng.choice(("wearing", "with", "in")) if worn else rng.choice(("with", "with", "that has"))
        tails = [f"{link} {_listed(plain, terse)}"] if plain else []
    tails += [f"{rng.choice(('on', 'with', 'against'))} {_listed(behind, terse)}"] if behind else []
    said = f"{noun} {rng.choice((' ', ', ')).join(tails)}" if tails else noun
    return said if terse else f"{rng.choice(_OPENINGS)}{article(noun)}{said}"


def _noun(subject: str, parts: Sequence[_Part]) -> str:
    """``female punk``: the subject after what leads it."""
    leading = " ".join(part.phrase for part in parts if part.leads)
    known = text.key(subject) in text.key(leading).split()  # a "zombie punk" is not a "zombie punk punk"
    return leading if known else f"{leading} {_spaced(subject)}".strip()


def _bare(parts: Sequence[_Part], rng: random.Random) -> str:
    """Without the subject: ``big shades and a blue background``, ``something with an earring``."""
    match rng.randrange(4):
        case 0:
            return " ".join(part.phrase for part in parts)
        case 1:
            return f"{rng.choice(('something', 'one', 'anything'))} with {_listed(parts, terse=False)}"
        case 2:
            return _listed(parts, terse=True)
        case _:
            return _listed(parts, terse=False)


def _listed(parts: Sequence[_Part], terse: bool) -> str:
    said = [part.phrase if terse else f"{article(part.phrase)}{part.phrase}" for part in parts]
    return " and ".join([", ".join(said[:-1])] * (len(said) > 1) + said[-1:])


def article(phrase: str) -> str:
    """What comes before: nothing for a plural ("big shades") or what is not counted ("wild hair")."""
    last = text.words(phrase)[-1:] or [""]
    plural = last[0].endswith("s") and not last[0].endswith(("ss", "us", "is", "as"))
    if plural or text.singular(last[0]) in _MASS:
        return ""
    return f"{text.article(phrase)} "


def _spaced(published: str) -> str:
    """A published name as people type it: ``darkRedLipstick`` in three words, ``Hat Red`` as "red hat"."""
    words = text.clean(_CAMEL.sub(" ", published).replace("_", " ")).lower().split()
    if len(words) > 1 and words[-1] in COLOURS | {"dark", "light"} and text.singular(words[-2]) in _THINGS:
        words = [words[-1], *words[:-1]]
    return " ".join(words)


def _is_number(word: str) -> bool:
    return not any(letter.isalpha() for letter in word)
