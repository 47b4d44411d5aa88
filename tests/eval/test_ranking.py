"""Rankings: the order, its ties, and what TREC tools make of it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import per_query
from eval.ranking import as_run, ranking

EVERY = np.arange(4)


def test_the_best_score_comes_first_and_depth_cuts():
    scores = np.array([0.1, 0.9, 0.5, 0.7])
    assert ranking(scores, EVERY).tolist() == [1, 3, 2, 0]
    assert ranking(scores, EVERY, 2).tolist() == [1, 3]
    assert ranking(scores, EVERY, 4).tolist() == ranking(scores, EVERY, 5).tolist() == [1, 3, 2, 0]


def test_ties_fall_by_column():
    assert ranking(np.array([0.3, 0.9, 0.3, 0.3]), EVERY).tolist() == [1, 0, 2, 3]
    assert ranking(np.array([0.3, 0.9, 0.3, 0.3]), EVERY, 2).tolist() == [1, 0]


def test_what_was_not_retrieved_is_left_out():
    assert ranking(np.array([-np.inf, -0.5, -np.inf, 0.0]), EVERY).tolist() == [3, 1]
    assert ranking(np.full(4, -np.inf), EVERY).tolist() == []


def test_only_the_gallery_s_columns_take_part():
    assert ranking(np.array([0.1, 0.9, 0.5, 0.7]), np.array([0, 2])).tolist() == [2, 0]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(120)))
def test_other_tools_see_the_ranking_s_own_order(order):
    ids = [f"eip155:1/erc721:0x{'1' * 40}/{token_id}" for token_id in range(120)]
    run = {"q": as_run(ids, np.array(order))}
    for place in (0, 49, 119):
        right = {"q": {ids[order[place]]: 1}}
        values = per_query([f"Success@{place + 1}", f"Success@{place or 1}"], right, run)
        assert values[f"Success@{place + 1}"]["q"] == 1
        assert values[f"Success@{place or 1}"]["q"] == (0 if place else 1)
