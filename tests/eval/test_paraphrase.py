"""Questions in a language model's words: nothing is added to them, and nothing lost."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.paraphrase import frames, paraphrased
from eval.wording import Phrases
from retrieval.question import negated, split

CLAIMS = frozenset({("value", "beanie")})
PHRASE = st.text("abcdefgh ", min_size=1).map(str.strip).filter(bool)


def asked(noun, *rest):
    return Phrases(noun, rest, CLAIMS, len(rest))


@pytest.mark.parametrize("traits", [1, 2, 3])
def test_there_are_many_ways_to_ask_for_so_many_traits(traits):
    assert len(frames()[traits]) >= 20
    assert len({frame.casefold() for frame in frames()[traits]}) == len(frames()[traits])


def test_every_frame_has_each_slot_once_and_denies_nothing():
    for traits, each in frames().items():
        for frame in each:
            slots = re.findall(r"<(?:a )?(\w+)>", frame)
            assert sorted(slots) == sorted(["noun", *map(str, range(1, traits + 1))]), frame
            assert not any(negated(split(frame))), frame


@given(st.integers(), PHRASE, st.lists(PHRASE, min_size=1, max_size=3))
def test_the_question_has_all_that_was_to_be_said_and_its_claims(seed, noun, rest):
    made = paraphrased(asked(noun, *rest), random.Random(seed))
    assert (made.claims, made.traits) == (CLAIMS, len(rest))
    assert not re.search(r"[<>]", made.words)
    for phrase in (noun, *rest):
        assert phrase in made.words


def test_an_article_is_the_phrases_own():
    every = {paraphrased(asked("ape", "earring", "shades"), random.Random(n)).words for n in range(300)}
    assert any("an earring" in words for words in every)
    assert not any(wrong in words for words in every for wrong in ("a earring", "a shades", "a ape", "  "))


def test_the_same_seed_asks_the_same_and_others_differently():
    one = [paraphrased(asked("ape", "earring"), random.Random(n)).words for n in range(50)]
    assert one == [paraphrased(asked("ape", "earring"), random.Random(n)).words for n in range(50)]
    assert len(set(one)) > 10


def test_what_its_noun_says_whole_cannot_be_put_into_a_frame():
    assert paraphrased(asked("female zombie"), random.Random(0)) is None
