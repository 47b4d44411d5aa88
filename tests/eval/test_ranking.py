"""Rankings: the order, its ties, and what TREC tools make of it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import per_query
from eval.ranking import DECIMALS, as_run, nearest, ranking
from retrieval.views import DISCOUNT

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


def test_the_nearest_of_many_questions_are_those_of_one_at_a_time():
    generator = np.random.default_rng(0)
    asked = generator.standard_normal((40, 8)).astype(np.float32)
    stored = np.repeat(generator.standard_normal((15, 8)), 4, axis=0).astype(np.float32)  # many ties
    columns = np.flatnonzero(generator.random(60) < 0.7)
    for depth in (1, 5, len(columns), 100):
        found = nearest(asked, stored, columns, depth)
        assert found.shape == (40, min(depth, len(columns)))
        for row, question in zip(found, asked, strict=True):
            scores = np.round(np.asarray(stored @ question, np.float64), DECIMALS)
            assert row.tolist() == ranking(scores, columns, depth).tolist()


def test_of_a_picture_s_views_the_best_counts_and_the_first_wins_ties():
    generator = np.random.default_rng(1)
    asked = generator.standard_normal((20, 3, 8)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=2, keepdims=True)
    stored = generator.standard_normal((30, 8)).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    columns = np.arange(1, 30)
    for row, seen in zip(nearest(asked, stored, columns, 5), asked, strict=True):
        scores = (stored @ seen.T - np.array([0, DISCOUNT, DISCOUNT])).max(axis=1)
        assert row.tolist() == ranking(np.round(scores.astype(float), DECIMALS), columns, 5).tolist()
    one, other = np.eye(2, dtype=np.float32)
    mirrored = np.stack([np.stack([other, one])])  # the picture itself is like the second
    assert nearest(mirrored, np.stack([one, other]), np.arange(2)).tolist() == [[1, 0]]


def test_nearest_does_not_depend_on_how_many_are_asked_at_once(monkeypatch):
    asked, stored = np.eye(5, dtype=np.float32), np.eye(5, dtype=np.float32)[::-1]
    whole = nearest(asked, stored, np.arange(5), 2)
    monkeypatch.setattr("eval.ranking._CELLS", 7)
    assert (nearest(asked, stored, np.arange(5), 2) == whole).all()
    assert whole[:, 0].tolist() == [4, 3, 2, 1, 0]


def test_a_question_that_says_nothing_ranks_by_column():
    assert nearest(np.zeros((1, 3), np.float32), np.eye(3, dtype=np.float32), np.arange(3)).tolist() == [
        [0, 1, 2]
    ]
