"""The systems under test: each signal alone, and fused, with and without the words read as conditions.

Conditions, fusion and weights are the search's own; only the candidates differ: every token of the gallery.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from eval.protocol import Case, Gallery, Scope, Task
from eval.ranking import DEPTH, nearest, ranking
from eval.report import Plan, System
from eval.signals import Scorer, Sides
from magpie.query import Filter, Signal
from retrieval.demands import combined, demands
from retrieval.fusion import WEIGHTS, fuse
from retrieval.search import DEPTH as FUSED_DEPTH
from retrieval.search import Searcher

WORD_SIGNALS: tuple[Signal, ...] = ("image", "caption", "bm25")


def by_vectors(task: Task, sides: Sides, scope: Scope) -> dict[str, np.ndarray]:
    """The gallery columns that one signal's vectors rank, best first, at most `DEPTH`, by case id."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, case in enumerate(task.cases):
        rows["" if scope == "pooled" else case.collection].append(row)
    found: dict[str, np.ndarray] = {}
    for group in rows.values():
        columns = task.gallery.columns(task.cases[group[0]], scope)
        ranked = nearest(sides.asked[group], sides.stored, columns)
        found.update(zip([task.cases[row].id for row in group], ranked, strict=True))
    return {case.id: found[case.id] for case in task.cases}


class Systems:
    """Ranks one case of words at a time by the systems of a plan that are more than one signal's vectors."""

    def __init__(
        self, searcher: Searcher, gallery: Gallery, scorers: Mapping[Signal, Scorer], plan: Plan
    ) -> None:
        """``scorers`` has each signal that the plan needs (`needed`)."""
        self._searcher, self._gallery, self._plan = searcher, gallery, plan
        # A case is ranked in one scope after the other; its scores are the same in both.
        self._scorers = {signal: lru_cache(maxsize=2)(scorer) for signal, scorer in scorers.items()}

    def rank(self, case: Case, scope: Scope) -> dict[System, np.ndarray]:
        """The gallery columns that each system ranks, best first, at most `DEPTH`; empty if none."""
        columns = self._gallery.columns(case, scope)
        found: dict[System, np.ndarray] = {}
        if "bm25" in self._plan.systems:
            found["bm25"] = ranking(self._scorers["bm25"](case.text), columns, DEPTH)
        if "fused" in self._plan.systems:
            found["fused"] = self._fused(self._ranked(case.text, columns))
        if {"traits", "fused+traits"} & set(self._plan.systems):
            found |= self._conditioned(case, scope, columns)
        return {system: ranked for system, ranked in found.items() if system in self._plan.systems}

    def _conditioned(self, case: Case, scope: Scope, columns: np.ndarray) -> dict[System, np.ndarray]:
        """What a search does: conditions first, then all signals among the tokens that meet them."""
        collections = (case.collection,) if scope == "in-collection" else self._plan.collections
        reading = self._searcher.read(case.text, collections)
        demanded = demands(Filter(), reading.matches)
        met = self._searcher.catalog.select(combined(collections, demanded)) if demanded else ()
        places = {self._gallery.column[ref] for ref in met if ref in self._gallery.column}
        alike = columns[[column in places for column in columns.tolist()]]
        found: dict[System, np.ndarray] = {"traits": alike[:DEPTH]}
        if "fused+traits" in self._plan.systems:
            lists = self._ranked(reading.wanted.strip(), alike if demanded else columns)
            found["fused+traits"] = self._fused(
                {**lists, "traits": [(column, 1.0) for column in alike.tolist()]}
            )
        return found

    def _ranked(self, question: str, columns: np.ndarray) -> dict[Signal, list[tuple[int, float]]]:
        lists: dict[Signal, list[tuple[int, float]]] = {}
        for signal in WORD_SIGNALS if question else ():
            scores = self._scorers[signal](question)
            best = ranking(scores, columns, FUSED_DEPTH)
            lists[signal] = list(zip(best.tolist(), scores[best].tolist(), strict=True))
        return lists

    def _fused(self, lists: Mapping[Signal, Sequence[tuple[int, float]]]) -> np.ndarray:
        refs = self._gallery.refs
        named = {
            signal: [(refs[column], score) for column, score in ranked] for signal, ranked in lists.items()
        }
        return np.array([self._gallery.column[hit.ref] for hit in fuse(named, WEIGHTS, DEPTH)], dtype=np.intp)


def needed(plan: Plan) -> tuple[Signal, ...]:
    """The signals that the plan's systems rank with, the exact trait index aside."""
    if any(system.startswith("fused") for system in plan.systems):
        return WORD_SIGNALS
    return tuple(signal for signal in WORD_SIGNALS if signal in plan.systems)
