"""Trait frequencies -> the few bars that are shown of each type, and what is folded away. Pure."""

from collections.abc import Mapping

from magpie.domain import Model

RARE = 0.01
NO_TYPE = "(no type)"


class Extent(Model):
    """How much of each collection a page shows. Types and values are those that most tokens have."""

    samples: int
    examples: int
    types: int
    values: int
    tail: int


FULL = Extent(samples=12, examples=3, types=40, values=8, tail=40)
# For a page over hundreds of collections, which no browser would open in full.
BRIEF = Extent(samples=4, examples=1, types=8, values=4, tail=0)


class Bar(Model):
    """One value: ``share`` of the collection's tokens, ``length`` of the collection's longest bar; 0 to 1."""

    value: str
    tokens: int
    share: float | None
    length: float


class TraitType(Model):
    """One type of trait. Values are ordered by tokens: ``bars``, then ``tail``, then ``unlisted`` more.

    A token with two values of a type has two ``traits``. ``rare`` values are on under 1% of the tokens; None
    if the number of tokens is not recorded.
    """

    type: str
    traits: int
    values: int
    rare: int | None
    bars: tuple[Bar, ...]
    tail: tuple[Bar, ...]
    unlisted: int


def distribution(
    frequencies: Mapping[str, Mapping[str, int]], tokens: int | None, extent: Extent
) -> tuple[TraitType, ...]:
    """The types with most traits, at most ``extent.types``; ties keep the order they came in."""
    by_tokens = sorted(frequencies.items(), key=lambda item: -sum(item[1].values()))
    longest = max((n for counts in frequencies.values() for n in counts.values()), default=1)
    return tuple(_type(type_, counts, tokens, longest, extent) for type_, counts in by_tokens[: extent.types])


def _type(
    type_: str, counts: Mapping[str, int], tokens: int | None, longest: int, extent: Extent
) -> TraitType:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = extent.values + extent.tail
    bars = tuple(
        Bar(value=value, tokens=n, share=_share(n, tokens), length=n / longest)
        for value, n in ordered[:listed]
    )
    return TraitType(
        type=type_ or NO_TYPE,
        traits=sum(counts.values()),
        values=len(counts),
        rare=None if not tokens else sum(n < RARE * tokens for n in counts.values()),
        bars=bars[: extent.values],
        tail=bars[extent.values :],
        unlisted=max(0, len(counts) - listed),
    )


def _share(part: int, whole: int | None) -> float | None:
    """A share above 1 is a dashboard that contradicts itself: there is none."""
    return part / whole if whole and part <= whole else None
