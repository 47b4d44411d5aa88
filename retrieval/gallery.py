"""One index to search: approximately through its store, or exactly among given tokens."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from magpie.domain import TokenRef
from retrieval.columns.matrix import Matrix
from retrieval.columns.roster import Selection
from retrieval.fusion import reference_order
from retrieval.ports import Entry, Vectors, VectorStore
from retrieval.views import discounts

# Without columns: up to this many rows are fetched by id; beyond it, all rows once, kept for the next search.
# Chroma gives about 30 rows a millisecond either way.
_FETCH = 2000
# Up to this many rows an unfiltered search compares every one: a graph loses some of what words are near.
SCAN = 2_000_000


class Gallery:
    """A vector store seen as token references. What it holds must not change while it is open.

    Why not the store's own filter: with a filter, approximate search loses matches. Here a filtered search
    looks at every allowed vector, so it is exact at any selectivity.
    """

    def __init__(self, store: VectorStore, matrix: Matrix | None = None) -> None:
        """``matrix`` holds what ``store`` holds; without it the store is asked for every vector."""
        self._store, self._matrix = store, matrix

    def vector(self, ref: TokenRef) -> Vectors | None:
        """(d,), or None if the token is not in this index."""
        return self._store.vectors([str(ref)]).get(str(ref))

    def nearest(self, query: Vectors, k: int) -> list[tuple[TokenRef, float]]:
        """At most ``k`` (token, score) among all tokens, best first; approximate.

        ``query`` is (d,), and scores are cosines; or (v, d), a picture's views, and a token's score is the
        best of its cosines with them, each less its `discounts`.
        """
        if self._matrix is not None and len(self._matrix) <= SCAN:
            return self._scanned(self._matrix, query, None, k)
        found: dict[str, float] = {}
        # A token among the best k has its score from a view that ranks it among the best k.
        looks = np.atleast_2d(query)
        for look, less in zip(looks, discounts(len(looks)).tolist(), strict=True):
            for row, cosine in self._store.search(look, k):
                found[row] = max(found.get(row, -np.inf), cosine - less)
        ranked = [(TokenRef.parse(row), score) for row, score in found.items()]
        return ranked if len(looks) == 1 else _best(ranked, k)

    def exact(self, query: Vectors, allowed: Sequence[TokenRef], k: int) -> list[tuple[TokenRef, float]]:
        """As `nearest`, among the indexed of ``allowed`` and exactly, ties by reference."""
        if self._matrix is not None:
            return self._scanned(self._matrix, query, self._matrix.roster.selection(allowed), k)
        refs = {str(ref): ref for ref in allowed}
        ids, vectors = self._rows(list(refs))
        if not ids:
            return []
        looks = np.atleast_2d(query)
        scores = (vectors @ looks.T - discounts(len(looks))).max(axis=1)
        least = np.partition(scores, -k)[-k] if k < len(ids) else -np.inf
        return _best([(refs[ids[row]], float(scores[row])) for row in np.flatnonzero(scores >= least)], k)

    def by_collection(self) -> dict[str, Vectors]:
        """All vectors, (n, d) a collection."""
        if self._matrix is not None:
            return self._matrix.by_collection()
        rows, vectors = self._all
        numbers: dict[str, list[int]] = {}
        for row, entry in enumerate(rows):
            numbers.setdefault(entry.collection, []).append(row)
        return {name: vectors[held] for name, held in numbers.items()}

    def _scanned(
        self, matrix: Matrix, query: Vectors, among: Selection | None, k: int
    ) -> list[tuple[TokenRef, float]]:
        found = matrix.nearest(query, among, k)
        refs = matrix.roster.refs(np.array([number for number, _ in found], np.int64))
        return list(zip(refs, (score for _, score in found), strict=True))

    @cached_property
    def _all(self) -> tuple[list[Entry], Vectors]:
        entries = self._store.entries()
        vectors = self._store.vectors([entry.id for entry in entries])
        return entries, np.stack(list(vectors.values())) if vectors else np.zeros((0, 0), np.float32)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {entry.id: row for row, entry in enumerate(self._all[0])}

    def _rows(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Those of ``ids`` that are here, and their vectors."""
        if len(ids) <= _FETCH and "_all" not in self.__dict__:
            found = self._store.vectors(ids)
            return list(found), np.array(list(found.values()), np.float32)
        present = [row for row in ids if row in self._row_of]
        return present, self._all[1][[self._row_of[row] for row in present]]


def _best(scored: list[tuple[TokenRef, float]], k: int) -> list[tuple[TokenRef, float]]:
    return sorted(scored, key=lambda pair: (-pair[1], reference_order(pair[0])))[:k]
