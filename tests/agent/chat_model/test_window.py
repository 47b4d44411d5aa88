"""A conversation is kept inside the window: oldest turns go first, then the middle of what is too long."""

import pytest

from agent.chat_model.window import fit, middle_out
from magpie.errors import ConfigError

SYSTEM = {"role": "system", "content": "S" * 10}


def said(*turns):
    """A user's and an assistant's messages by turns."""
    return [{"role": ("user", "assistant")[at % 2], "content": words} for at, words in enumerate(turns)]


def length(messages):
    """Two for each message, one for each character."""
    return sum(2 + len(message["content"]) for message in messages)


TALK = [SYSTEM, *said("a" * 8, "b" * 8, "c" * 8, "d" * 8, "e" * 8)]  # 12 + 5 * 10


@pytest.mark.parametrize(
    ("room", "kept"),
    [(63, "Sabcde"), (62, "Sabcde"), (61, "Scde"), (42, "Scde"), (41, "Se"), (22, "Se")],
)
def test_the_oldest_turns_are_dropped_whole_and_no_more_than_needed(room, kept):
    assert "".join(message["content"][0] for message in fit(TALK, length, room)) == kept


def test_then_the_longest_message_is_cut_in_its_middle_as_little_as_possible():
    system, last = fit([SYSTEM, *said("x" * 30 + "y" * 30)], length, 50)
    assert system == SYSTEM
    assert last["content"] == "x" * 17 + " … " + "y" * 16
    assert length([system, last]) == 50


def test_a_long_system_message_is_cut_rather_than_a_short_question():
    system, last = fit([{"role": "system", "content": "s" * 500}, *said("why?")], length, 40)
    assert last["content"] == "why?"
    assert len(system["content"]) == 32


@pytest.mark.parametrize("room", [4, 5, 6, 7])
def test_a_tiny_window_leaves_what_it_can(room):
    assert length(fit([SYSTEM, *said("question")], length, room)) <= room


def test_a_window_without_room_for_the_template_says_what_to_change():
    with pytest.raises(ConfigError, match="larger n_ctx"):
        fit([SYSTEM, *said("question")], length, 3)


@pytest.mark.parametrize(
    ("most", "cut"),
    [(0, ""), (1, "a"), (3, "abc"), (4, "a … "), (5, "a … j"), (9, "abc … hij"), (10, "abcdefghij")],
)
def test_the_middle_gives_way(most, cut):
    assert middle_out("abcdefghij", most) == cut
