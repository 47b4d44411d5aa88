"""Questions with slips of the fingers."""

import random

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from eval.misspelling import misspelt


def ways(question, slips, **spared):
    return {misspelt(question, slips, random.Random(seed), **spared) for seed in range(200)}


def test_one_word_differs_by_one_letter_and_its_first_letter_stays():
    for typed in ways("a green hat with a fedora", 1):
        words = list(zip(["a", "green", "hat", "with", "a", "fedora"], typed.split(), strict=True))
        (pair,) = [pair for pair in words if pair[0] != pair[1]]
        assert pair[0] in ("green", "fedora")
        assert OSA.distance(*pair) == 1
        assert pair[0][0] == pair[1][0]


def test_short_words_and_words_of_grammar_are_left_alone():
    assert ways("show me something with a hat", 1) == {None}
    assert ways("", 1) == {None}


def test_there_are_no_more_slips_than_words():
    assert None not in ways("green fedora", 2)
    assert ways("green fedora", 3) == {None}


def test_spared_words_are_left_alone():
    assert all("punk" in typed for typed in ways("a zombie punk", 1, spared=("punk",)))
    assert ways("a punk", 1, spared=("punk",)) == {None}


@given(st.text(max_size=40), st.integers(0, 3), st.integers(0, 5))
def test_any_text_is_mistyped_or_refused(question, slips, seed):
    typed = misspelt(question, slips, random.Random(seed))
    assert typed is None or (typed == question) == (slips == 0)
