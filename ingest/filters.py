"""NFT1000's three collection filters over what an ingest gathered, each with its evidence. Pure.

They decide what goes into partitions. Nothing is deleted for them: a small collection is still searchable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from magpie import text

ENOUGH_TOKENS = 500
SEMANTIC_SHARE = 0.5  # of the published traits, that must be words which tell tokens apart
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouy")
_LONGEST_WORD = 24
_SHORTEST_WORD = 3
_SHORTEST_HASH = 20
_SWITCHES = frozenset({"true", "false", "yes", "no"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Facts:
    """What was gathered. ``frequencies`` counts tokens by trait type and value."""

    tokens: int
    pictures: int
    distinct_pictures: int
    with_metadata: int
    with_traits: int
    frequencies: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Verdict:
    """Whether a collection passes one filter, and why, in words and numbers."""

    passed: bool
    evidence: str


def judge(facts: Facts) -> dict[str, Verdict]:
    """The verdicts by name, in NFT1000's order."""
    return {
        "unrevealed": revealed(facts),
        "enough_tokens": enough_tokens(facts),
        "semantics": semantics(facts),
    }


def revealed(facts: Facts) -> Verdict:
    """Not all tokens show one and the same picture."""
    if not facts.pictures:
        return Verdict(False, "there are no pictures")
    if facts.distinct_pictures == 1 < facts.pictures:
        return Verdict(False, f"all {facts.pictures:,} pictures are the same one")
    return Verdict(True, f"{_counted(facts.pictures, 'picture')}, {facts.distinct_pictures:,} different")


def enough_tokens(facts: Facts) -> Verdict:
    """At least as many tokens as NFT1000 asks for."""
    if facts.tokens < ENOUGH_TOKENS:
        few = f"{_counted(facts.tokens, 'token')}, fewer than the {ENOUGH_TOKENS} of NFT1000"
        return Verdict(False, few)
    return Verdict(True, _counted(facts.tokens, "token"))


def semantics(facts: Facts) -> Verdict:
    """There is metadata, for enough tokens, and at least half of its traits are words that tell tokens apart.

    Enough is what NFT1000 asks for, or half of a smaller collection.
    """
    if not facts.with_metadata:
        return Verdict(False, "no token has metadata")
    enough = min(ENOUGH_TOKENS, (facts.tokens + 1) // 2)
    having = f"{facts.with_traits:,} of {_counted(facts.tokens, 'token')} with traits"
    if facts.with_traits < enough:
        return Verdict(False, f"{having}, fewer than {enough:,}")
    published = sum(sum(values.values()) for values in facts.frequencies.values())
    telling = sum(_telling(type_, values, facts.with_traits) for type_, values in facts.frequencies.items())
    share = telling / published if published else 0.0
    codes = ", ".join(_codes(facts))
    evidence = f"{having}; {share:.0%} of {_counted(published, 'trait')} words that tell tokens apart"
    return Verdict(share >= SEMANTIC_SHARE, f"{evidence} (not so: {codes})" if codes else evidence)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _codes(facts: Facts) -> Iterator[str]:
    """The types that mostly are not such words, commonest first, at most five."""
    sizes = {type_: sum(values.values()) for type_, values in facts.frequencies.items()}
    poor = [
        type_
        for type_, values in facts.frequencies.items()
        if _telling(type_, values, facts.with_traits) < SEMANTIC_SHARE * sizes[type_]
    ]
    yield from sorted(poor, key=lambda type_: (-sizes[type_], type_))[:5]


def _telling(type_: str, values: Mapping[str, int], tokens: int) -> int:
    """How many traits of one type are words, if the type has not one value for all, nor one for each."""
    held = sum(values.values())
    if len(values) == 1 and held >= tokens > 1:
        return 0
    if len(values) > max(20, held / 2):
        return 0
    return sum(count for value, count in values.items() if is_wording(type_, value))


def is_wording(type_: str, value: str) -> bool:
    """Whether a value says something in words: not a number, code, hash, link, switch or its type again.

    A word is three to 24 letters with a vowel among them, or any letters of a script that has no case.
    """
    if "://" in value or text.fold(value) in _SWITCHES:
        return False
    named = set(_words(type_))
    said = " ".join(part for part in value.split() if not _is_hash(part))
    return any(_is_word(word) for word in _words(said) if word not in named)


def _is_hash(part: str) -> bool:
    return len(part) >= _SHORTEST_HASH and any(character.isdigit() for character in part)


def _words(written: str) -> list[str]:
    return [word.casefold() for word in _LETTERS.findall(_CAMEL.sub(" ", written))]


def _is_word(word: str) -> bool:
    if not word.isascii() and word.upper() == word.lower():
        return True
    plain = text.fold(word)
    return _SHORTEST_WORD <= len(plain) <= _LONGEST_WORD and (
        not plain.isascii() or not _VOWELS.isdisjoint(plain)
    )
