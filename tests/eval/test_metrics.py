"""Measures, chance and intervals against values worked out by hand."""

from math import comb, log2

import numpy as np
import pytest

from eval.metrics import chance, grouped_intervals, intervals, names, per_query

# d1 > d2 > d3 > d4; of two right answers one is second, one is fourth.
RUN = {"q": {"d1": 4.0, "d2": 3.0, "d3": 2.0, "d4": 1.0}}
TWO_RIGHT = {"q": {"d2": 1, "d4": 1}}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("Success@1", 0.0),
        ("Success@2", 1.0),
        ("Success@4", 1.0),
        ("Success@50", 1.0),
        ("R@1", 0.0),
        ("R@2", 0.5),
        ("R@3", 0.5),
        ("R@4", 1.0),
        ("R@50", 1.0),
        ("Clean@1", 0.0),
        # The best order has both first: 1 + 1/log2(3); here they are second and fourth.
        ("nDCG@1", 0.0),
        ("nDCG@3", (1 / log2(3)) / (1 + 1 / log2(3))),
        ("nDCG@10", (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3))),
    ],
)
def test_values_of_one_query_are_those_counted_by_hand(measure, expected):
    assert per_query([measure], TWO_RIGHT, RUN)[measure]["q"] == pytest.approx(expected, abs=1e-12)


def test_with_one_right_answer_success_and_recall_are_the_same_number():
    values = per_query(names([1, 2, 3, 4]), {"q": {"d3": 1}}, RUN)
    assert [values[f"Success@{k}"]["q"] for k in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert [values[f"R@{k}"]["q"] for k in (1, 2, 3, 4)] == [0, 0, 1, 1]


def test_answers_are_clean_if_there_are_any_and_none_of_the_first_is_wrong():
    right = {key: {"d1": 1, "d2": 1} for key in ("few", "wrong third", "many")} | {"none": {"d1": 1}}
    run = {
        "few": {"d1": 1.0},
        "wrong third": {"d1": 3.0, "d2": 2.0, "d3": 1.0},
        "many": {"d2": 2.0, "d1": 1.0},
        "none": {},
    }
    found = per_query(["Clean@1", "Clean@2", "Clean@10"], right, run)
    assert found["Clean@2"] == {"few": 1, "wrong third": 1, "many": 1, "none": 0}
    assert found["Clean@10"] == {"few": 1, "wrong third": 0, "many": 1, "none": 0}


def test_every_cutoff_of_the_protocol_is_provided():
    run = {"q": {f"d{rank}": 100.0 - rank for rank in range(1, 61)}}
    for rank in (1, 5, 10, 15, 20, 30, 40, 50):
        values = per_query(
            [f"Success@{rank}", f"R@{rank}"],
            {"q": {f"d{rank}": 1}, "r": {f"d{rank + 1}": 1}},
            run | {"r": run["q"]},
        )
        assert values == {f"Success@{rank}": {"q": 1, "r": 0}, f"R@{rank}": {"q": 1, "r": 0}}


def test_a_query_that_retrieved_nothing_is_a_zero_not_a_gap():
    assert per_query(["R@1"], {"q": {"d1": 1}, "silent": {"d1": 1}}, RUN)["R@1"] == {"q": 1.0, "silent": 0.0}


def test_a_query_without_a_right_answer_is_refused():
    with pytest.raises(ValueError, match="without a right answer, 'q'"):
        per_query(["R@1"], {"q": {"d1": 0}}, RUN)


def test_a_run_with_queries_nobody_judged_is_refused():
    with pytest.raises(ValueError, match="without judgements, 'q'"):
        per_query(["R@1"], {"other": {"d1": 1}}, RUN)


@pytest.mark.parametrize(
    ("measure", "gallery", "relevant", "expected"),
    [
        ("Success@1", 10, 1, 0.1),
        ("R@1", 10, 1, 0.1),
        ("Success@1", 10, 3, 0.3),
        ("R@1", 10, 3, 0.1),
        ("Success@5", 10, 2, 1 - comb(8, 5) / comb(10, 5)),
        ("R@5", 10, 2, 0.5),
        ("Success@10", 10, 1, 1.0),
        ("Success@50", 10, 1, 1.0),
        ("R@50", 10, 4, 1.0),
        ("Success@9", 10, 2, 1.0),
        ("nDCG@1", 10, 3, 0.3),
        ("nDCG@2", 10, 1, 0.1 * (1 + 1 / log2(3))),
        ("nDCG@2", 10, 5, 0.5),
        ("nDCG@50", 3, 3, 1.0),
    ],
)
def test_chance_is_what_a_random_order_expects(measure, gallery, relevant, expected):
    assert chance(measure, gallery=gallery, relevant=relevant) == pytest.approx(expected)


def test_chance_agrees_with_shuffled_rankings():
    generator = np.random.default_rng(1)
    right = {"d0": 1, "d1": 1, "d2": 1}
    queries = [f"q{n}" for n in range(3000)]
    run = {q: {f"d{d}": float(place) for d, place in enumerate(generator.permutation(20))} for q in queries}
    values = per_query(["Success@4", "R@4", "nDCG@4"], dict.fromkeys(queries, right), run)
    for measure, of in values.items():
        assert np.mean(list(of.values())) == pytest.approx(chance(measure, gallery=20, relevant=3), abs=0.03)


def test_an_unknown_measure_has_no_chance_level():
    with pytest.raises(ValueError, match="no chance level"):
        chance("MAP@10", gallery=10, relevant=1)


def test_intervals_bracket_the_mean_and_repeat_with_the_seed():
    values = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]] * 20)
    low, high = intervals(values, seed=7)
    assert (low < values.mean(axis=0)).all()
    assert (values.mean(axis=0) < high).all()
    again = intervals(values, seed=7)
    assert (again == np.array([low, high])).all()
    assert (intervals(values, seed=8) != again).any()


def test_an_interval_is_about_two_standard_errors_each_side():
    values = np.array([[1.0]] * 30 + [[0.0]] * 70)
    low, high = intervals(values, seed=0)[:, 0]
    error = 1.96 * (0.3 * 0.7 / 100) ** 0.5
    assert low == pytest.approx(0.3 - error, abs=0.015)
    assert high == pytest.approx(0.3 + error, abs=0.015)


def test_groups_weigh_the_same_however_many_queries_they_have():
    small, large = np.array([[1.0, 1.0], [0.0, 1.0]]), np.zeros((98, 2))
    means, (low, high) = grouped_intervals([small, large], seed=0)
    assert means.tolist() == [0.25, 0.5]
    assert (low[0], high[0]) == (0.0, 0.5)  # the small group's mean is 0, 0.5 or 1; the large one's is 0
    assert (low[1], high[1]) == (0.5, 0.5)


def test_one_group_s_mean_is_its_own():
    values = np.array([[0.0], [1.0], [1.0], [1.0]])
    means, ends = grouped_intervals([values], seed=3)
    assert means.tolist() == [0.75]
    assert ends[0] < 0.75 < ends[1]


@pytest.mark.parametrize("value", [0.0, 1.0, 1 / 3])
def test_equal_values_have_an_interval_of_no_width(value):
    assert intervals(np.full((7, 1), value), seed=0).tolist() == [[value], [value]]


def test_one_query_is_its_own_interval():
    assert intervals(np.array([[0.25]]), seed=0).tolist() == [[0.25], [0.25]]
