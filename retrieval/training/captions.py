"""Ways to say a token's traits, from the full template caption down to two words, each with what it claims.

Pure. A claim is a fact that the words assert; a caption is true of a picture that has all its claims.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from magpie import facts as fact
from magpie import text
from magpie.domain import Collection, Token, Trait

_LINKS = ("with", "with", "with", "wearing", "that has", "and")
_OPENINGS = ("", "", "", "", "", "a picture of ", "show me ", "find ", "I want ", "looking for ")


class Caption(NamedTuple):
    """Words and the facts they claim."""

    words: str
    claims: frozenset[fact.Fact]


def facts(token: Token, collection: Collection) -> frozenset[fact.Fact]:
    """Everything that a caption of ``token`` may claim."""
    return fact.of_traits(token.traits) | {
        fact.of_subject(collection.subject),
        fact.of_collection(collection.name),
    }


def template(subject: str, traits: Sequence[Trait]) -> str:
    """NFT1000's caption, for when traits were dropped from the published one."""
    listed = " ".join(f"{t.value} {t.type}".strip() for t in traits)
    return f"A picture of {subject}, containing {listed}." if listed else f"A picture of {subject}."


def full(token: Token, collection: Collection) -> Caption:
    """The token's own published caption, or the template if it has none."""
    words = token.caption or template(collection.subject, token.traits)
    typed, values = {fact.of_trait(t) for t in token.traits}, {fact.of_value(t) for t in token.traits}
    return Caption(words, frozenset({fact.of_subject(collection.subject)} | typed | values))


def kept_traits(traits: Sequence[Trait], rng: np.random.Generator) -> list[Trait]:
    """Each dropped with chance a half, but at least one kept if there is any."""
    kept = [trait for trait in traits if rng.random() < 0.5]
    return kept or [traits[int(rng.integers(len(traits)))] for _ in traits[:1]]


def few_traits(traits: Sequence[Trait], rng: np.random.Generator, least: int = 1) -> list[Trait]:
    """``least`` to three of them, in random order; fewer if there are fewer."""
    picked = rng.permutation(len(traits))[: int(rng.integers(least, 4))]
    return [traits[place] for place in picked]


def alone(trait: Trait, rng: np.random.Generator) -> Caption:
    """Words for one trait without anything to wear it; with its type in two of three."""
    claims = {fact.of_value(trait)}
    named = trait.value
    if trait.type and rng.random() < 2 / 3:
        named, claims = f"{trait.value} {trait.type}", claims | {fact.of_trait(trait)}
    opening = ("", "", "a picture of ", f"{text.article(named)} ")[int(rng.integers(4))]
    return Caption(f"{opening}{named}", frozenset(claims))


def phrase(traits: Sequence[Trait], collection: Collection, rng: np.random.Generator) -> Caption:
    """``traits`` in random order, worded as a template, as tags, as plain values or as a person would ask."""
    ordered = [traits[i] for i in rng.permutation(len(traits))]
    subject, typed = {fact.of_subject(collection.subject)}, {fact.of_trait(t) for t in traits}
    values = {fact.of_value(t) for t in traits}
    match int(rng.integers(7)):
        case 0:
            return Caption(template(collection.subject, ordered), frozenset(subject | typed | values))
        case 1:
            tags = ", ".join(f"{t.value} {t.type}".strip() for t in ordered)
            return Caption(tags or collection.subject, frozenset(typed | values if ordered else subject))
        case 2:
            words = " ".join([*(t.value for t in ordered), collection.subject])
            return Caption(words, frozenset(subject | values))
        case 3 if ordered:
            return Caption(" ".join(t.value for t in ordered), frozenset(values))
        case 4:
            words = f"{collection.name} {' '.join(t.value for t in ordered)}"
            return Caption(words, frozenset({fact.of_collection(collection.name)} | values))
        case _:
            return Caption(_spoken(ordered, collection.subject, rng), frozenset(subject | values))


def _spoken(traits: Sequence[Trait], subject: str, rng: np.random.Generator) -> str:
    """``show me a zombie punk with a beanie and big shades``: at most one value before the noun."""
    values = [t.value for t in traits]
    before, after = (values[:1], values[1:]) if rng.random() < 0.6 else ([], values)
    noun = " ".join([*before, subject])
    with_type = rng.random() < 0.3
    named = [f"{t.value} {t.type}" if with_type and t.type else t.value for t in traits[len(before) :]]
    parts = [f"{text.article(name)} {name}" if rng.random() < 0.5 else name for name in named]
    link, opening = rng.choice(_LINKS), rng.choice(_OPENINGS)
    tail = f" {link} {' and '.join([', '.join(parts[:-1])] * (len(parts) > 1) + parts[-1:])}" if after else ""
    return f"{opening}{f'{text.article(noun)} ' if rng.random() < 0.7 else ''}{noun}{tail}"
