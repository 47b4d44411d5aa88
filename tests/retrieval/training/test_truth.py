"""Facts as matrices say what sets say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.training.truth import table, truth

fact = st.tuples(st.just("value"), st.just(""), st.sampled_from("abcdef"))
sets = st.lists(st.frozensets(fact, max_size=4), min_size=1, max_size=6)
A, B, C = (("value", "", name) for name in "abc")


@given(sets, sets)
def test_a_claim_is_true_of_what_holds_all_of_it(claims, holds):
    found = truth(claims, holds)
    assert found.shape == (len(claims), len(holds))
    assert found.tolist() == [[claim <= held for held in holds] for claim in claims]


def test_nothing_claimed_is_true_of_everything():
    assert truth([frozenset()], [frozenset({A}), frozenset()]).all()


def test_facts_without_a_number_are_left_out_of_the_table():
    assert (table([frozenset({A, C}), frozenset()], {A: 0, B: 1}) == np.array([[1, 0], [0, 0]])).all()
