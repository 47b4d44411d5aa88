"""Vectors in Chroma, one Chroma collection a kind and encoder: in a folder on disk, without a server."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from magpie.errors import IndexMismatchError
from magpie.files import write_atomic
from magpie.optional import require
from retrieval.ports import SCHEMA_VERSION, DimensionError, Entry, IndexKind, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

# Chroma's default space is l2, and its default ef_search of 100 loses neighbours of the later ranks.
_HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 300}
_PAGE = 2000  # below SQLite's limit on variables in one statement


class ChromaDatabase(ABC):
    """A `retrieval.ports.VectorDatabase` less its manifest. Subclasses say where Chroma is."""

    @property
    def prefix(self) -> str:
        """What the names of this home's Chroma collections begin with."""
        return ""

    @abstractmethod
    def client(self) -> "ClientAPI":
        """Chroma's own client; to be called inside `usable`."""

    @abstractmethod
    def usable(self, *also: type[Exception]) -> AbstractContextManager[None]:
        """What Chroma or ``also`` raise inside becomes a `MagpieError`: damage shows at any call."""

    @abstractmethod
    def __str__(self) -> str:
        """Where Chroma is, for an error."""

    def open(self, kind: IndexKind, encoder: str) -> "ChromaStore":
        return ChromaStore(self, kind, encoder)

    def drop(self, kind: IndexKind, encoder: str) -> None:
        with (
            self.usable(ValueError, OSError),
            suppress(require("chromadb", extra="store").errors.NotFoundError),
        ):
            self.client().delete_collection(self.name_of(kind, encoder))

    def name_of(self, kind: IndexKind, encoder: str) -> str:
        """The Chroma collection of one kind and encoder."""
        return (
            f"{self.prefix}{kind}-{hashlib.sha256(f'{SCHEMA_VERSION} {encoder}'.encode()).hexdigest()[:16]}"
        )

    def _replaced(self, error: Exception) -> IndexMismatchError:
        return IndexMismatchError(
            f"the index in {self} was replaced by `magpie index` while it was open: start again"
        )


class ChromaFolder(ChromaDatabase):
    """Chroma in this process, over a folder that is made at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def client(self) -> "ClientAPI":
        return _embedded(str(self._folder))

    @contextmanager
    def usable(self, *also: type[Exception]) -> Iterator[None]:
        errors = require("chromadb", extra="store").errors
        try:
            yield
        except errors.NotFoundError as error:
            raise self._replaced(error) from error
        except (errors.ChromaError, *also) as error:
            raise IndexMismatchError(
                f"Chroma cannot use {self} ({error}): give it room and access, or, if it is "
                "damaged, delete that folder and run `magpie index`"
            ) from error

    def drop(self, kind: IndexKind, encoder: str) -> None:
        if self._folder.is_dir():
            super().drop(kind, encoder)

    def read_manifest(self) -> bytes | None:
        try:
            return self._manifest.read_bytes()
        except OSError:
            return None

    def write_manifest(self, manifest: bytes) -> None:
        write_atomic(self._manifest, manifest)

    def clear_manifest(self) -> None:
        self._manifest.unlink(missing_ok=True)

    @property
    def _manifest(self) -> Path:
        return self._folder / "manifest.json"


@cache  # a second client of a folder shares the first one's inside, and takes milliseconds to find that out
def _embedded(folder: str) -> "ClientAPI":
    chromadb = require("chromadb", extra="store")
    client: ClientAPI = chromadb.PersistentClient(
        folder, settings=chromadb.Settings(anonymized_telemetry=False)
    )
    return client


class ChromaStore:
    """See `retrieval.ports.VectorStore`. Approximate search; everything else is exact. Made at first use."""

    def __init__(self, place: ChromaDatabase | Path, kind: IndexKind, encoder: str) -> None:
        """``place`` may be a folder. Raises `MagpieError` if Chroma cannot be used there."""
        self._place = ChromaFolder(place) if isinstance(place, Path) else place
        self._refused = require("chromadb", extra="store").errors.InvalidArgumentError
        with self._place.usable(ValueError, OSError):
            self._rows: Collection = self._place.client().get_or_create_collection(
                self._place.name_of(kind, encoder),
                embedding_function=None,
                configuration={"hnsw": _HNSW},
                metadata={"kind": kind, "encoder": encoder},
            )

    def __len__(self) -> int:
        with self._place.usable():
            return int(self._rows.count())

    def entries(self) -> list[Entry]:
        found: list[Entry] = []
        while page := self._page(len(found)):
            found += page
        return found

    def _page(self, start: int) -> list[Entry]:
        with self._place.usable():
            got: Any = self._rows.get(include=["metadatas"], limit=_PAGE, offset=start)
        pairs = zip(got["ids"], got["metadatas"], strict=True)
        return [Entry(row, str(held["collection"]), str(held["digest"])) for row, held in pairs]

    def upsert(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        if vectors.ndim != 2 or len(vectors) != len(entries):
            raise ValueError(f"shape {vectors.shape} does not fit {len(entries)} rows")
        for part in _pages(len(entries)):
            chosen = entries[part]
            held = [{"collection": entry.collection, "digest": entry.digest} for entry in chosen]
            with self._place.usable(), self._fitting(vectors.shape):
                self._rows.upsert(
                    ids=[entry.id for entry in chosen], embeddings=vectors[part], metadatas=held
                )

    def remove(self, ids: Sequence[str]) -> None:
        with self._place.usable():
            for part in _pages(len(ids)):
                self._rows.delete(ids=list(ids[part]))

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        for part in _pages(len(ids)):
            with self._place.usable():
                got: Any = self._rows.get(ids=list(ids[part]), include=["embeddings"])
            found.update(zip(got["ids"], np.asarray(got["embeddings"], np.float32), strict=True))
        return {row: found[row] for row in ids if row in found}

    def search(self, query: Vectors, k: int) -> list[tuple[str, float]]:
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        with self._place.usable(), self._fitting(query.shape):
            got: Any = self._rows.query(query_embeddings=[query], n_results=k, include=["distances"])
        scored = zip(got["ids"][0], (1 - distance for distance in got["distances"][0]), strict=True)
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))

    @contextmanager
    def _fitting(self, shape: tuple[int, ...]) -> Iterator[None]:
        """Turns Chroma's refusal of vectors of another length into a `DimensionError`."""
        try:
            yield
        except self._refused as error:
            if "dimension" not in str(error):
                raise
            raise DimensionError(shape, str(error)) from error


def _pages(count: int) -> Iterator[slice]:
    return (slice(start, start + _PAGE) for start in range(0, count, _PAGE))
