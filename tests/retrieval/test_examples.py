"""Searching by tokens that are like, or unlike, what is wanted; and hits that are one answer."""

import numpy as np
import pytest

from magpie.errors import InputError
from magpie.query import Query
from retrieval.index import build
from retrieval.looks import looks
from retrieval.search import open_searcher

EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


@pytest.fixture
def searcher(put, settings, silent, cubes):
    colours = {1: "Red", 2: "Red", 3: "Green", 4: "Blue", 5: "Yellow", 6: "Red", 7: "Blue"}
    put(cubes, {number: [f"Colour={colour}"] for number, colour in colours.items()})
    build(settings, tick=silent)
    with open_searcher(settings) as opened:
        yield opened


def ids(result):
    return [hit.ref.token_id for hit in result.hits]


def test_what_looks_like_an_example_comes_first_and_the_example_is_no_hit(searcher, cubes):
    result = searcher.search(Query(like=(cubes.ref(1),)))
    assert (ids(result)[0], result.hits[0].same) == (2, (cubes.ref(6),))
    assert 1 not in ids(result)


def test_several_examples_are_all_wanted(searcher, cubes):
    result = searcher.search(Query(like=(cubes.ref(1), cubes.ref(3)), k=2))
    assert ids(result)[0] == 2
    assert {1, 3}.isdisjoint(ids(result))


def test_what_looks_like_a_disliked_example_goes_to_the_end(searcher, cubes):
    liked = Query(like=(cubes.ref(4), cubes.ref(1)))
    assert set(ids(searcher.search(liked))[:2]) == {2, 7}
    without = liked.model_copy(update={"unlike": (cubes.ref(6),)})
    assert ids(searcher.search(without))[0] == 7


def test_an_example_with_words_that_name_a_trait_keeps_the_condition(searcher, cubes):
    result = searcher.search(Query(text="a blue cube", like=(cubes.ref(1),)))
    assert (ids(result), result.hits[0].same) == ([4], (cubes.ref(7),))


def test_an_example_that_is_not_indexed_is_one_clear_line(searcher, cubes):
    for examples in ({"like": (cubes.ref(99),)}, {"unlike": (cubes.ref(99),)}):
        with pytest.raises(InputError, match=r"/99 has no indexed picture"):
            searcher.search(Query(**examples))


def test_equal_tokens_are_one_hit_and_the_ranking_is_not_grouped(searcher, cubes):
    result = searcher.search(Query(text="red"))
    assert [(hit.ref.token_id, [ref.token_id for ref in hit.same]) for hit in result.hits] == [(1, [2, 6])]
    assert len(searcher.rankings(Query(text="red"))["traits"]) == 3


class East:
    """Every text is east."""

    def encode_texts(self, texts):
        return np.array([EAST] * len(texts))


@pytest.mark.parametrize(
    ("words", "like", "unlike", "expected"),
    [
        ("", 0, 0, None),
        ("east", 0, 0, EAST),
        ("", 2, 0, NORTH),
        ("east", 1, 0, (EAST + NORTH) / np.sqrt(2)),
        ("east", 0, 1, (EAST - NORTH / 2) / np.sqrt(1.25)),
        ("", 0, 1, -NORTH),
        ("", 1, 1, NORTH),
    ],
)
def test_examples_count_once_however_many_and_dislikes_half(cubes, words, like, unlike, expected):
    query = Query(text=words, like=(cubes.ref(1),) * like, unlike=(cubes.ref(2),) * unlike)
    found = looks(query, words, East(), lambda ref: NORTH).vectors
    assert found is None if expected is None else found == pytest.approx(expected)
