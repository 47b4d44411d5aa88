"""Measures of a ranking, their chance level and their bootstrap intervals.

The measures are ir_measures' own (``Success@k``, ``R@k``, ``nDCG@k``); only what it lacks is computed here.
If one answer is right, the first two are one number. If several are, ``Success@k`` (is any of them in the
first k? the paper's *top-k accuracy*; at 1 it is the precision) and ``R@k`` (what share of them is?) differ.
``nDCG@k`` (Järvelin and Kekäläinen, 2002) says how near the first k come to the best possible order.
"""

from collections.abc import Mapping, Sequence
from math import comb, log2

import numpy as np
from pydantic import Field

from magpie.domain import Model
from magpie.optional import require

# Of the first k answers, however few: 1 if there are any and all are right. ir_measures has no such measure.
CLEAN = "Clean"
Run = Mapping[str, Mapping[str, float]]
Qrels = Mapping[str, Mapping[str, int]]
RESAMPLES = 2000
CONFIDENCE = 0.95


class Figure(Model):
    """A mean over queries, the ends of its bootstrap interval, and what random order would score."""

    mean: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    chance: float = Field(ge=0, le=1)


def names(cutoffs: Sequence[int]) -> list[str]:
    """The measures of a retrieval evaluation, in ir_measures' spelling."""
    return [f"{measure}@{k}" for measure in ("Success", "R", "nDCG") for k in cutoffs]


def per_query(measures: Sequence[str], qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Each measure's value for each query of ``qrels``: ``values[measure][query]``.

    A query that retrieved nothing scores 0. Raises ``ValueError`` if the run answers a query that the qrels
    do not have, or if a query has no right answer, for which no measure is defined.
    """
    library = require("ir_measures", extra="eval")
    if unknown := sorted(set(run) - set(qrels)):
        raise ValueError(f"the run answers queries without judgements, {unknown[0]!r} for one")
    if empty := sorted(query for query, judged in qrels.items() if max(judged.values(), default=0) < 1):
        raise ValueError(f"no measure is defined for a query without a right answer, {empty[0]!r} for one")
    values = {measure: dict.fromkeys(qrels, 0.0) for measure in measures}
    for measure in (name for name in measures if name.startswith(CLEAN)):
        values[measure] |= _clean(int(measure.partition("@")[2]), qrels, run)
    parsed = {library.parse_measure(name): name for name in measures if not name.startswith(CLEAN)}
    for found in library.iter_calc(list(parsed), qrels, run) if parsed else ():
        values[parsed[found.measure]][found.query_id] = found.value
    return values


def _clean(k: int, qrels: Qrels, run: Run) -> dict[str, float]:
    found: dict[str, float] = {}
    for query, scores in run.items():
        first = sorted(scores, key=lambda document: -scores[document])[:k]
        found[query] = float(bool(first) and all(qrels[query].get(document, 0) > 0 for document in first))
    return found


def chance(measure: str, *, gallery: int, relevant: int) -> float:
    """The expected value of a random order of ``gallery`` items of which ``relevant`` are right answers."""
    name, _, cutoff = measure.partition("@")
    seen = min(int(cutoff), gallery)
    if name == "R":
        return seen / gallery
    if name == "Success":
        return 1 - comb(gallery - relevant, seen) / comb(gallery, seen)
    if name == CLEAN:
        return comb(relevant, seen) / comb(gallery, seen)
    if name == "nDCG":
        return relevant / gallery * _discounts(seen) / _discounts(min(int(cutoff), relevant))
    raise ValueError(f"no chance level is known for {measure!r}")


def intervals(values: np.ndarray, *, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Percentile-bootstrap 95% intervals, (2, m), of the column means of ``values``, (n queries, m measures).

    Queries are resampled, the same ones for every column. A column without variance gets an interval of no
    width: the bootstrap cannot see what did not happen.
    """
    return _ends(_resampled(values, seed, resamples), values.min(axis=0), values.max(axis=0))


def grouped_intervals(
    groups: Sequence[np.ndarray], *, seed: int, resamples: int = RESAMPLES
) -> tuple[np.ndarray, np.ndarray]:
    """The mean over groups of their column means, (m,), and its interval, (2, m).

    Each group, (n of its queries, m), is resampled by itself and weighs the same, however many queries it
    has; the groups themselves are taken as given.
    """
    means = np.mean([group.mean(axis=0) for group in groups], axis=0)
    drawn = np.mean([_resampled(group, [seed, at], resamples) for at, group in enumerate(groups)], axis=0)
    lowest = np.mean([group.min(axis=0) for group in groups], axis=0)
    highest = np.mean([group.max(axis=0) for group in groups], axis=0)
    return np.clip(means, lowest, highest), _ends(drawn, lowest, highest)


def _resampled(values: np.ndarray, seed: int | Sequence[int], resamples: int) -> np.ndarray:
    """(resamples, m): column means of ``values`` over queries drawn with replacement."""
    queries = len(values)
    generator = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, 100):  # in blocks, so that many queries do not mean much memory
        rows = min(100, resamples - start)
        draws = generator.multinomial(queries, np.full(queries, 1 / queries), size=rows)
        means[start : start + rows] = draws @ values / queries
    return means


def _ends(means: np.ndarray, lowest: np.ndarray, highest: np.ndarray) -> np.ndarray:
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(means, (tail, 1 - tail), axis=0)
    # The resampled sums of equal floats may stray from them by a bit.
    return np.asarray(np.clip(ends, lowest, highest))


def _discounts(places: int) -> float:
    """What right answers in all of the first ``places`` are worth."""
    return sum(1 / log2(place + 1) for place in range(1, places + 1))
