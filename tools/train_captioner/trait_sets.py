"""Trait sets to train and validate on: the sample's collections, and collections that are made up."""

import random
from collections.abc import Iterator

from ingest import traits
from ingest.paraphrase.writing import TraitSet
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.punks import PunkSource
from ingest.sources.styles import STYLES
from magpie.domain import Trait
from tools.train_captioner import vocabulary

# Kept from training, for choosing between checkpoints and settings.
HELD_OUT = frozenset({"micah", "voxel-bot", "clay", "toon-head"})
MOST_TRAITS = 20
_ODD, _COLOURED, _INVENTED_TYPE, _NUMBERED, _CAMEL = 0.06, 0.35, 0.04, 0.05, 0.04


def sampled(per_style: int, punks: int, *, held_out: bool = False) -> list[TraitSet]:
    """Tokens of the sample: of the styles held out, or of the others and CryptoPunks."""
    sources = [GeneratedSource(s, per_style) for s in STYLES if (s.name in HELD_OUT) is held_out]
    sets = [
        TraitSet(source.collection.subject, traits.parse(item.metadata).traits)
        for source in sources
        for item in source.items()
    ]
    if not held_out:
        found = PunkSource(full=False).items()
        sets += [TraitSet("punk", traits.parse(next(found).metadata).traits) for _ in range(punks)]
    return sets


def invented(rng: random.Random) -> Iterator[TraitSet]:
    """Sets of a made-up collection each, without end: mostly 5 to 9 traits, rarely up to 20."""
    while True:
        count = min(
            MOST_TRAITS,
            max(1, round(rng.triangular(1, 12, 6)) + (rng.randrange(9) if rng.random() < 0.08 else 0)),
        )
        types = rng.sample(sorted(vocabulary.TYPES), count)
        found = tuple(_trait(type_, rng) for type_ in types)
        subject = _name(rng).lower() if rng.random() < _ODD else rng.choice(vocabulary.SUBJECTS)
        yield TraitSet(subject, found)


def _trait(type_: str, rng: random.Random) -> Trait:
    kinds = vocabulary.TYPES[type_]
    value = _value(rng.choice(kinds), rng)
    if rng.random() < _INVENTED_TYPE:
        type_ = _name(rng)
    if rng.random() < _NUMBERED:
        value = f"{value} {rng.randrange(1, 30)}"
    if rng.random() < _CAMEL:
        value = "".join(word[:1].upper() + word[1:] for word in value.split())
    return Trait(type=type_, value=value)


def _value(kind: str, rng: random.Random) -> str:
    if kind == "odd" or rng.random() < _ODD:
        return _odd(rng)
    value = rng.choice(vocabulary.VALUES[kind])
    if kind in vocabulary.COLOURED and rng.random() < _COLOURED:
        value = f"{rng.choice(_FINISHES)} {value}"
    return value


def _odd(rng: random.Random) -> str:
    """A name that no dictionary has, alone or before a known thing: a brand, a place, a person."""
    name = _name(rng)
    match rng.randrange(5):
        case 0:
            return f"{name} {rng.choice(_THINGS)}"
        case 1:
            return f"{name}'s {rng.choice(_THINGS)}"
        case 2:
            return f"{name} {_name(rng)}"
        case 3:
            return f"{rng.choice(_THINGS)} of {name}"
        case _:
            return name


def _name(rng: random.Random) -> str:
    syllables = (
        rng.choice(vocabulary.ONSETS) + rng.choice(vocabulary.VOWELS) + rng.choice(vocabulary.CODAS)
        for _ in range(rng.choice((1, 2, 2, 2, 3)))
    )
    return "".join(syllables).capitalize()


def _of(*kinds: str) -> tuple[str, ...]:
    return tuple(value for kind in kinds for value in vocabulary.VALUES[kind])


_FINISHES = _of("colour", "material", "pattern")
_THINGS = _of("held", "garment", "hat", "thing")
