"""The official lists of collections, the counts of their tokens, and what is known to be wrong with them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.partition.rules import SPLITS, Dealt, Member, Split, groups
from magpie.errors import InputError, SourceError
from magpie.text import nests_deeper

_LISTS: Mapping[Split, str] = {"train": "training_list", "val": "validation_list", "test": "test_list"}
_LARGEST = 64 * 2**20
_DEEPEST = 8
_SHOWN = 12

# As published (arXiv 2402.16872): collections and pairs of each split.
PUBLISHED: Mapping[str, Mapping[Split, tuple[int, int]]] = {
    "NFT1000": {"train": (800, 6_178_249), "val": (50, 383_916), "test": (150, 1_000_838)},
    "NFT1000-mini": {"train": (800, 794_698), "val": (50, 49_738), "test": (150, 147_615)},
    "NFT100-mini": {"train": (80, 40_000), "val": (5, 2_500), "test": (15, 7_500)},
}

Lists = Mapping[Split, Sequence[str]]


def read_lists(path: Path) -> Lists:
    """Collection names by split, from JSON such as ``NFT1000_partitioning.json``. Raises `SourceError`."""
    found = _read_json(path)
    try:
        lists = {split: found[name] for split, name in _LISTS.items()}
    except (KeyError, TypeError) as error:
        wanted = ", ".join(_LISTS.values())
        raise SourceError(f"{path} is no partition: it must be a JSON object with {wanted}") from error
    for split, names in lists.items():
        if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
            raise SourceError(f"{path}: {_LISTS[split]} must be a list of collection names")
    return lists


def read_counts(path: Path) -> list[Member]:
    """Collections with their tokens, from JSON ``{name: tokens}`` or ``{name: [index, tokens]}``."""
    found = _read_json(path)
    if not isinstance(found, dict):
        raise SourceError(f"{path} must be a JSON object of names and token counts")
    members = []
    for name, value in found.items():
        tokens = value[-1] if isinstance(value, list) and value else value
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
            raise SourceError(f"{path}: {name!r} must have a number of tokens, or [index, tokens]")
        members.append(Member(name, tokens))
    return members


def deal_by_lists(members: Iterable[Member], lists: Lists) -> tuple[Dealt, list[str]]:
    """The splits of the lists, with what ``members`` know of each name; and the lists' defects, a line each.

    A name listed twice in one split counts once. Raises `InputError` if a collection is in two splits, under
    whatever names.
    """
    known = {member.key: group[0] for group in groups(members) for member in group}
    notes: list[str] = []
    dealt: dict[Split, list[Member]] = {}
    for split in SPLITS:
        listed = [known.get(Member(name).key, Member(name)) for name in lists[split]]
        times = Counter(member.key for member in listed)
        first = {member.key: place for place, member in reversed([*enumerate(listed)])}
        dealt[split] = [listed[place] for place in sorted(first.values())]
        notes += [
            f"{member.name!r} is listed {times[member.key]} times for {split}: counted once"
            for member in dealt[split]
            if times[member.key] > 1
        ]
    _refuse_crossing(dealt)
    return dealt, notes


def crossing(dealt: Dealt) -> list[list[tuple[Split, Member]]]:
    """Collections that are in more than one split, each with all its places: empty for a sound partition."""
    splits: dict[Member, list[Split]] = {}
    for split in SPLITS:
        for member in dealt[split]:
            splits.setdefault(member, []).append(split)
    together = ([(split, member) for member in group for split in splits[member]] for group in groups(splits))
    return [
        sorted(places, key=lambda place: SPLITS.index(place[0]))
        for places in together
        if len({split for split, _ in places}) > 1
    ]


def shown(names: Sequence[str]) -> str:
    """A few of ``names``, and how many more there are."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def _refuse_crossing(dealt: Dealt) -> None:
    for places in crossing(dealt):
        told = " and ".join(f"{member.name!r} ({split})" for split, member in places)
        raise InputError(f"the lists have one collection in two splits: {told}; take it out of one")


def _read_json(path: Path) -> Any:  # noqa: ANN401 (any JSON)
    try:
        if path.stat().st_size > _LARGEST:
            raise SourceError(f"{path} is larger than {_LARGEST // 2**20} MiB: not a list of collections")
        written = path.read_text("utf-8-sig")
        if nests_deeper(written, _DEEPEST):
            raise SourceError(f"{path} is nested too deeply for a list of collections")
        return json.loads(written)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): give an existing file") from error
    except ValueError as error:
        raise SourceError(f"{path} is not JSON ({error}): give a file of collection names") from error
