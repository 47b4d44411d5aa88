"""From scores to rankings: exact, over whole galleries, with ties that always fall the same way."""

from collections.abc import Sequence

import numpy as np

DEPTH = 50  # of a run file: the largest cut-off of the protocol


def ranking(scores: np.ndarray, columns: np.ndarray, depth: int | None = None) -> np.ndarray:
    """The best ``depth`` (all, if None) of ``columns`` by their ``scores``, best first, ties by column.

    ``scores`` is one question's row over the whole gallery; a column with ``-inf`` was not retrieved and is
    left out. ``columns`` must ascend.
    """
    taken = scores[columns]
    order = np.argsort(-taken, kind="stable")[:depth]
    return np.asarray(columns[order[taken[order] > -np.inf]])


def as_run(ids: Sequence[str], ranked: np.ndarray) -> dict[str, float]:
    """A ranking as TREC scores: from its length down to 1.

    Tools that read runs sort by score, some in 32 bits, and break ties in ways of their own. Scores that only
    count places give every tool the same order; the signals' own scores are not comparable anyway.
    """
    return {ids[column]: float(len(ranked) - place) for place, column in enumerate(ranked)}
