"""Which collections an adaptation is for, and which of their tokens take part. Pure.

A collection that the model in use has seen unchanged is only rehearsed: a sample of its training tokens is
mixed in, so that learning the new ones does not spoil it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from magpie.domain import Token, TokenRef
from magpie.splits import Split, split_of
from retrieval.adaptation.record import Record

SHORTEST, LONGEST = 5.0, 30.0  # minutes
_TOKENS_A_MINUTE = 2000
REHEARSED = 1000  # training tokens of each collection seen before
_MOST: dict[Split, int] = {"train": 60_000, "validation": 4000, "test": 6000}
FEWEST = 8  # validation tokens: fewer decide nothing


class Scope(NamedTuple):
    """``new`` collections are learnt, ``old`` ones rehearsed; ``afresh`` from the original encoder."""

    new: tuple[str, ...]
    old: tuple[str, ...]
    afresh: bool


def digests(tokens: Iterable[Token]) -> dict[str, str]:
    """By collection, what training would see of it: its tokens' pictures, traits and captions."""
    lines: dict[str, list[str]] = defaultdict(list)
    for token in tokens:
        if token.image:
            traits = sorted(trait.key for trait in token.traits)
            lines[token.collection].append(f"{token.ref} {token.image_sha256} {traits} {token.caption}\n")
    return {
        name: hashlib.sha256("".join(sorted(held)).encode()).hexdigest()[:16] for name, held in lines.items()
    }


def scope(record: Record | None, base_id: str, held: Mapping[str, str], minutes: float | None) -> Scope:
    """What is to be learnt, nothing if the last attempt covered all of ``held`` for as long as now asked.

    Longer ``minutes`` than before go on with everything; another original encoder begins afresh. Once there
    is something to learn, what an attempt that was not kept had tried is learnt again with it.
    """
    everything = tuple(sorted(held))
    if record is None or record.base_id != base_id:
        return Scope(everything, (), afresh=True)
    changed = {name for name in everything if record.tried.get(name) != held[name]}
    longer = minutes is not None and minutes > record.last.minutes
    if record.model is None:
        return Scope(everything if changed or longer else (), (), afresh=True)
    seen = set(record.model.seen)
    new = changed | set(everything) - seen if changed else set(everything) if longer else set()
    return Scope(tuple(sorted(new)), tuple(sorted(seen & set(everything) - new)), afresh=False)


def minutes_for(tokens: int) -> float:
    """How long so many training tokens are given unless a person says otherwise."""
    return min(LONGEST, max(SHORTEST, tokens / _TOKENS_A_MINUTE))


def take_part(tokens: Iterable[Token], chosen: Scope) -> list[Token]:
    """The tokens of all splits that take part, in the order given.

    Where there are too many, large collections give up tokens first. Which ones stay follows from the tokens'
    identities alone, so that a collection that grows keeps those it had.
    """
    wanted = {*chosen.new, *chosen.old}
    listed = [token for token in tokens if token.image and token.collection in wanted]
    groups: dict[Split, dict[str, list[TokenRef]]] = {"train": {}, "validation": {}, "test": {}}
    for token in listed:
        groups[split_of(token.ref)].setdefault(token.collection, []).append(token.ref)
    kept: set[TokenRef] = set()
    for part, by_collection in groups.items():
        quota = _quota([len(refs) for refs in by_collection.values()], _MOST[part])
        for name, refs in by_collection.items():
            rehearsed = part == "train" and name in chosen.old
            kept.update(sorted(refs, key=_lot)[: min(quota, REHEARSED) if rehearsed else quota])
    return [token for token in listed if token.ref in kept]


def _quota(sizes: Sequence[int], most: int) -> int:
    """The largest q with sum(min(size, q)) <= most; at least 1."""
    low, high = 1, max(sizes, default=1)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle) for size in sizes) <= most:
            low = middle
        else:
            high = middle - 1
    return low


def _lot(ref: TokenRef) -> bytes:
    return hashlib.sha256(f"magpie:adaptation:{ref}".encode()).digest()
