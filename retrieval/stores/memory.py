"""Vectors in a dict: the reference that the other stores are tested against, and the one for tests."""

from collections.abc import Sequence

from retrieval.ports import DimensionError, Entry, IndexKind, Vectors


class MemoryStore:
    """Exact, and gone with the process."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Entry, Vectors]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def entries(self) -> list[Entry]:
        return [entry for entry, _ in self._rows.values()]

    def upsert(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        if vectors.ndim != 2 or len(vectors) != len(entries):
            raise ValueError(f"shape {vectors.shape} does not fit {len(entries)} rows")
        self._check(vectors)
        self._rows.update(
            {entry.id: (entry, row.copy()) for entry, row in zip(entries, vectors, strict=True)}
        )

    def remove(self, ids: Sequence[str]) -> None:
        for row in ids:
            self._rows.pop(row, None)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        return {row: self._rows[row][1] for row in ids if row in self._rows}

    def search(self, query: Vectors, k: int) -> list[tuple[str, float]]:
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        self._check(query)
        scored = [(row, float(vector @ query)) for row, (_, vector) in self._rows.items()]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _check(self, vectors: Vectors) -> None:
        held = next((len(vector) for _, vector in self._rows.values()), None)
        if held not in (None, vectors.shape[-1]):
            raise DimensionError(vectors.shape, f"vectors of {held} dimensions")


class MemoryDatabase:
    """See `retrieval.ports.VectorDatabase`."""

    def __init__(self) -> None:
        self._stores: dict[tuple[IndexKind, str], MemoryStore] = {}
        self._manifest: bytes | None = None

    def open(self, kind: IndexKind, encoder: str) -> MemoryStore:
        return self._stores.setdefault((kind, encoder), MemoryStore())

    def drop(self, kind: IndexKind, encoder: str) -> None:
        self._stores.pop((kind, encoder), None)

    def read_manifest(self) -> bytes | None:
        return self._manifest

    def write_manifest(self, manifest: bytes) -> None:
        self._manifest = manifest

    def clear_manifest(self) -> None:
        self._manifest = None
