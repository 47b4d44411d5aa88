"""What words may claim of a token, as facts: a claim is true of a token that has all of them. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

from magpie import text
from magpie.domain import Trait

# Comparison keys of published values that say that there is nothing of the type.
NOTHING = frozenset({"", "none", "no", "nothing", "null", "n a", "na", "empty", "blank", "false", "0"})
_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*%?")
_UNSAID = frozenset(map(text.singular, ["color", "colour", "i", "ii", "iii", "iv", "v"]))  # words of types
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


def as_said(trait: Trait) -> Fact:
    """That it has this value of this type as people say it: "Hat Color" is a hat, "Headwear II" headwear."""
    type_key, value_key = key(trait)
    said = [word for word in type_key.split() if word not in _UNSAID and any(map(str.isalpha, word))]
    return ("trait", " ".join(said), value_key)


def of_traits(traits: Iterable[Trait]) -> frozenset[Fact]:
    """What having these traits makes true."""
    return frozenset(fact for trait in traits for fact in (of_value(trait), of_trait(trait)))


@lru_cache(maxsize=100_000)
def key(trait: Trait) -> tuple[str, str]:
    """``trait.key``, remembered: a collection repeats few traits often."""
    return trait.key


def says_nothing(value: str) -> bool:
    """Whether a published value says that the token has nothing of its type: "None", "No Hat"."""
    said = text.key(value)
    return said in NOTHING or said.startswith("no ")


def number_in(value: str) -> float | None:
    """The number that a published value is: "7", "-1.5", "1,000", "80%"; None if it is not one."""
    said = value.strip()
    if not _NUMBER.fullmatch(said) or len(said) > 30:
        return None
    return float(said.rstrip("% ").replace(",", ""))
