"""The captions made so far, by what they were made from, in ``captions.sqlite``: nothing is written twice.

A row is true whenever a run is killed. Losing the file costs only the work of making the captions again.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from ingest.paraphrase.prompt import VERSION
from ingest.paraphrase.visible import is_visible
from magpie.domain import Trait
from magpie.errors import SourceError

FILE = "captions.sqlite"
FORMAT = 1  # bump when the table or the rules that make and check captions change: all are then made anew
How = Literal["llm", "retried", "rule_based"]
_READ_AT_ONCE = 500


@dataclass(frozen=True)
class Written:
    """The captions of one trait set: how each was made, and what was wrong with those that were not kept."""

    captions: tuple[str, ...]
    how: tuple[How, ...]
    attempts: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)


def seen(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    """The visible traits in an order of their own: tokens that have the same share their captions."""
    return tuple(sorted((t for t in traits if is_visible(t)), key=lambda trait: (trait.type, trait.value)))


def key(subject: str, traits: Iterable[Trait], model: str) -> str:
    """What captions depend on: equal for tokens with the same visible traits, in whatever order."""
    told = [(trait.type, trait.value) for trait in seen(traits)]
    return hashlib.sha256(json.dumps([FORMAT, VERSION, model, subject, told]).encode()).hexdigest()


class CaptionCache:
    """An open cache. Use as a context manager; one writer at a time."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS captions (key TEXT PRIMARY KEY, captions TEXT NOT NULL,"
                " how TEXT NOT NULL, attempts INTEGER NOT NULL, faults TEXT NOT NULL) WITHOUT ROWID"
            )
        except (sqlite3.DatabaseError, OSError) as error:
            raise SourceError(f"{self._path} cannot be used ({error}); remove it and run again") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close. What SQLite could not do meanwhile becomes a `SourceError`."""
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise SourceError(f"{self._path}: {error}; make room, or remove it and run again") from error

    def get(self, keys: Sequence[str]) -> dict[str, Written]:
        """The captions that are here, by key."""
        found: dict[str, Written] = {}
        for start in range(0, len(keys), _READ_AT_ONCE):
            some = keys[start : start + _READ_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._db.execute(
                f"SELECT key, captions, how, attempts, faults FROM captions WHERE key IN ({marks})", some
            )
            for name, captions, how, attempts, faults in rows:
                found[name] = Written(
                    tuple(json.loads(captions)), tuple(json.loads(how)), attempts, json.loads(faults)
                )
        return found

    def put(self, written: Mapping[str, Written]) -> None:
        """Keep captions, all or none."""
        rows = [
            (name, json.dumps(w.captions), json.dumps(w.how), w.attempts, json.dumps(dict(w.faults)))
            for name, w in written.items()
        ]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT OR REPLACE INTO captions VALUES (?, ?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
