"""Figures from per-query values."""

import pytest

from eval.artefacts import Evidence
from eval.metrics import names
from eval.report import Plan
from eval.summary import tables
from eval.tasks import make_task

PLACE = ("in-collection", "image", "strict")
MEASURES = names([1, 10])


@pytest.fixture
def altered(make_token):
    """Two tokens, seven queries each."""
    from eval.protocol import Source

    sources = [Source(make_token(n, image=f"{n}.png"), "punk", "") for n in (1, 2)]
    plan = Plan(task="altered-to-image", systems=("image",), ask="any", gallery="all")
    return make_task(sources, plan, indexed={str(source.token.ref) for source in sources})


def evidence(task, value):
    """``value`` of a case in every measure."""
    judged = {case.id: {str(case.ref): 1} for case in task.cases}
    values = {measure: {case.id: value(case) for case in task.cases} for measure in MEASURES}
    return Evidence({case.id: "" for case in task.cases}, {}, {PLACE[::2]: judged}, {PLACE: values})


def test_queries_about_one_token_are_resampled_together(altered):
    found = tables(altered, evidence(altered, lambda case: float(case.ref.token_id == 1)), seed=0)
    (row,) = found["rows"]
    figure = row.figures["Success@1"]
    # Of two tokens one is always found: were the 14 queries independent, no interval would reach 0 and 1.
    assert (figure.low, figure.mean, figure.high) == (0, 0.5, 1)
    assert row.queries == 14


def test_every_kind_has_its_own_row(altered):
    found = tables(altered, evidence(altered, lambda case: float(case.kind == "crop")), seed=0)
    means = {row.kind: row.figures["Success@1"].mean for row in found["by_kind"]}
    assert means.pop("crop") == 1
    assert set(means.values()) == {0}
    assert len(means) == 6
    assert found["rows"][0].figures["Success@1"].mean == pytest.approx(1 / 7)
    assert [row.collection for row in found["by_collection"]] == ["Punks"]
