"""What was worked out from the whole catalogue, kept in it until a token, a collection or a rank changes.

Triggers forget it and count the change, whoever makes it. Where the file cannot be written nothing is kept,
and the answers are the same.
"""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from threading import Lock

from magpie.catalog_rows import TraitCount
from magpie.catalog_where import names_clause
from magpie.domain import Trait

_CHANGES = [("tokens", "INSERT"), ("tokens", "UPDATE"), ("tokens", "DELETE")]
_CHANGES += [("collections", "INSERT"), ("collections", "UPDATE"), ("collections", "DELETE")]
_CHANGES += [("rankings", "INSERT"), ("rankings", "DELETE")]  # the ranks change with them
_TABLES = """
CREATE TABLE IF NOT EXISTS version (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    file TEXT NOT NULL,                 -- two catalogues are never of one version
    changes INTEGER NOT NULL
);
INSERT OR IGNORE INTO version VALUES (1, lower(hex(randomblob(8))), 0);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_KEEPING = Lock()  # how long to wait is the connection's, which threads may share
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_{event} AFTER {event} ON {table} BEGIN
    UPDATE version SET changes = changes + 1;
    DELETE FROM kept;
END;
"""


def prepare(db: sqlite3.Connection) -> None:
    """Add the tables and triggers, to a catalogue of before them too."""
    if version(db) is None:
        triggers = (_TRIGGER.format(table=table, event=event) for table, event in _CHANGES)
        try:
            db.executescript(f"BEGIN IMMEDIATE;{_TABLES}{''.join(triggers)}COMMIT;")
        except sqlite3.OperationalError:  # not ours to write
            if db.in_transaction:
                db.rollback()


def version(db: sqlite3.Connection) -> str | None:
    """Another after every change of a token, a collection or a rank; None where that is not recorded."""
    try:
        row = db.execute("SELECT file || '-' || changes FROM version").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None


def get(db: sqlite3.Connection, name: str) -> str | None:
    """What is kept under ``name``, if nothing has changed since."""
    try:
        row = db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None


def keep(db: sqlite3.Connection, name: str, value: str, of: str | None) -> None:
    """Keep what was worked out from the catalogue of version ``of``, if it is still that."""
    if of is None:
        return
    with _KEEPING:
        (patience,) = db.execute("PRAGMA busy_timeout").fetchone()
        db.execute("PRAGMA busy_timeout = 0")  # who is writing will change it anyway
        try:
            db.execute(
                "INSERT OR REPLACE INTO kept SELECT ?, ? FROM version WHERE file || '-' || changes = ?",
                (name, value, of),
            )
        except sqlite3.OperationalError:
            pass
        finally:
            db.execute(f"PRAGMA busy_timeout = {patience}")


def dataset_hash(db: sqlite3.Connection) -> str:
    """See `Catalog.dataset_hash`."""
    before, known = version(db), get(db, "dataset hash")
    if known is not None:
        return known
    total = hashlib.sha256()
    for row in db.execute(
        "SELECT c.chain, c.contract, t.token_id, t.image_sha256, t.caption FROM tokens t"
        " JOIN collections c ON c.id = t.collection"
        " ORDER BY c.chain, c.contract, length(t.token_id), t.token_id"
    ):
        total.update(repr(row).encode())
    keep(db, "dataset hash", total.hexdigest(), before)
    return total.hexdigest()


def trait_counts(db: sqlite3.Connection, collections: Sequence[str]) -> list[TraitCount]:
    """See `Catalog.trait_counts`."""
    before, known = version(db), get(db, "trait counts")
    if known is None:
        rows = db.execute(
            "SELECT v.id, COUNT(DISTINCT tt.token) FROM trait_values v"
            " JOIN collections c ON c.id = v.collection JOIN token_traits tt ON tt.value = v.id"
            f" WHERE {names_clause(collections)} GROUP BY v.id",
            tuple(collections),
        ).fetchall()
        if not collections:
            keep(db, "trait counts", json.dumps(rows), before)
    else:
        rows = json.loads(known)
    tokens = dict(rows)
    found = [
        TraitCount(name, Trait(type=type_, value=value), tokens[value_row])
        for value_row, name, type_, value in db.execute(
            "SELECT v.id, c.name, v.type, v.value FROM trait_values v"
            f" JOIN collections c ON c.id = v.collection WHERE {names_clause(collections)}",
            tuple(collections),
        )
        if value_row in tokens
    ]
    return sorted(found, key=lambda one: (one.collection, -one.tokens, one.trait.type, one.trait.value))
