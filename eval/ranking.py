"""From scores to rankings: exact, over whole galleries, with ties that always fall the same way."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from retrieval.ports import Vectors
from retrieval.views import discounts

DEPTH = 50  # of a run file: the largest cut-off of the protocol
# Equal pictures have equal vectors, but a matrix product may give them cosines that differ in the last bits,
# and differently on another machine. Cosines are compared at this many decimals; what is equal then ties.
DECIMALS = 6
_CELLS = 4_000_000  # scores held at a time


def ranking(scores: np.ndarray, columns: np.ndarray, depth: int | None = None) -> np.ndarray:
    """The best ``depth`` (all, if None) of ``columns`` by their ``scores``, best first, ties by column.

    ``scores`` is one question's row over the whole gallery; a column with ``-inf`` was not retrieved and is
    left out. ``columns`` must ascend.
    """
    taken = scores[columns]
    order = np.argsort(-taken, kind="stable")[:depth]
    return np.asarray(columns[order[taken[order] > -np.inf]])


def nearest(asked: Vectors, stored: Vectors, columns: np.ndarray, depth: int = DEPTH) -> np.ndarray:
    """For each row of ``asked``, (q, d), the best of the m ``columns`` of ``stored``, (n, d), by cosine.

    Of (q, v, d), a picture's views a row, by the best of their cosines less their `discounts`, as a search
    does. (q, min(depth, m)), best first, ties by column, as `ranking` orders them. ``columns`` must ascend.
    """
    among, count = stored[columns], len(columns)
    depth = min(depth, count)
    found = np.empty((len(asked), depth), np.intp)
    rows = max(1, _CELLS // max(1, count))
    for start in range(0, len(asked), rows):
        cosines = _cosines(asked[start : start + rows], among)
        # A whole number a cell, smaller where the score is higher and, among equals, the column lower: no two
        # are the same, so the order is the same whatever finds it.
        keys = np.rint(cosines * -(10**DECIMALS)).astype(np.int64) * count + np.arange(count)
        if depth < count:
            keys = np.partition(keys, depth - 1, axis=1)[:, :depth]
        keys.sort(axis=1)
        found[start : start + rows] = columns[keys % count]
    return found


def _cosines(asked: Vectors, among: Vectors) -> npt.NDArray[np.float64]:
    """(r, m): scores of (r, d) or (r, v, d) with (m, d)."""
    if asked.ndim == 2:
        return np.asarray(asked @ among.T, np.float64)
    found = np.full((len(asked), len(among)), -np.inf)
    for view, less in enumerate(discounts(asked.shape[1])):
        np.maximum(found, asked[:, view] @ among.T - less, out=found)
    return found


def as_run(ids: Sequence[str], ranked: np.ndarray) -> dict[str, float]:
    """A ranking as TREC scores: from its length down to 1.

    Tools that read runs sort by score, some in 32 bits, and break ties in ways of their own. Scores that only
    count places give every tool the same order; the signals' own scores are not comparable anyway.
    """
    return {ids[column]: float(len(ranked) - place) for place, column in enumerate(ranked.tolist())}
