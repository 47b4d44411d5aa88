"""Measures of a ranking, their chance level and their bootstrap intervals.

The measures are ir_measures' own (``Success@k``, ``R@k``); only what it lacks is computed here. If one answer
is right, the two are one number. If several are, ``Success@k`` (is any of them in the first k? the paper's
*top-k accuracy*) and ``R@k`` (what share of them is?) differ.
"""

from collections.abc import Mapping, Sequence
from math import comb

import numpy as np
from pydantic import Field

from magpie.domain import Model
from magpie.optional import require

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
    return [f"{measure}@{k}" for measure in ("Success", "R") for k in cutoffs]


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
    parsed = {library.parse_measure(measure): measure for measure in measures}
    for found in library.iter_calc(list(parsed), qrels, run):
        values[parsed[found.measure]][found.query_id] = found.value
    return values


def chance(measure: str, *, gallery: int, relevant: int) -> float:
    """The expected value of a random order of ``gallery`` items of which ``relevant`` are right answers."""
    name, _, cutoff = measure.partition("@")
    seen = min(int(cutoff), gallery)
    if name == "R":
        return seen / gallery
    if name == "Success":
        return 1 - comb(gallery - relevant, seen) / comb(gallery, seen)
    raise ValueError(f"no chance level is known for {measure!r}")


def intervals(values: np.ndarray, *, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Percentile-bootstrap 95% intervals, (2, m), of the column means of ``values``, (n queries, m measures).

    Queries are resampled, the same ones for every column. A column without variance gets an interval of no
    width: the bootstrap cannot see what did not happen.
    """
    queries = len(values)
    generator = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    for start in range(0, resamples, 100):  # in blocks, so that many queries do not mean much memory
        rows = min(100, resamples - start)
        draws = generator.multinomial(queries, np.full(queries, 1 / queries), size=rows)
        means[start : start + rows] = draws @ values / queries
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(means, (tail, 1 - tail), axis=0)
    # The resampled sums of equal floats may stray from them by a bit.
    return np.asarray(np.clip(ends, values.min(axis=0), values.max(axis=0)))
