"""What words may claim of a token, as facts: a claim is true of a token that has all of them. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from magpie import text
from magpie.domain import Trait

Fact = tuple[str, str, str]  # what it is about, a trait's type, and the comparison key of what is claimed


def of_subject(subject: str) -> Fact:
    """That it is a punk, an ape."""
    return ("subject", "", text.key(subject))


def of_collection(name: str) -> Fact:
    return ("collection", "", name)


def of_value(trait: Trait) -> Fact:
    """That it has this value, of whatever type: "gold" may be a chain or a background."""
    return ("value", "", key(trait)[1])


def of_trait(trait: Trait) -> Fact:
    """That it has this value of this type."""
    return ("trait", *key(trait))


def of_traits(traits: Iterable[Trait]) -> frozenset[Fact]:
    """What having these traits makes true."""
    return frozenset(fact for trait in traits for fact in (of_value(trait), of_trait(trait)))


@lru_cache(maxsize=100_000)
def key(trait: Trait) -> tuple[str, str]:
    """``trait.key``, remembered: a collection repeats few traits often."""
    return trait.key
