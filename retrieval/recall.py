"""How much of what is nearest a store finds: its search against an exact scan of the vectors it holds."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from magpie.progress import Tick
from retrieval.ports import Vectors, VectorStore

DEPTHS = (1, 10)
_TIE = 1e-6  # cosines that differ by less are equal: float32 sums depend on their order
_BLOCK = 8000  # rows held at a time, so that a million need no more memory than these

Shares = npt.NDArray[np.float64]


def found_shares(
    store: VectorStore, ids: Sequence[str], queries: Vectors, *, stage: str, tick: Tick
) -> Shares:
    """(q, 2): of the ``DEPTHS`` rows nearest to each query, the share that is among as many results.

    Of rows that are equally near any will do, so an exact tie is never a miss. A row that is named twice
    counts once. ``ids`` are all rows of the store, and ticks count them; with none, every share is 1.
    """
    most = min(DEPTHS[-1], len(ids))
    if not most:
        return np.ones((len(queries), len(DEPTHS)))
    results = [[row for row, _ in store.search(query, DEPTHS[-1])] for query in queries]
    best = _best(store, ids, queries, most, stage, tick)
    vectors = store.vectors(sorted({row for rows in results for row in rows}))
    shares = np.empty((len(queries), len(DEPTHS)))
    for at, (query, rows) in enumerate(zip(queries, results, strict=True)):
        for column, depth in enumerate(DEPTHS):
            wanted = min(depth, most)
            named = [float(vectors[row] @ query) for row in dict.fromkeys(rows[:depth]) if row in vectors]
            shares[at, column] = _found(best[at, :wanted].tolist(), named) / wanted
    return shares


def _found(best: Sequence[float], named: Sequence[float]) -> int:
    """How many of the ``best`` cosines, which fall, are among those ``named``."""
    left, found = sorted(named), 0
    for cosine in best:
        if left and left[-1] >= cosine - _TIE:
            left.pop()
            found += 1
    return found


def _best(
    store: VectorStore, ids: Sequence[str], queries: Vectors, most: int, stage: str, tick: Tick
) -> Vectors:
    """(q, most): the highest cosines of each query with any row, falling."""
    best = np.full((len(queries), most), -np.inf, np.float32)
    for start in range(0, len(ids), _BLOCK):
        tick(stage, start, len(ids))
        block = np.array(list(store.vectors(ids[start : start + _BLOCK]).values()), np.float32)
        if len(block):
            best = -np.sort(-np.hstack([best, queries @ block.T]), axis=1)[:, :most]
    tick(stage, len(ids), len(ids))
    return best
