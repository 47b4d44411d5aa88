"""How collections are dealt into splits, and tokens drawn from them. Pure, and the same in every order.

Both follow from digests of the seed and of what is dealt, so that a collection's tokens do not depend on
which other collections there are, and a set's tokens are among those of the next larger set.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from magpie import text

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
SHARES: Mapping[Split, int] = {"train": 800, "val": 50, "test": 150}


@dataclass(frozen=True)
class Member:
    """One collection that may be dealt. ``tokens`` is None if nobody says how many it has.

    ``home`` is its chain and contract, "" if unknown.
    """

    name: str
    tokens: int | None = None
    home: str = ""

    @property
    def key(self) -> str:
        """What names are compared by: case, spacing and punctuation do not count."""
        return text.fold(self.name) or self.name.casefold().strip()


Dealt = Mapping[Split, Sequence[Member]]


@dataclass(frozen=True)
class SetRule:
    """One published set: at most ``cap`` tokens a collection (None: all), of collections with ``least`` or
    more, and at most ``sizes`` of them in each split (None: all).
    """

    name: str
    cap: int | None = None
    least: int = 1
    sizes: Mapping[Split, int] | None = None

    def __str__(self) -> str:
        drawn = (
            f"at most {self.cap} tokens of each collection, drawn by the seed" if self.cap else "every token"
        )
        if self.sizes is None:
            return drawn
        most = "/".join(str(self.sizes[split]) for split in SPLITS)
        return f"{drawn}; at most {most} collections of {self.least} tokens or more, drawn by the seed"


RULES: Mapping[str, SetRule] = {
    rule.name: rule
    for rule in (
        SetRule("NFT1000"),
        SetRule("NFT1000-mini", cap=1000),
        SetRule("NFT100-mini", cap=500, least=500, sizes={"train": 80, "val": 5, "test": 15}),
    )
}


def groups(members: Iterable[Member]) -> list[list[Member]]:
    """Members that are one collection together: of one name (see `Member.key`) or of one contract.

    In each group the one with the most tokens is first; ties, and the groups, are by name.
    """
    stands_for: dict[str, str] = {}

    def root(identity: str) -> str:
        while stands_for.setdefault(identity, identity) != identity:
            identity = stands_for[identity]
        return identity

    listed = sorted(set(members), key=lambda m: (m.key, m.name, m.home, _counted(m)))
    for member in listed:
        if member.home:
            stands_for[root(f"contract {member.home}")] = root(f"name {member.key}")
    together: dict[str, list[Member]] = {}
    for member in listed:
        together.setdefault(root(f"name {member.key}"), []).append(member)
    return [sorted(group, key=_counted, reverse=True) for group in together.values()]


def _counted(member: Member) -> int:
    """For sorting: no count at all comes before none."""
    return -1 if member.tokens is None else member.tokens


def deal(members: Iterable[Member], seed: int) -> Dealt:
    """Collections by split, 800/50/150 of a thousand, in the order the seed gives; of `groups` the first."""
    ranked = _ranked("collection", seed, (group[0] for group in groups(members)))
    sizes = shares(len(ranked))
    start = 0
    dealt: dict[Split, Sequence[Member]] = {}
    for split in SPLITS:
        dealt[split] = ranked[start : start + sizes[split]]
        start += sizes[split]
    return dealt


def shares(count: int) -> Mapping[Split, int]:
    """How many of ``count`` collections each split gets, rounded by largest remainder.

    From two on one is for testing, from three on one for choosing.
    """
    total = sum(SHARES.values())
    sizes = {split: count * share // total for split, share in SHARES.items()}
    by_remainder = sorted(SPLITS, key=lambda split: (-(count * SHARES[split] % total), SPLITS.index(split)))
    for split in by_remainder[: count - sum(sizes.values())]:
        sizes[split] += 1
    for split, from_count in (("test", 2), ("val", 3)):
        if count >= from_count and not sizes[split]:
            sizes["train"] -= 1
            sizes[split] += 1
    return sizes


def cut(dealt: Dealt, rule: SetRule, seed: int) -> Dealt:
    """What of each split belongs to the set: a collection is in the same split of every set."""
    fits = {
        split: [m for m in members if rule.least <= 1 or (m.tokens or 0) >= rule.least]
        for split, members in dealt.items()
    }
    if rule.sizes is None:
        return fits
    return {split: _ranked("set", seed, members)[: rule.sizes[split]] for split, members in fits.items()}


def draw(ids: Iterable[int], member: Member, rule: SetRule, seed: int) -> list[int]:
    """The token ids of ``member`` in the set, in order."""
    if rule.cap is None:
        return sorted(ids)
    ranked = sorted(ids, key=lambda token_id: (_digest(f"token {token_id}", seed, member.key), token_id))
    return sorted(ranked[: rule.cap])


def drawn_count(member: Member, rule: SetRule) -> int | None:
    """How many tokens of ``member`` the set has; None if nobody says how many there are."""
    return member.tokens if rule.cap is None or member.tokens is None else min(member.tokens, rule.cap)


def _ranked(what: str, seed: int, members: Iterable[Member]) -> list[Member]:
    return sorted(members, key=lambda member: (_digest(what, seed, member.key), member.key))


def _digest(what: str, seed: int, key: str) -> bytes:
    return hashlib.sha256(f"magpie:partition:{seed}:{what}:{key}".encode()).digest()
