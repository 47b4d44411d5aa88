"""Which readings of overlapping words are kept."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.segments import Span, best_cover

WORDS = 5


def span(start, end, worth):
    return Span(start, end, (), 1.0, worth)


def kept(spans, describes=(False,) * WORDS):
    found = best_cover(lambda start, _: [one for one in spans if one.start == start], describes)
    return [(one.start, one.end) for one in found]


def test_no_reading_keeps_nothing():
    assert kept([]) == []
    assert best_cover(lambda *_: [], []) == ()


def test_one_piece_goes_before_two_that_read_as_much():
    assert kept([span(0, 1, 1.0), span(1, 2, 1.0), span(0, 2, 2.0)]) == [(0, 2)]


def test_the_longest_gives_way_to_two_that_read_more():
    assert kept([span(0, 1, 1.0), span(1, 4, 3.0), span(0, 3, 3.0), span(3, 5, 2.0)]) == [(0, 3), (3, 5)]


def test_a_reading_is_told_whether_the_word_before_describes_it():
    asked = []

    def beginning(start, described):
        asked.append((start, described))
        return [span(1, 2, 1.0)] if start == 1 and not described else []

    assert best_cover(beginning, (True, False)) == ()
    assert [one.start for one in best_cover(beginning, (False, False))] == [1]
    assert (1, True) in asked


@given(
    st.lists(
        st.tuples(st.integers(0, WORDS - 1), st.integers(1, WORDS), st.integers(1, 30)).map(
            lambda drawn: span(drawn[0], min(drawn[0] + drawn[1], WORDS), drawn[2] / 10)
        ),
        max_size=8,
    )
)
def test_no_other_choice_without_overlap_is_worth_more(spans):
    def worth(chosen):
        return sum(one.worth - 0.15 for one in chosen)

    chosen = best_cover(lambda start, _: [one for one in spans if one.start == start], (False,) * WORDS)
    assert all(left.end <= right.start for left, right in pairwise(chosen))
    for size in range(len(spans) + 1):
        for other in combinations(sorted(spans), size):
            if all(left.end <= right.start for left, right in pairwise(other)):
                assert worth(other) <= worth(chosen) + 1e-9
