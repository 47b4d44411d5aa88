"""From per-query values to figures: means, intervals, chance; over all queries and by collection."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from eval import metrics
from eval.artefacts import Evidence
from eval.metrics import Figure
from eval.protocol import Case, Gallery, Reading, Scope, Task
from eval.report import Row, System

# A collection's own row is for comparing collections; every cut-off of every one would bury the rest.
COLLECTION_MEASURES = ("Success@1", "Success@10")


def rows(task: Task, evidence: Evidence, *, seed: int) -> list[Row]:
    """The figures over all queries: a row for each gallery, system and reading."""
    return [
        _row(task.gallery, task.cases, place, values, seed=seed) for place, values in evidence.values.items()
    ]


def collection_rows(task: Task, evidence: Evidence, *, seed: int) -> list[Row]:
    """The in-collection figures of each collection's own queries."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in task.cases:
        groups[case.collection].append(case)
    found: list[Row] = []
    for name, cases in sorted(groups.items()):
        for place, values in evidence.values.items():
            if place[0] == "in-collection":
                few = {measure: values[measure] for measure in COLLECTION_MEASURES}
                row = _row(task.gallery, cases, place, few, seed=seed)
                found.append(row.model_copy(update={"collection": name}))
    return found


def _row(
    gallery: Gallery,
    cases: Sequence[Case],
    place: tuple[Scope, System, Reading],
    values: Mapping[str, Mapping[str, float]],
    *,
    seed: int,
) -> Row:
    scope, system, reading = place
    sizes = [len(gallery.columns(case, scope)) for case in cases]
    relevant = [len(gallery.relevant(case, scope, reading)) for case in cases]
    table = np.array([[values[name][case.id] for name in values] for case in cases])
    low, high = metrics.intervals(table, seed=seed)
    figures = {
        name: Figure(
            mean=table[:, at].mean(),
            low=low[at],
            high=high[at],
            chance=float(np.mean([_chance(name, size, n) for size, n in zip(sizes, relevant, strict=True)])),
        )
        for at, name in enumerate(values)
    }
    return Row(
        scope=scope,
        reading=reading,
        system=system,
        queries=len(cases),
        gallery_size=float(np.mean(sizes)),
        relevant=float(np.mean(relevant)),
        figures=figures,
    )


@cache
def _chance(name: str, size: int, relevant: int) -> float:
    return metrics.chance(name, gallery=size, relevant=relevant)
