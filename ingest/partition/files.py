"""Sets as files that others can reuse: one JSON document, and a plain list of names for each split."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.partition.plan import Partition
from ingest.partition.rules import SPLITS, Member, Split, drawn_count
from magpie.files import write_atomic

FORMAT = "magpie-partition/1"


def write(partition: Partition, folder: Path) -> list[Path]:
    """Write ``<set>.json`` and ``<set>.<split>.txt``; the same partition gives the same bytes."""
    name = partition.rule.name
    document = folder / f"{name}.json"
    write_atomic(document, "".join(_document(partition)).encode())
    lists = []
    for split in SPLITS:
        path = folder / f"{name}.{split}.txt"
        names = "".join(f"{member.name}\n" for member in partition.dealt[split])
        write_atomic(path, names.encode())
        lists.append(path)
    return [document, *lists]


def _document(partition: Partition) -> Iterator[str]:
    """The JSON, one collection a line, so that two versions compare line by line."""
    head = json.dumps(_head(partition), indent=1, ensure_ascii=False)
    yield head.removesuffix("\n}") + ',\n "splits": {'
    for place, split in enumerate(SPLITS):
        yield ("," if place else "") + f"\n  {json.dumps(split)}: ["
        for at, member in enumerate(partition.dealt[split]):
            line = json.dumps(_entry(partition, member), ensure_ascii=False)
            yield ("," if at else "") + f"\n   {line}"
        yield "\n  ]"
    yield "\n }\n}\n"


def _head(partition: Partition) -> Mapping[str, Any]:
    return {
        "format": FORMAT,
        "set": partition.rule.name,
        "rule": str(partition.rule),
        "splits_from": "lists" if partition.by_lists else "seed",
        "seed": partition.seed,
        **partition.origin,
        "counts": counts_of(partition),
        "notes": partition.notes,
    }


def counts_of(partition: Partition) -> Mapping[Split, Mapping[str, int]]:
    """Collections and tokens of each split, by name."""
    return {
        split: {"collections": collections, "tokens": tokens}
        for split, (collections, tokens) in partition.counts.items()
    }


def _entry(partition: Partition, member: Member) -> Mapping[str, Any]:
    """One collection: its contract if it is known, how many tokens, and which, unless it is a plan."""
    entry: dict[str, Any] = {"collection": member.name}
    if member.home:
        entry["chain"], entry["contract"] = member.home.split("/erc721:")
    entry["tokens"] = drawn_count(member, partition.rule)
    drawn = partition.drawn(member)
    if drawn is not None:
        entry["ids"] = [str(token_id) for token_id in drawn]
    return entry
