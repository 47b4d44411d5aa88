"""The catalogue read whole, a column at a time, for what is built from it: integers, not domain objects.

Rows are the catalogue's own and private to what is built from one `version` of it.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from magpie import catalog_kept
from magpie.catalog_where import values_clause
from magpie.conditions import Count, Has, Number

Integers = npt.NDArray[np.int64]
_TOKENIZER = "porter unicode61 remove_diacritics 2"  # as in catalog_schema.sql
_AT_ONCE = 1 << 20
_ASKING = Lock()  # the table of words asked about is the connection's, which threads may share


class Home(NamedTuple):
    """A collection and how many tokens it has; of all that have any."""

    name: str
    chain: str
    contract: str
    tokens: int


class TokenRows(NamedTuple):
    """Every token by collection name and token id, the order of `Catalog.select`: its row, and its id."""

    homes: list[Home]
    rows: Integers
    ids: list[str]


class Posting(NamedTuple):
    """Words, each with its number of occurrences, and the rows of these, word by word, rows ascending."""

    words: list[str]
    counts: list[int]
    rows: Integers


class CatalogColumns:
    """Made by `Catalog.columns`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @contextmanager
    def unchanging(self) -> Iterator[str | None]:
        """Gives the version. What is read within is of this one moment."""
        self._db.execute("BEGIN")
        try:
            yield catalog_kept.version(self._db)
        finally:
            self._db.execute("COMMIT")

    def tokens(self) -> TokenRows:
        homes: list[Home] = []
        rows: list[int] = []
        ids: list[str] = []
        for name, chain, contract, home in self._db.execute(
            "SELECT name, chain, contract, id FROM collections ORDER BY name"
        ).fetchall():
            found = self._db.execute(
                "SELECT id, token_id FROM tokens WHERE collection = ? ORDER BY length(token_id), token_id",
                (home,),
            ).fetchall()
            if found:
                homes.append(Home(name, chain, contract, len(found)))
                rows += [row for row, _ in found]
                ids += [token_id for _, token_id in found]
        return TokenRows(homes, np.array(rows, np.int64), ids)

    def traits(self) -> Iterator[Integers]:
        """Parts of (n, 2): the row of a trait's value and that of its token, ascending."""
        return self._pairs("SELECT value, token FROM token_traits ORDER BY value, token", 2)

    def ranks(self) -> Iterator[Integers]:
        """Parts of (n, 3): a token's row, its rank, and of how many."""
        return self._pairs("SELECT token, rank, ranked FROM ranks", 3)

    def _pairs(self, statement: str, width: int) -> Iterator[Integers]:
        read = self._db.execute(statement)
        while some := read.fetchmany(_AT_ONCE):
            yield np.array(some, np.int64).reshape(-1, width)

    def postings(self) -> Iterator[Posting]:
        """Every word of every document, in order; a word is in one part whole."""
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.document_words USING fts5vocab (main, documents, row)"
        )
        self._db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.document_places"
            " USING fts5vocab (main, documents, instance)"
        )
        places = (row for (row,) in self._db.execute("SELECT doc FROM temp.document_places"))
        words: list[str] = []
        counts: list[int] = []
        total = 0
        for word, count in self._db.execute("SELECT term, cnt FROM temp.document_words"):
            words.append(word)
            counts.append(count)
            total += count
            if total >= _AT_ONCE:
                yield Posting(words, counts, np.fromiter(islice(places, total), np.int64, total))
                words, counts, total = [], [], 0
        if words:
            yield Posting(words, counts, np.fromiter(islice(places, total), np.int64, total))

    def terms(self, words: Sequence[str]) -> list[list[str]]:
        """What each word is in the documents' index: stemmed, without accents; seldom none, or several."""
        with _ASKING:
            self._db.execute(
                f'CREATE VIRTUAL TABLE IF NOT EXISTS temp.asked USING fts5 (body, tokenize = "{_TOKENIZER}")'
            )
            self._db.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.asked_terms USING fts5vocab (temp, asked, instance)"
            )
            self._db.execute("DELETE FROM temp.asked")
            self._db.executemany("INSERT INTO temp.asked (rowid, body) VALUES (?, ?)", enumerate(words))
            rows = self._db.execute("SELECT doc, term FROM temp.asked_terms ORDER BY doc, offset").fetchall()
        found = {at: [term for _, term in own] for at, own in groupby(rows, key=lambda row: row[0])}
        return [found.get(at, []) for at in range(len(words))]

    def values(self, wanted: Iterable[Has | Number | Count]) -> Integers:
        """The rows of the published values that at least one of these means, ascending."""
        where, asked = values_clause(list(wanted))
        rows = self._db.execute(f"SELECT v.id FROM trait_values v WHERE {where} ORDER BY v.id", asked)
        return np.array([row for (row,) in rows], np.int64)
