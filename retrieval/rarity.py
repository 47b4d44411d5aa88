"""How rare a token is in its collection: OpenRarity's information content, with its parts. Pure.

A token scores the bits of its traits, of those that it lacks, and of how many it has, over the entropy of
its collection (https://openrarity.gitbook.io/developers/fundamentals/methodology). Ranks are those of the
`open-rarity` package, 0.7.5; what it leaves out is here: each trait's bits, what the input was, and whether
that was whole.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from magpie.domain import Token, TokenRef

TRAIT_COUNT = "trait count"  # the type under which the number of a token's traits is scored
_NOTHING = frozenset({"", "none"})  # published values that do not count as a trait
_DIGITS = 1e-9  # relative difference up to which scores are equal, as the package has it

Kind = tuple[str, str]  # of a type and value, folded as the package folds them


class Part(NamedTuple):
    """One trait's share: ``value`` None for a type that the token lacks; held alike by ``tokens`` of all."""

    type: str
    value: str | None
    tokens: int
    bits: float


class Rarity(NamedTuple):
    """``rank`` 1 is the rarest; equal scores share the least.

    ``score`` is the sum of the bits of ``parts``, in order of type, over the collection's entropy.
    ``unique`` of its traits no other token has.
    """

    ref: TokenRef
    rank: int
    score: float
    unique: int
    parts: tuple[Part, ...]


class Ranking(NamedTuple):
    """A collection's tokens, the rarest first, then by id.

    ``entropy`` in bits. ``checksum`` is the same for the same tokens with the same traits, whatever their
    order. ``partial`` says why the ranks are not to be relied on, "" if they are.
    """

    tokens: tuple[Rarity, ...]
    entropy: float
    checksum: str
    partial: str


class Lead(NamedTuple):
    """What one trait type adds to, or takes from, the bits by which one token leads another."""

    first: Part
    second: Part

    @property
    def bits(self) -> float:
        return self.first.bits - self.second.bits


def rank(tokens: Sequence[Token], supply: int | None = None) -> Ranking:
    """All ``tokens`` of one collection, which is complete if there are ``supply`` of them.

    Of a type with several values on a token, each value's bits count.
    """
    held = {token.ref: _kinds(token) for token in tokens}
    counts = Counter(kind for kinds in held.values() for kind in kinds)
    lacking = _lacking(held)
    entropy = _entropy([*counts.values(), *(number for number in lacking.values() if number)], len(tokens))
    scored = []
    for ref, kinds in held.items():
        parts = _parts(kinds, counts, lacking, len(tokens))
        unique = sum(counts[kind] == 1 for kind in kinds)
        scored.append((sum(part.bits for part in parts) / (entropy or 1.0), unique, ref, parts))
    # A trait that nobody else has goes before any number of bits.
    scored.sort(key=lambda one: (-one[1], -one[0], one[2].token_id))
    ranked: list[Rarity] = []
    for place, (score, unique, ref, parts) in enumerate(scored, start=1):
        ties = bool(ranked) and math.isclose(score, ranked[-1].score, rel_tol=_DIGITS)
        ranked.append(Rarity(ref, ranked[-1].rank if ties else place, score, unique, parts))
    return Ranking(tuple(ranked), entropy, _checksum(held), _partial(tokens, supply))


def why(first: Rarity, second: Rarity) -> list[Lead]:
    """By type, what makes ``first`` rarer than ``second``, what speaks most for it first.

    The bits add up to the difference of the two sums. Types on which they agree are left out.
    """
    kinds: dict[str, tuple[list[Part], list[Part]]] = defaultdict(lambda: ([], []))
    for side, rarity in enumerate((first, second)):
        for part in rarity.parts:
            kinds[part.type][side].append(part)
    leads = [Lead(_together(one), _together(other)) for one, other in kinds.values()]
    different = [lead for lead in leads if lead.first.value != lead.second.value]
    return sorted(different, key=lambda lead: (-lead.bits, lead.first.type))


def _fold(said: str) -> str:
    return said.lower().strip()


def _kinds(token: Token) -> frozenset[Kind]:
    kinds = {(_fold(trait.type), _fold(trait.value)) for trait in token.traits}
    number = sum(value not in _NOTHING for _, value in kinds)
    return frozenset(kinds | {(TRAIT_COUNT, str(number))})


def _lacking(held: Mapping[TokenRef, frozenset[Kind]]) -> dict[str, int]:
    """How many tokens have no value of each type."""
    having = Counter(kind for kinds in held.values() for kind in {kind for kind, _ in kinds})
    return {kind: len(held) - number for kind, number in having.items()}


def _entropy(counts: Sequence[int], total: int) -> float:
    return math.fsum(-number / total * math.log2(number / total) for number in counts)


def _parts(
    kinds: frozenset[Kind], counts: Mapping[Kind, int], lacking: Mapping[str, int], total: int
) -> tuple[Part, ...]:
    present = {kind for kind, _ in kinds}
    parts = [
        Part(kind, value, counts[kind, value], _bits(counts[kind, value], total)) for kind, value in kinds
    ]
    parts += [
        Part(kind, None, number, _bits(number, total))
        for kind, number in lacking.items()
        if kind not in present
    ]
    return tuple(sorted(parts, key=lambda part: (part.type, part.value or "")))


def _bits(number: int, total: int) -> float:
    return math.log2(total / number)


def _together(parts: Sequence[Part]) -> Part:
    """Several values of a type as one."""
    values = [part.value for part in parts if part.value is not None]
    return Part(
        parts[0].type,
        ", ".join(values) if values else None,
        min(part.tokens for part in parts),
        sum(part.bits for part in parts),
    )


def _checksum(held: Mapping[TokenRef, frozenset[Kind]]) -> str:
    digest = hashlib.sha256()
    for ref in sorted(held, key=lambda ref: (ref.chain, ref.contract, ref.token_id)):
        digest.update(repr((str(ref), sorted(held[ref]))).encode())
    return digest.hexdigest()[:16]


def _partial(tokens: Sequence[Token], supply: int | None) -> str:
    bare = sum(not token.traits for token in tokens)
    if supply is not None and len(tokens) < supply:
        return f"{len(tokens)} of {supply} tokens are here"
    if bare and bare < len(tokens):
        return f"{bare} of {len(tokens)} tokens have no traits: not revealed, or not read"
    return ""
