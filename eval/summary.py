"""Per-query values to figures: means, intervals, chance; over all queries, by collection and by kind."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypedDict

import numpy as np

from eval import metrics
from eval.artefacts import Evidence
from eval.metrics import Figure
from eval.protocol import Case, Reading, Scope, Task
from eval.report import Row, System

Place = tuple[Scope, System, Reading]
# A part's own row is for comparing parts; every cut-off of every one would bury the rest.
PART_MEASURES = ("Success@1", "Success@10", "nDCG@10")


class Tables(TypedDict):
    """A report's figures; see `eval.report.Report`."""

    rows: tuple[Row, ...]
    by_collection: tuple[Row, ...]
    by_kind: tuple[Row, ...]
    over_collections: tuple[Row, ...]


def tables(task: Task, evidence: Evidence, *, seed: int) -> Tables:
    """Every figure, a row for each gallery, system and reading, with intervals by ``seed``."""
    collections = _parts(task.cases, lambda case: case.collection)
    kinds = {kind: cases for kind, cases in _parts(task.cases, lambda case: case.kind).items() if kind}
    places = list(evidence.values)
    inside = [place for place in places if place[0] == "in-collection"]
    summary = _Summary(task, evidence, seed)
    return Tables(
        rows=tuple(summary.rows(task.cases, places)),
        by_collection=tuple(
            row.model_copy(update={"collection": name})
            for name, cases in collections.items()
            for row in summary.rows(cases, inside, PART_MEASURES)
        ),
        by_kind=tuple(
            row.model_copy(update={"kind": name})
            for name, cases in kinds.items()
            for row in summary.rows(cases, places, PART_MEASURES)
        ),
        over_collections=tuple(summary.mean_of(list(collections.values()), place) for place in inside),
    )


def _parts(cases: Sequence[Case], part: Callable[[Case], str]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[part(case)].append(case)
    return dict(sorted(found.items()))


class _Summary:
    """Rows from one run's evidence."""

    def __init__(self, task: Task, evidence: Evidence, seed: int) -> None:
        self._task, self._evidence, self._seed = task, evidence, seed

    def rows(self, cases: Sequence[Case], places: Sequence[Place], measures: Sequence[str] = ()) -> list[Row]:
        """A row for each place over the same ``cases``, and so over the same resamples of them."""
        if not places:
            return []
        names = list(measures or self._evidence.values[places[0]])
        tables = [self._values(cases, place, names) for place in places]
        ends = metrics.intervals(np.hstack(tables), seed=self._seed).reshape(2, len(places), len(names))
        return [
            self._row([cases], place, names, table.mean(axis=0), ends[:, at])
            for at, (place, table) in enumerate(zip(places, tables, strict=True))
        ]

    def mean_of(self, groups: Sequence[Sequence[Case]], place: Place) -> Row:
        """The mean of the groups' means at one place, every group weighing the same."""
        names = list(self._evidence.values[place])
        tables = [self._values(cases, place, names) for cases in groups]
        means, ends = metrics.grouped_intervals(tables, seed=self._seed)
        return self._row(groups, place, names, means, ends)

    def _values(self, cases: Sequence[Case], place: Place, names: Sequence[str]) -> np.ndarray:
        """(n tokens asked for, m measures): the mean of a token's cases, of which every one has as many.

        Queries about one token are no independent sample, so they are resampled together.
        """
        values = self._evidence.values[place]
        table = np.array([[values[name][case.id] for name in names] for case in cases])
        tokens = len({case.ref for case in cases})
        return np.asarray(table.reshape(tokens, -1, len(names)).mean(axis=1))

    def _row(
        self,
        groups: Sequence[Sequence[Case]],
        place: Place,
        names: Sequence[str],
        means: np.ndarray,
        ends: np.ndarray,
    ) -> Row:
        """Of ``means``, (m,), and ``ends``, (2, m); the rest is averaged over cases, then over groups."""
        scope, system, reading = place
        judged = self._evidence.qrels[scope, reading]
        gallery = self._task.gallery
        sizes = [[gallery.size(case, scope) for case in cases] for cases in groups]
        relevant = [[len(judged[case.id]) for case in cases] for cases in groups]
        chances = [
            _mean(
                [
                    [_chance(name, *pair) for pair in zip(*both, strict=True)]
                    for both in zip(sizes, relevant, strict=True)
                ]
            )
            for name in names
        ]
        figures = {
            name: Figure(mean=means[at], low=ends[0, at], high=ends[1, at], chance=chances[at])
            for at, name in enumerate(names)
        }
        return Row(
            scope=scope,
            reading=reading,
            system=system,
            queries=sum(map(len, groups)),
            gallery_size=_mean(sizes),
            relevant=_mean(relevant),
            figures=figures,
        )


def _mean(groups: Sequence[Sequence[float]]) -> float:
    return float(np.mean([np.mean(group) for group in groups]))


@cache
def _chance(name: str, size: int, relevant: int) -> float:
    return metrics.chance(name, gallery=size, relevant=relevant)
