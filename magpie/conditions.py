"""Hard conditions on a token, and the one syntax in which people, programs and the agent write them. Pure.

    hat=beanie                  a trait; case, plural, spaces, hyphens and underscores do not matter
    laser-eyes, "Laser Eyes"    that value, whatever its type
    hat=*                       any hat at all
    level=3..7, level>=3        a value that is a number
    traits=5, count(hat)>=2     how many traits it has, how many of a type
    rank<=100, rank<=1%         its rarity rank in its collection; the rarest hundredth
    not A, -A, A and B, A B, A or B, (A)

``not`` binds closest, then ``and``, which may be left out, then ``or``. A name in quotes is always a
trait's: ``"rank"=Major`` asks for a trait type that is called so.
"""

import re
from collections.abc import Hashable, Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from magpie import text
from magpie.domain import Model, Trait

_PLAIN = re.compile(r"(?!(and|or|not|rank|traits|count)\b)[^\W\d][\w-]*", re.IGNORECASE)
Type = Annotated[str, Field(max_length=200)]


class Has(Model):
    """Has a trait of this ``type``, any type if it is "", with this ``value``, any but none if it is None."""

    kind: Literal["has"] = "has"
    type: Type = ""
    value: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Has":
        if not self.type and self.value is None:
            raise ValueError("neither a type nor a value is asked for; count traits instead")
        return self

    @classmethod
    def of(cls, trait: Trait) -> "Has":
        return cls(type=trait.type, value=trait.value)

    def __str__(self) -> str:
        value = "*" if self.value is None else _name(self.value)
        return f"{_name(self.type)}={value}" if self.type else value


class Range(Model):
    """From ``least`` to ``most``, both included, or both left out if ``strict``; None is no end."""

    least: float | None = None
    most: float | None = None
    strict: bool = False

    @model_validator(mode="after")
    def _has_an_end(self) -> "Range":
        if self.least is None and self.most is None:
            raise ValueError("a range needs an end")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"from {self.least:g} to {self.most:g} there is nothing: the other way round?")
        return self

    def __contains__(self, number: float) -> bool:
        if self.strict:
            return (self.least is None or number > self.least) and (self.most is None or number < self.most)
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.least is not None and self.least == self.most:
            return f"={self.least:g}"
        if self.least is not None and self.most is not None:
            return f"={self.least:g}..{self.most:g}"
        sign = "" if self.strict else "="
        return f">{sign}{self.least:g}" if self.most is None else f"<{sign}{self.most:g}"


class Number(Model):
    """Has a trait of this type whose value is a number in the ``range``."""

    kind: Literal["number"] = "number"
    type: Annotated[str, Field(min_length=1, max_length=200)]
    range: Range

    def __str__(self) -> str:
        return f"{_name(self.type)}{self.range}"


class Count(Model):
    """Has so many traits, of this ``type`` if it is not "". Values that say "none" are no traits."""

    kind: Literal["count"] = "count"
    type: Type = ""
    range: Range

    def __str__(self) -> str:
        return f"count({_name(self.type)}){self.range}" if self.type else f"traits{self.range}"


class Rank(Model):
    """Has a rarity rank in the ``range``, 1 being the rarest; of a hundred tokens if ``share``."""

    kind: Literal["rank"] = "rank"
    range: Range
    share: bool = False

    def __str__(self) -> str:
        return f"rank{self.range}{'%' if self.share else ''}"


class AllOf(Model):
    """Every part holds."""

    kind: Literal["all"] = "all"
    parts: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def __str__(self) -> str:
        return " and ".join(_inner(part) for part in self.parts)


class AnyOf(Model):
    """At least one part holds."""

    kind: Literal["any"] = "any"
    parts: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def __str__(self) -> str:
        return " or ".join(_inner(part) for part in self.parts)


class Not(Model):
    """The part does not hold."""

    kind: Literal["not"] = "not"
    part: "Condition"

    def __str__(self) -> str:
        return f"not {_inner(self.part)}"


Condition = Annotated[Has | Number | Count | Rank | AllOf | AnyOf | Not, Field(discriminator="kind")]
Leaf = Has | Number | Count | Rank


def has_any(traits: Iterable[Trait]) -> "Condition":
    """Has at least one of these, of which there is at least one."""
    parts = tuple(Has.of(trait) for trait in traits)
    return parts[0] if len(parts) == 1 else AnyOf(parts=parts)


def conjuncts(condition: "Condition") -> "tuple[Condition, ...]":
    """What must hold together for ``condition`` to hold, one by one: near misses lack some of them."""
    if isinstance(condition, AllOf):
        return tuple(part for inner in condition.parts for part in conjuncts(inner))
    return (condition,)


def leaves(condition: "Condition") -> list[Leaf]:
    """What is asked of a token, without how it is put together; left to right."""
    if isinstance(condition, Not):
        return leaves(condition.part)
    if isinstance(condition, AllOf | AnyOf):
        return [leaf for part in condition.parts for leaf in leaves(part)]
    return [condition]


def folded(condition: "Condition") -> tuple[Hashable, ...]:
    """Equal for conditions that ask the same, however types and values are spelt and parts are ordered."""
    match condition:
        case Has():
            value = None if condition.value is None else text.key(condition.value)
            return ("has", text.key(condition.type), value)
        case Number() | Count():
            return (condition.kind, text.key(condition.type), str(condition.range))
        case Rank():
            return ("rank", str(condition))
        case Not():
            return ("not", folded(condition.part))
        case _:
            return (condition.kind, frozenset(map(folded, condition.parts)))


def _name(said: str) -> str:
    """As `magpie.written` reads it: in quotes, unless it is a plain word."""
    if _PLAIN.fullmatch(said):
        return said
    return '"' + said.replace("\\", r"\\").replace('"', r"\"") + '"'


def _inner(part: "Condition") -> str:
    return f"({part})" if isinstance(part, AllOf | AnyOf) else str(part)
