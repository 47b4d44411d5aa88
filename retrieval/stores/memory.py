"""Vectors in a dict: the reference that the other store is tested against, and the one for tests."""

from collections.abc import Sequence

from retrieval.ports import Entry, Vectors


class MemoryStore:
    """Exact, and gone with the process."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Entry, Vectors]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def entries(self) -> list[Entry]:
        return [entry for entry, _ in self._rows.values()]

    def upsert(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        held = next((len(vector) for _, vector in self._rows.values()), None)
        if vectors.ndim != 2 or len(vectors) != len(entries) or held not in (None, vectors.shape[1]):
            raise ValueError(
                f"shape {vectors.shape} does not fit {len(entries)} rows of {held or 'any'} dimensions"
            )
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
        scored = [(row, float(vector @ query)) for row, (_, vector) in self._rows.items()]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]
