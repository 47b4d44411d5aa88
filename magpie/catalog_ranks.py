"""The statements that keep rarity ranks: worked out elsewhere, forgotten when a token changes."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from magpie.catalog_where import names_clause, refs_clauses
from magpie.domain import TokenRef


class Ranked(NamedTuple):
    """A token's rarity: ``rank`` 1 of ``ranked`` is the rarest; ``partial`` says why not to rely on it."""

    rank: int
    ranked: int
    score: float
    partial: str


class RankingRecord(NamedTuple):
    """What a collection's ranks were worked out from (`retrieval.rarity.Ranking`)."""

    checksum: str
    entropy: float
    partial: str


def put(
    db: sqlite3.Connection, home: int, record: RankingRecord, ranks: Iterable[tuple[int, int, float]]
) -> None:
    """All ranks of the collection row ``home``, as token id, rank, score; inside the caller's transaction."""
    forget(db, home)
    rows = {
        int(i): row for i, row in db.execute("SELECT token_id, id FROM tokens WHERE collection = ?", (home,))
    }
    found = [(rows[token_id], rank, score) for token_id, rank, score in ranks]
    db.executemany(
        "INSERT INTO ranks (token, rank, ranked, score) VALUES (?, ?, ?, ?)",
        [(row, rank, len(found), score) for row, rank, score in found],
    )
    db.execute(
        "INSERT INTO rankings (collection, checksum, entropy, partial) VALUES (?, ?, ?, ?)", (home, *record)
    )


def forget(db: sqlite3.Connection, home: int) -> None:
    """What was known of the collection row ``home``."""
    db.execute("DELETE FROM ranks WHERE token IN (SELECT id FROM tokens WHERE collection = ?)", (home,))
    db.execute("DELETE FROM rankings WHERE collection = ?", (home,))


def of_tokens(db: sqlite3.Connection, refs: Sequence[TokenRef]) -> dict[TokenRef, Ranked]:
    """Of those that are ranked, in the order asked."""
    found = {}
    for where, values in refs_clauses(refs):
        for chain, contract, token_id, *ranked in db.execute(
            "SELECT c.chain, c.contract, t.token_id, r.rank, r.ranked, r.score, g.partial FROM ranks r"
            " JOIN tokens t ON t.id = r.token JOIN collections c ON c.id = t.collection"
            f" JOIN rankings g ON g.collection = c.id WHERE {where}",
            values,
        ):
            found[TokenRef(chain=chain, contract=contract, token_id=int(token_id))] = Ranked(*ranked)
    return {ref: found[ref] for ref in refs if ref in found}


def unranked(db: sqlite3.Connection, collections: Sequence[str] = ()) -> list[str]:
    """The named collections, or all, that have tokens and no ranks, by name."""
    rows = db.execute(
        "SELECT c.name FROM collections c LEFT JOIN rankings g ON g.collection = c.id"
        f" WHERE g.collection IS NULL AND {names_clause(collections)}"
        " AND EXISTS (SELECT 1 FROM tokens t WHERE t.collection = c.id) ORDER BY c.name",
        tuple(collections),
    )
    return [name for (name,) in rows]
