"""``metadata_dashboard.json``: what a collection is, in figures, written when all its files are."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.filters import Facts, Verdict, judge
from ingest.ledger import Entry, Ledger
from ingest.ports import Problem
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Collection
from magpie.files import write_atomic

MAX_VALUES = 20_000  # of all trait types together; the commonest are listed
MAX_CLASSES = 30  # of problems
EXAMPLES = 20
# What names the single case in a reason: what is in brackets or after a semicolon, links, long numbers.
_DETAIL = re.compile(r"\s*(?:[(;].*|\S+://\S+|\b(?:0x[0-9a-f]{4,}|\d{3,})\b)", re.IGNORECASE | re.DOTALL)
_OTHERS = ("snapshot_time", "captions")  # not what this run found


@dataclass
class Tally:
    """What the ledger says of all tokens together, taken in by id."""

    checksum: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    images: Counter[bytes] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    verified: Counter[bool] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    original_bytes: int = 0
    with_metadata: int = 0
    with_traits: int = 0

    def add(self, token_id: int, entry: Entry) -> None:
        if entry.picture:
            self.checksum.update(f"{token_id} {entry.picture.sha256}\n".encode())
            self.images[bytes.fromhex(entry.picture.sha256)] += 1
        if entry.original:
            self.kinds[entry.original.kind or "other"] += 1
            self.original_bytes += entry.original.size
        if entry.verified is not None:
            self.verified[entry.verified] += 1
        self.with_metadata += bool(entry.metadata)
        self.with_traits += bool(entry.traits)
        self.dropped.update(entry.dropped)
        self.add_problems(entry.problems)

    def add_problems(self, problems: Sequence[Problem]) -> None:
        self.problems.update(problem_class(problem.reason) for problem in problems)
        self.examples += [_storable(str(problem)) for problem in problems[: EXAMPLES - len(self.examples)]]


def write(
    dataset: Path,
    collection: Collection,
    catalog: Catalog,
    ledger: Ledger,
    *,
    problems: Sequence[Problem] = (),
    provenance: Mapping[str, Any] | None = None,
) -> dict[str, Verdict]:
    """Write the collection's dashboard, and return what the filters say.

    ``problems`` are those of the source as a whole; ``provenance`` is where it comes from. The time in it
    changes only if something else does.
    """
    tally = Tally()
    tally.add_problems(problems)
    for token_id, entry in ledger.entries():
        tally.add(token_id, entry)
    frequencies = _frequencies(collection, catalog)
    tokens = catalog.counts()[collection.name].tokens
    verdicts = judge(
        Facts(
            tokens=tokens,
            pictures=tally.images.total(),
            distinct_pictures=len(tally.images),
            with_metadata=tally.with_metadata,
            with_traits=tally.with_traits,
            frequencies=frequencies,
        )
    )
    record = _identity(collection) | _figures(tally, tokens) | {"trait_frequencies": frequencies}
    record |= {
        "filters": {name: asdict(verdict) for name, verdict in verdicts.items()},
        "passes_filters": all(verdict.passed for verdict in verdicts.values()),
        "sources": {"kind": collection.source, **(provenance or {}), **_checked(tally)},
    }
    _replace(dataset / collection.name / layout.DASHBOARD, json.loads(json.dumps(record)))
    return verdicts


def _identity(collection: Collection) -> dict[str, Any]:
    return {
        "project_name": collection.name,
        "chain": collection.chain,
        "contract_address": collection.contract if collection.on_chain else None,
        "total_supply": collection.supply,
        "subject": collection.subject,
        "description": collection.description,
        "official_url": collection.url,
        "licence": collection.licence,
        "source": collection.source,
    }


def _figures(tally: Tally, tokens: int) -> dict[str, Any]:
    return {
        "actual_collected_quantity": tokens,
        "image_quantity": tally.images.total(),
        "checksum_sha256": tally.checksum.hexdigest(),
        "tokens_with_traits": tally.with_traits,
        "dropped_traits": _ranked(tally.dropped),
        "problems": _ranked(tally.problems, MAX_CLASSES),
        "problem_examples": tally.examples,
        "originals": {"types": _ranked(tally.kinds), "bytes": tally.original_bytes},
        "duplicates": {
            "pictures": len(tally.images),
            "tokens": sum(tokens for tokens in tally.images.values() if tokens > 1),
        },
    }


def _checked(tally: Tally) -> dict[str, int]:
    """How many tokens were checked against the hashes in their links, where links have any."""
    names = {True: "verified", False: "unverified"}
    return {names[said]: count for said, count in sorted(tally.verified.items(), reverse=True)}


def _frequencies(collection: Collection, catalog: Catalog) -> dict[str, dict[str, int]]:
    """Tokens by trait type and value: types by name, values by how common they are."""
    counted = catalog.trait_counts([collection.name])[:MAX_VALUES]
    types: dict[str, dict[str, int]] = {type_: {} for type_ in sorted({held.trait.type for held in counted})}
    for held in counted:
        types[held.trait.type][held.trait.value] = held.tokens
    return types


def problem_class(reason: str) -> str:
    """A reason without what names the single case, so that equal problems are counted together."""
    return _storable(" ".join(_DETAIL.sub("", reason).split())[:100]) or "other"


def _storable(told: str) -> str:
    """A lone surrogate is legal in str, and illegal in UTF-8."""
    return told.encode("utf-8", "replace").decode()


def _ranked(counts: Counter[str], most: int | None = None) -> dict[str, int]:
    """Commonest first, ties by name; what is beyond ``most`` is counted as "other"."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = dict(ranked[:most])
    rest = sum(count for _, count in ranked[len(shown) :])
    return shown | {"other": shown.get("other", 0) + rest} if rest else shown


def _replace(path: Path, record: dict[str, Any]) -> None:
    """Write ``record``, unless only its time would change; what others have written there is kept."""
    before = read(path)
    if "captions" in before:
        record["captions"] = before["captions"]
    unchanged = {name: value for name, value in before.items() if name not in _OTHERS} == {
        name: value for name, value in record.items() if name not in _OTHERS
    }
    if unchanged and "snapshot_time" in before:
        return
    record["snapshot_time"] = datetime.now(UTC).isoformat(timespec="seconds")
    _store(path, record)


def put_captions(path: Path, captions: Mapping[str, Any]) -> None:
    """Write the part of the dashboard that is about captions; the next ingest keeps it."""
    record = read(path)
    if record.get("captions") != captions:
        _store(path, record | {"captions": captions})


def read(path: Path) -> dict[str, Any]:
    """The dashboard as it is; empty where there is none yet, or none that is JSON."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):  # it can be made anew from the ledger and the catalogue
        return {}
    return found if isinstance(found, dict) else {}


def _store(path: Path, record: Mapping[str, Any]) -> None:
    write_atomic(path, (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode())
