"""Opening sentences: ours read well and carry no fact, and a small model stays within them."""

import re
import threading
import time
from itertools import product
from typing import get_args

import pytest

from agent import wording
from agent.chat_model import LlamaChat, ScriptedChat
from agent.chat_model.fair_queue import queue_of
from agent.check import Support, poor, unsupported
from agent.cues import Topic
from agent.wording import ModelOpener, fixed, lines_grammar, openers, plainest, template_opening
from magpie import models
from magpie.errors import ModelNotFoundError

NOTHING = Support.of([], [])


def sentences(line):
    """Every sentence that a line's choices allow."""
    parts = re.split(r"\(([^()]*\|[^()]*)\)", line)
    options = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(words) for words in product(*options)]


@pytest.mark.parametrize("situation", sorted(openers()))
def test_every_opening_passes_the_check_with_no_evidence_at_all(situation):
    for line in openers()[situation]:
        for sentence in sentences(line):
            assert unsupported(sentence, NOTHING, frozenset()) == (), sentence
            assert poor(sentence, openers()[situation]) == (), sentence


def test_the_template_takes_the_first_of_each_choice():
    assert plainest("Here (is|comes) the (one|other).") == "Here is the one."
    assert template_opening("no_match") == "Nothing here fits all of that, so I would rather say so."
    assert template_opening("help") == ""


def test_a_grammar_allows_exactly_the_lines():
    assert (
        lines_grammar(("Here (is|comes) it.", "Look."))
        == 'root ::= "Here " ("is" | "comes") " it." | "Look."'
    )


def test_fixed_answers_cover_every_ground_for_declining():
    assert {*get_args(Topic), "help", "smalltalk", "clarify"} == set(fixed())


def test_the_model_reads_the_question_and_no_more_than_a_part_of_a_long_one():
    model = ScriptedChat(lines=["Here is the one for you."])
    words = ModelOpener(model).write("found_one", "x" * 5000, threading.Event())
    assert words == "Here is the one for you."
    (messages,) = model.asked
    assert messages[-1].content.endswith("found one: " + "x" * 119 + "…")


def test_a_stopped_turn_gets_no_words():
    stopping = threading.Event()
    stopping.set()
    assert ModelOpener(ScriptedChat(lines=["Here is the one."])).write("found_one", "hello", stopping) == ""


@pytest.fixture
def patient(monkeypatch):
    """However busy the machine is, the model may finish its sentence."""
    monkeypatch.setattr(wording, "SECONDS", 120.0)


@pytest.fixture(scope="module")
def llama():
    model = LlamaChat(path=models.find("smollm2-135m").path)
    yield model
    model.close()


@pytest.mark.models
def test_the_small_model_words_each_opening_within_our_lines(llama, patient):
    opener = ModelOpener(llama)
    for situation in ("found_one", "no_match", "recommend"):
        words = opener.write(situation, "a zombie punk with a pipe, no glasses", threading.Event())
        assert words in [sentence for line in openers()[situation] for sentence in sentences(line)]


@pytest.mark.models
def test_the_same_question_is_worded_the_same(llama, patient):
    opener = ModelOpener(llama)
    first, second = (opener.write("count", "how many apes?", threading.Event()) for _ in range(2))
    assert first == second


@pytest.mark.models
def test_a_grammar_holds_and_a_stream_can_be_closed(llama):
    assert llama.invoke("Say yes or no.", grammar='root ::= "yes" | "no"').content in ("yes", "no")
    stream = llama.stream("Count to one hundred.", max_tokens=400)
    next(stream)
    stream.close()
    assert llama.invoke("Hello", max_tokens=4).content  # the lock is free again


@pytest.mark.models
def test_two_threads_share_one_model_by_turns(llama):
    said = []
    threads = [
        threading.Thread(target=lambda: said.append(llama.invoke("Hi", max_tokens=5).content))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(said) == 3
    assert len(set(said)) == 1


@pytest.mark.models
def test_a_model_that_is_busy_with_others_is_not_waited_for(llama, monkeypatch):
    monkeypatch.setattr(wording, "SECONDS", 0.2)
    assert llama.parameters > 0  # loaded
    started = time.monotonic()
    with queue_of(llama.path).turn():
        assert ModelOpener(llama).write("count", "how many apes?", threading.Event()) == ""
    assert time.monotonic() - started < 10


@pytest.mark.models
def test_the_model_knows_its_size_and_loads_again_after_close(llama):
    assert llama.parameters == pytest.approx(135e6, rel=0.05)
    llama.close()
    assert llama.invoke("Hi", max_tokens=3).content


def test_a_file_that_is_no_model_is_an_error_with_its_name(tmp_path):
    path = tmp_path / "not.gguf"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelNotFoundError, match=r"not\.gguf"):
        LlamaChat(path=path).invoke("Hi")


def test_a_slow_model_is_not_waited_for(monkeypatch):
    clock = iter([0.0, 100.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock, 100.0))
    assert (
        ModelOpener(ScriptedChat(lines=["Here is the one."])).write("found_one", "hi", threading.Event())
        == ""
    )
