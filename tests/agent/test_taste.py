"""What a sentence about one's taste changes: what is plainly said, and nothing else."""

import time

import pytest

from agent.taste import TasteChange, taste_change

NOTHING = TasteChange()


@pytest.mark.parametrize(
    ("said", "likes"),
    [
        ("I love friendly robots", ("friendly robots",)),
        ("i really like calm landscapes now", ("calm landscapes",)),
        ("I'm into zombies, and I adore pipes", ("zombies", "pipes")),
        ("pixel art is my thing", ("pixel art",)),
        ("don't forget I love robots", ("robots",)),
        ("Don’t forget that I love robots", ("robots",)),
    ],
)
def test_what_is_liked_is_added(said, likes):
    assert taste_change(said) == TasteChange(likes=likes)


@pytest.mark.parametrize(
    "said", ["I don't like robots", "I don’t like robots", "I hate robots", "no more robots"]
)
def test_what_is_disliked_is_added(said):
    assert taste_change(said) == TasteChange(dislikes=("robots",))


@pytest.mark.parametrize(
    "said",
    [
        "forget robots",
        "forget that I love robots",
        "forget I hate robots",
        "forget that I don't like robots",
        "remove robots from my likes",
        "delete robots from my profile",
        "can you forget robots please",
    ],
)
def test_one_thing_is_forgotten_and_no_other(said):
    assert taste_change(said) == TasteChange(forget=("robots",))


@pytest.mark.parametrize(
    "said",
    [
        "forget everything about my taste",
        "erase my profile",
        "remove everything from my profile",
        "clear all my likes",
        "Could you wipe my data, please?",
        "start over",
    ],
)
def test_everything_is_forgotten_when_that_is_plainly_said(said):
    assert taste_change(said) == TasteChange(forget_all=True)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?",
        "don't delete my profile",
        "do not forget everything about me",
        "never erase my taste",
        "how do I delete my data?",
        "what happens if I erase my profile",
        "did you forget everything about me?",
        "what do I like?",
        "do I like robots?",
        "forget it",
        "drop the hat, show me all",
    ],
)
def test_nothing_is_erased_or_added_that_was_not_plainly_said(said):
    change = taste_change(said)
    assert (change.forget_all, change.likes, change.dislikes) == (False, (), ())
    assert not {"everything", "profile", "me", "it"} & set(change.forget)


@pytest.mark.parametrize(
    "words",
    ["i really ", "forget ", "it now ", "not ", "do not forget ", "i don't ", "remember ", "'", "my "],
)
def test_two_thousand_characters_of_anything_are_read_at_once(words):
    began = time.process_time()
    taste_change((words * 2000)[:2000])
    assert time.process_time() - began < 1
