"""Reciprocal rank fusion, with numbers worked out by hand."""

import json
from importlib.resources import files

import pytest

from magpie.domain import TokenRef
from magpie.query import SIGNALS
from retrieval.fusion import WEIGHTS, fuse

A, B, C = (TokenRef(chain="eip155:1", contract="0x" + "1" * 40, token_id=number) for number in (2, 10, 11))
ONES = {"image": 1.0, "caption": 1.0, "bm25": 1.0, "traits": 1.0}


def test_a_token_gets_weight_over_sixty_plus_rank_from_each_list():
    hits = fuse({"caption": [(A, 0.9), (B, 0.5)], "bm25": [(B, 7.0)]}, {**ONES, "bm25": 0.5}, 10)
    assert [hit.ref for hit in hits] == [B, A]
    assert hits[0].score == pytest.approx(1 / 62 + 0.5 / 61)
    assert hits[1].score == 1 / 61
    assert [(part.signal, part.rank, part.score) for part in hits[0].signals] == [
        ("caption", 2, 0.5),
        ("bm25", 1, 7.0),
    ]


def test_equal_scores_share_a_rank_and_the_next_one_does_not_move_up():
    hits = fuse({"image": [(A, 0.5), (B, 0.5), (C, 0.1)]}, ONES, 10)
    assert [hit.signals[0].rank for hit in hits] == [1, 1, 3]


def test_ties_go_by_number_of_token_not_by_order_given():
    assert [hit.ref for hit in fuse({"image": [(B, 1.0), (A, 1.0)]}, ONES, 10)] == [A, B]


@pytest.mark.parametrize(("k", "count"), [(0, 0), (1, 1), (3, 3), (4, 3)])
def test_at_most_k(k, count):
    assert len(fuse({"image": [(A, 3.0), (B, 2.0), (C, 1.0)]}, ONES, k)) == count


def test_nothing_to_fuse():
    assert fuse({}, ONES, 5) == []


def test_the_frozen_weights_name_every_signal_and_the_command_that_made_them():
    kept = json.loads(files("retrieval").joinpath("fusion_weights.json").read_text("utf-8"))
    assert set(kept["weights"]) == set(SIGNALS) == set(WEIGHTS)
    assert all(weight > 0 for weight in WEIGHTS.values())
    assert kept["made_by"].startswith("python -m bench.fusion")
