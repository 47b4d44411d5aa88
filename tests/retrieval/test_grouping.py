"""Hits that are one answer."""

import pytest

from magpie.query import Hit
from retrieval.grouping import grouped


@pytest.fixture
def tokens(make_token, make_collection):
    other = make_collection(name="Others", contract="0x" + "9" * 40)
    listed = [
        make_token(1, ["Hat=Cap"], image_sha256="a"),
        make_token(2, ["Hat=cap"], image_sha256="b"),  # the traits of 1
        make_token(3, ["Hat=Crown"], image_sha256="a"),  # the picture of 1
        make_token(4, ["Hat=Crown", "Eyes=Shut"], image_sha256="c"),
        make_token(5, [], image_sha256="d"),
        make_token(6, [], image_sha256="e"),
        make_token(7, ["Hat=Cap"], other, image_sha256="f"),
        make_token(8, [], image_sha256="d"),  # the picture of 5
        make_token(9, []),
        make_token(10, []),
    ]
    return {token.ref: token for token in listed}


def hits(tokens, *numbers):
    refs = list(tokens)
    return [Hit(ref=refs[number - 1], score=1 / place) for place, number in enumerate(numbers, start=1)]


def shown(found):
    return {hit.ref.token_id: [ref.token_id for ref in hit.same] for hit in found}


def test_equal_traits_are_one_answer_led_by_the_best(tokens):
    assert shown(grouped(hits(tokens, 2, 1), tokens, 10)) == {2: [1]}
    assert shown(grouped(hits(tokens, 1, 4, 2), tokens, 10)) == {1: [2], 4: []}
    assert shown(grouped(hits(tokens, 3, 4), tokens, 10)) == {3: [], 4: []}


def test_an_equal_picture_with_other_traits_is_another_answer(tokens):
    assert shown(grouped(hits(tokens, 1, 3), tokens, 10)) == {1: [], 3: []}


def test_without_traits_equal_pictures_are_one_answer(tokens):
    assert shown(grouped(hits(tokens, 5, 6, 8), tokens, 10)) == {5: [8], 6: []}
    assert shown(grouped(hits(tokens, 9, 10), tokens, 10)) == {9: [], 10: []}


def test_equal_traits_of_another_collection_are_another_answer(tokens):
    assert shown(grouped(hits(tokens, 1, 7), tokens, 10)) == {1: [], 7: []}


@pytest.mark.parametrize(("k", "expected"), [(0, []), (1, [1]), (2, [1, 5]), (3, [1, 5, 6]), (4, [1, 5, 6])])
def test_k_counts_groups_and_scores_stay(tokens, k, expected):
    found = grouped(hits(tokens, 1, 2, 5, 6), tokens, k)
    assert [hit.ref.token_id for hit in found] == expected
    assert [hit.score for hit in found] == [{1: 1, 5: 1 / 3, 6: 1 / 4}[number] for number in expected]


def test_a_token_that_nothing_is_known_of_stays_by_itself(tokens):
    assert shown(grouped(hits(tokens, 1, 2), {}, 10)) == {1: [], 2: []}
