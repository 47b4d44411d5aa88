"""Recommendations: the parts add up, what is owned is left out, and reasons are published facts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.recommend import Taste, recommend_collections, taste_of
from magpie import text
from magpie.errors import InputError


class Axes:
    """A caption space of three directions: robots, clouds, punks."""

    axes = {"Bottts Sample": [1, 0, 0], "Landscape Sample": [0, 1, 0], "CRYPTOPUNKS": [0, 0, 1]}  # noqa: RUF012

    def collection_centroids(self):
        return {name: np.array(axis, dtype=np.float32) for name, axis in self.axes.items()}

    def embed_caption(self, texts):
        words = [("robot", "bottts"), ("cloud", "landscape"), ("punk",)]
        rows = [[float(any(word in text.lower() for word in axis)) for axis in words] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 3)


def recommend(library, k=3, **taste):
    return recommend_collections(Axes(), library, Taste(**taste), k)


def parts(one):
    return {part.name: part.value for part in one.parts}


def test_what_is_liked_comes_first_and_what_does_not_fit_is_left_out(library):
    (best,) = recommend(library, likes=("friendly robots",))
    assert best.collection.name == "Bottts Sample"
    assert parts(best) == {"captions": 1.0, "about": 1.0, "words": 0.25}  # one of two words: robots
    assert best.score == 2.25


def test_a_liked_trait_is_a_reason_with_its_count(library):
    (best,) = recommend(library, likes=("robots with an antenna",))
    assert [(why.phrase, str(why.trait), why.tokens) for why in best.traits] == [
        ("antenna", "Top=Antenna", 2)
    ]


def test_what_is_disliked_counts_against(library):
    liked = recommend(library, likes=("robots and clouds",))
    but = recommend(library, likes=("robots and clouds",), dislikes=("clouds",))
    assert {one.collection.name for one in liked} == {"Bottts Sample", "Landscape Sample"}
    assert but[0].collection.name == "Bottts Sample"
    assert parts(but[0])["disliked"] == 0.0
    assert [parts(one)["disliked"] for one in but if one.collection.name == "Landscape Sample"] == [-1.0]


def test_owned_collections_are_left_out_whatever_their_spelling(library):
    names = [
        one.collection.name
        for one in recommend(library, likes=("robots and clouds",), owned=("bottts sample",))
    ]
    assert names == ["Landscape Sample"]


@pytest.mark.parametrize(
    ("taste", "k", "problem"),
    [
        ({"likes": ("robots",)}, 0, "-k must be at least 1"),
        ({}, 3, "say what is liked"),
        ({"likes": (" \u200b ",)}, 3, "say what is liked"),
        ({"likes": ("robots",), "owned": ("Bots Sample",)}, 3, "did you mean 'Bottts Sample'"),
    ],
)
def test_bad_input_is_one_clear_line(library, taste, k, problem):
    with pytest.raises(InputError, match=problem):
        recommend(library, k, **taste)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 100])
def test_at_most_k_and_never_one_twice(library, k):
    names = [one.collection.name for one in recommend(library, k, likes=("robots, clouds and a punk",))]
    assert len(names) == min(k, 3) == len(set(names))


@given(likes=st.lists(st.text(max_size=30), max_size=3), dislikes=st.lists(st.text(max_size=30), max_size=2))
def test_the_parts_add_up_to_the_score(shared_library, likes, dislikes):
    try:
        found = recommend(shared_library, likes=tuple(likes), dislikes=tuple(dislikes))
    except InputError:
        return
    for one in found:
        assert round(sum(part.value for part in one.parts), 3) == one.score
        assert one.score > 0 or not any(map(text.clean, likes))


@pytest.mark.parametrize(
    ("question", "likes", "dislikes"),
    [
        ("recommend collections for someone who likes friendly robots", ("friendly robots",), ()),
        ("suggest a collection for a fan of cats, but not dogs", ("cats",), ("dogs",)),
        ("I love pixel art but I don't like zombies", ("pixel art",), ("zombies",)),
        ("recommend me something", (), ()),
        ("suggest a collection without people", (), ("people",)),
        ("collections for people who like cats that aren't robots", ("cats",), ("robots",)),
        ("what else might I like?", (), ()),
    ],
)
def test_a_taste_is_read_from_a_sentence(question, likes, dislikes):
    taste = taste_of(question)
    assert (taste.likes, taste.dislikes) == (likes, dislikes)


def test_with_the_real_index_robots_are_for_who_likes_robots(settings):
    from agent.library import Library
    from retrieval.search import open_searcher

    with open_searcher(settings) as searcher:
        best, *_ = recommend_collections(
            searcher, Library(searcher.catalog), Taste(likes=("friendly robots",)), 3
        )
    assert best.collection.name == "Bottts Sample"
