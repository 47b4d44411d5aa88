"""Vectors in a Chroma folder on disk, one Chroma collection a kind and encoder."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from magpie.errors import IndexMismatchError
from magpie.optional import require
from retrieval.manifest import SCHEMA_VERSION
from retrieval.ports import Entry, IndexKind, Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

# Chroma's default space is l2, and its default ef_search of 100 loses neighbours of the later ranks.
_HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 300}
_PAGE = 2000  # below SQLite's limit on variables in one statement


class ChromaStore:
    """See `retrieval.ports.VectorStore`. Approximate search; everything else is exact. Made at first use."""

    def __init__(self, folder: Path, kind: IndexKind, encoder: str) -> None:
        """Raises `IndexMismatchError` if the folder is there but Chroma cannot read it."""
        chromadb = require("chromadb", extra="store")
        settings = chromadb.Settings(anonymized_telemetry=False)
        self._folder = folder
        self._refused, self._broken = chromadb.errors.InvalidArgumentError, chromadb.errors.ChromaError
        self._gone = chromadb.errors.NotFoundError
        with self._readable(ValueError, OSError):
            client = chromadb.PersistentClient(str(folder), settings=settings)
            self._rows: Collection = client.get_or_create_collection(
                _name(kind, encoder),
                embedding_function=None,
                configuration={"hnsw": _HNSW},
                metadata={"kind": kind, "encoder": encoder},
            )

    @contextmanager
    def _readable(self, *also: type[Exception]) -> Iterator[None]:
        """What Chroma or ``also`` raise inside becomes an `IndexMismatchError`: damage shows at any call."""
        try:
            yield
        except self._gone as error:
            raise IndexMismatchError(
                f"the index in {self._folder} was replaced by `magpie index` while it was open: start again"
            ) from error
        except (self._broken, *also) as error:
            raise IndexMismatchError(
                f"Chroma cannot use {self._folder} ({error}): give it room and access, or, if it is "
                "damaged, delete that folder and run `magpie index`"
            ) from error

    def __len__(self) -> int:
        with self._readable():
            return int(self._rows.count())

    def entries(self) -> list[Entry]:
        found: list[Entry] = []
        while page := self._page(len(found)):
            found += page
        return found

    def _page(self, start: int) -> list[Entry]:
        with self._readable():
            got: Any = self._rows.get(include=["metadatas"], limit=_PAGE, offset=start)
        pairs = zip(got["ids"], got["metadatas"], strict=True)
        return [Entry(row, str(held["collection"]), str(held["digest"])) for row, held in pairs]

    def upsert(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        if vectors.ndim != 2 or len(vectors) != len(entries):
            raise ValueError(f"shape {vectors.shape} does not fit {len(entries)} rows")
        for part in _pages(len(entries)):
            chosen = entries[part]
            held = [{"collection": entry.collection, "digest": entry.digest} for entry in chosen]
            with self._readable():
                try:
                    self._rows.upsert(
                        ids=[entry.id for entry in chosen], embeddings=vectors[part], metadatas=held
                    )
                except self._refused as error:
                    raise ValueError(f"shape {vectors.shape} does not fit this store ({error})") from error

    def remove(self, ids: Sequence[str]) -> None:
        with self._readable():
            for part in _pages(len(ids)):
                self._rows.delete(ids=list(ids[part]))

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        for part in _pages(len(ids)):
            with self._readable():
                got: Any = self._rows.get(ids=list(ids[part]), include=["embeddings"])
            found.update(zip(got["ids"], np.asarray(got["embeddings"], np.float32), strict=True))
        return {row: found[row] for row in ids if row in found}

    def search(self, query: Vectors, k: int) -> list[tuple[str, float]]:
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        with self._readable():
            got: Any = self._rows.query(query_embeddings=[query], n_results=k, include=["distances"])
        scored = zip(got["ids"][0], (1 - distance for distance in got["distances"][0]), strict=True)
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))


def drop(folder: Path, kind: IndexKind, encoder: str) -> None:
    """Delete the rows of one kind and encoder; nothing happens if there are none."""
    if not folder.is_dir():
        return
    chromadb = require("chromadb", extra="store")
    client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
    with suppress(chromadb.errors.NotFoundError):
        client.delete_collection(_name(kind, encoder))


def _name(kind: IndexKind, encoder: str) -> str:
    return f"{kind}-{hashlib.sha256(f'{SCHEMA_VERSION} {encoder}'.encode()).hexdigest()[:16]}"


def _pages(count: int) -> Iterator[slice]:
    return (slice(start, start + _PAGE) for start in range(0, count, _PAGE))
