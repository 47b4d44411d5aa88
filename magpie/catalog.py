"""The catalogue: collections, tokens, traits and captions in one SQLite file, with exact traits and BM25.

Ingest writes it; search, agent and evaluation read it. It knows nothing of vectors.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Self

from magpie import catalog_kept, catalog_ranks, text
from magpie.catalog_columns import CatalogColumns
from magpie.catalog_ranks import Ranked, RankingRecord
from magpie.catalog_rows import Changes, CollectionCount, TraitCount, digest, token_from, words_to_match
from magpie.catalog_where import refs_clauses, where_clause
from magpie.catalog_writes import drop_unused_values, write_token
from magpie.domain import Collection, Token, TokenRef, Trait
from magpie.errors import InputError, SourceError, unknown_name
from magpie.query import Filter

# Bump when the tables change; an older file is refused with the command that rebuilds it.
SCHEMA_VERSION = 3


class Catalog:
    """An open catalogue. Use as a context manager; one object a thread."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Raises `InputError` if there is none and ``create`` is false, `SourceError` if it is unreadable."""
        if not create and not path.is_file():
            raise InputError(
                f"nothing is ingested at {path.parent}: run `magpie ingest sample`, or give --home"
            )
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"cannot make the folder {path.parent} ({error.strerror}): give --home"
            ) from error
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise SourceError(
                f"{path} is not a readable catalogue ({error}); move it away and ingest again"
            ) from error

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise SourceError(f"{self._path} has another version's format; move it away and ingest again")
        if version == 0:
            self._db.executescript(files("magpie").joinpath("catalog_schema.sql").read_text("utf-8"))
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        catalog_kept.prepare(self._db)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, trace: object) -> None:
        """Close. What SQLite could not do meanwhile becomes a `SourceError`."""
        self.close()
        if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise SourceError(
                f"{self._path}: {error}; make room or access, or move it away and ingest again"
            ) from error

    # -- writing

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or none of what is written within it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def put_collection(self, collection: Collection) -> None:
        """Add the collection, or replace the record (and so the tokens' identity) of the one with this name.

        Raises `InputError` if another name already has this contract, or differs from this one only in case,
        spacing or punctuation.
        """
        row = self._db.execute(
            "SELECT name FROM collections WHERE chain = ? AND contract = ? AND name <> ?",
            (collection.chain, collection.contract, collection.name),
        ).fetchone()
        if row:
            raise InputError(
                f"{collection.contract} on {collection.chain} is ingested already, as {row[0]!r}"
            )
        folded = text.fold(collection.name)
        for (name,) in self._db.execute("SELECT name FROM collections WHERE name <> ?", (collection.name,)):
            if text.fold(name) == folded:
                raise InputError(f"{collection.name!r} is spelt like {name!r}, which is ingested already")
        self._db.execute(
            "INSERT INTO collections (name, chain, contract, record) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET chain = excluded.chain, contract = excluded.contract,"
            " record = excluded.record",
            (collection.name, collection.chain, collection.contract, collection.model_dump_json()),
        )

    def put_tokens(self, collection: Collection, tokens: Iterable[Token]) -> Changes:
        """Write the tokens in one transaction, touching only those that differ. All or none."""
        home = self._collection_row(collection.name)
        known = {
            token_id: (row, digest)
            for row, token_id, digest in self._db.execute(
                "SELECT id, token_id, digest FROM tokens WHERE collection = ?", (home,)
            )
        }
        added = changed = unchanged = 0
        with self._transaction():
            for token in tokens:
                token_id = str(token.ref.token_id)
                signature = digest(token)
                row, old = known.get(token_id, (None, None))
                if signature == old:
                    unchanged += 1
                    continue
                if not added and not changed:
                    catalog_ranks.forget(self._db, home)
                known[token_id] = (write_token(self._db, home, row, token, signature), signature)
                added, changed = (added + 1, changed) if row is None else (added, changed + 1)
            drop_unused_values(self._db, home)
        return Changes(added, changed, unchanged)

    def remove_tokens(self, collection: str, token_ids: Iterable[int]) -> int:
        """Forget tokens; returns how many were there."""
        home = self._collection_row(collection)
        removed = 0
        with self._transaction():
            for token_id in token_ids:
                row = self._db.execute(
                    "DELETE FROM tokens WHERE collection = ? AND token_id = ? RETURNING id",
                    (home, str(token_id)),
                ).fetchone()
                if row:
                    self._db.execute("DELETE FROM documents WHERE rowid = ?", row)
                    removed += 1
            if removed:
                catalog_ranks.forget(self._db, home)
            drop_unused_values(self._db, home)
        return removed

    def remove_collection(self, name: str) -> int:
        """Forget a collection and its tokens; returns how many tokens it had."""
        home = self._collection_row(name)
        ids = [
            int(t) for (t,) in self._db.execute("SELECT token_id FROM tokens WHERE collection = ?", (home,))
        ]
        removed = self.remove_tokens(name, ids)
        self._db.execute("DELETE FROM collections WHERE id = ?", (home,))
        return removed

    # -- reading

    def collections(self) -> list[Collection]:
        """All collections, by name."""
        rows = self._db.execute("SELECT record FROM collections ORDER BY name COLLATE NOCASE")
        return [Collection.model_validate_json(record) for (record,) in rows]

    def collection(self, name: str) -> Collection:
        """The collection of that name, whatever its case and spacing. Raises `InputError` that suggests."""
        found = {text.fold(c.name): c for c in self.collections()}.get(text.fold(name))
        if found is None:
            raise unknown_name("collection", name, (c.name for c in self.collections()))
        return found

    def collection_of(self, ref: TokenRef) -> Collection | None:
        """The collection whose contract ``ref`` names, if it is here."""
        row = self._db.execute(
            "SELECT record FROM collections WHERE chain = ? AND contract = ?", (ref.chain, ref.contract)
        ).fetchone()
        return Collection.model_validate_json(row[0]) if row else None

    def counts(self) -> dict[str, CollectionCount]:
        """Tokens, images and trait assignments by collection name, including empty collections."""
        rows = self._db.execute(
            "SELECT c.name, COUNT(t.id), COUNT(t.image),"
            " COALESCE(SUM((SELECT COUNT(*) FROM token_traits tt WHERE tt.token = t.id)), 0)"
            " FROM collections c LEFT JOIN tokens t ON t.collection = c.id GROUP BY c.id"
        )
        return {name: CollectionCount(tokens, images, traits) for name, tokens, images, traits in rows}

    def token(self, ref: TokenRef) -> Token | None:
        """The token, or None if it is not here."""
        return self.tokens([ref]).get(ref)

    def tokens(self, refs: Sequence[TokenRef]) -> dict[TokenRef, Token]:
        """The tokens that are here, in the order asked."""
        found: dict[TokenRef, Token] = {}
        for where, values in refs_clauses(refs):
            found.update((token.ref, token) for token in self._token_rows(where, values))
        return {ref: found[ref] for ref in refs if ref in found}

    def iter_tokens(self, collections: Sequence[str] = ()) -> Iterator[Token]:
        """All tokens of the named collections (all, if none is named), by collection name and token id."""
        for name in collections or [c.name for c in self.collections()]:
            yield from self._token_rows("c.name = ?", (name,))

    def _token_rows(self, where: str, values: Sequence[str | float]) -> list[Token]:
        rows = self._db.execute(
            "SELECT t.id, c.chain, c.contract, c.name, t.token_id, t.name, t.caption, t.image,"
            " t.image_sha256, v.type, v.value FROM collections c JOIN tokens t ON t.collection = c.id"
            " LEFT JOIN token_traits tt ON tt.token = t.id LEFT JOIN trait_values v ON v.id = tt.value"
            f" WHERE {where} ORDER BY length(t.token_id), t.token_id, tt.position",
            values,
        )
        traits: dict[int, list[Trait]] = {}
        heads: dict[int, tuple[str, ...]] = {}
        for row, *head, type_, value in rows:
            heads.setdefault(row, tuple(head))
            held = traits.setdefault(row, [])
            if value is not None:
                held.append(Trait(type=type_, value=value))
        return [token_from(head, traits[row]) for row, head in heads.items()]

    def trait_counts(self, collections: Sequence[str] = ()) -> list[TraitCount]:
        """Every published trait with its number of tokens, by collection, then most common first."""
        return catalog_kept.trait_counts(self._db, collections)

    def select(self, condition: Filter) -> list[TokenRef]:
        """Every token that meets the conditions, by collection name and token id. Exact."""
        where, values = where_clause(condition)
        rows = self._db.execute(
            "SELECT c.chain, c.contract, t.token_id FROM tokens t JOIN collections c ON c.id = t.collection"
            f" WHERE {where} ORDER BY c.name, length(t.token_id), t.token_id",
            values,
        )
        return [TokenRef(chain=chain, contract=contract, token_id=int(i)) for chain, contract, i in rows]

    def bm25(self, query: str, k: int, condition: Filter | None = None) -> list[tuple[TokenRef, float]]:
        """The best ``k`` tokens by BM25 over name, caption and traits; higher is better, ties by token.

        Words are alternatives, not all required. No usable word gives an empty list.
        """
        terms = words_to_match(query)
        if not terms:
            return []
        where, values = where_clause(condition or Filter())
        rows = self._db.execute(
            "SELECT c.chain, c.contract, t.token_id, -bm25(documents) AS score FROM documents"
            " JOIN tokens t ON t.id = documents.rowid JOIN collections c ON c.id = t.collection"
            f" WHERE documents MATCH ? AND {where}"
            " ORDER BY score DESC, c.name, length(t.token_id), t.token_id LIMIT ?",
            (" OR ".join(f'"{term}"' for term in terms), *values, k),
        )
        return [(TokenRef(chain=ch, contract=co, token_id=int(i)), score) for ch, co, i, score in rows]

    def put_ranks(
        self, collection: str, record: RankingRecord, ranks: Iterable[tuple[int, int, float]]
    ) -> None:
        """Keep the rarity of a whole collection, as token id, rank, score."""
        with self._transaction():
            catalog_ranks.put(self._db, self._collection_row(collection), record, ranks)

    def ranks(self, refs: Sequence[TokenRef]) -> dict[TokenRef, Ranked]:
        """The rarity of those that are ranked, in the order asked."""
        return catalog_ranks.of_tokens(self._db, refs)

    def unranked(self, collections: Sequence[str] = ()) -> list[str]:
        """The named collections, or all, that have tokens and no ranks, by name."""
        return catalog_ranks.unranked(self._db, collections)

    def dataset_hash(self) -> str:
        """A digest of every token's identity, picture and caption: equal datasets, equal hash."""
        return catalog_kept.dataset_hash(self._db)

    def version(self) -> str | None:
        """Another after every change of a token, a collection or a rank; None where that is not recorded."""
        return catalog_kept.version(self._db)

    @property
    def columns(self) -> CatalogColumns:
        """The same tokens, column by column."""
        return CatalogColumns(self._db)

    def _collection_row(self, name: str) -> int:
        row = self._db.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise unknown_name("collection", name, (c.name for c in self.collections()))
        return int(row[0])
