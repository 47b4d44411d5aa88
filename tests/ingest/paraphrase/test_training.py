"""The adapter's recipe: what it is trained on, and that a trained adapter is one for llama.cpp."""

import json
import random
from itertools import islice

import numpy
import pytest

from ingest.paraphrase.check import check
from ingest.paraphrase.llama import Weights
from ingest.paraphrase.prompt import prompt
from magpie import models

pytest.importorskip("gguf", reason="the training's libraries are in the dev extra")
from tools.train_captioner.convert import _rope_order, convert
from tools.train_captioner.examples import of, training_examples
from tools.train_captioner.recipe import Recipe
from tools.train_captioner.trait_sets import invented, sampled


def sets(count):
    return list(islice(invented(random.Random(1)), count))


def things(line):
    """What a line names, whatever the order: its words but for the joints."""
    return sorted(word for word in line.replace(",", " ").replace("|", " ").split() if word != "and")


def test_made_up_sets_have_one_to_twenty_traits_of_different_types():
    made = sets(300)
    sizes = [len(one.traits) for one in made]
    assert (min(sizes) >= 1, max(sizes) <= 20, len(set(sizes)) > 10) == (True, True, True)
    assert made == sets(300)


def test_every_caption_to_learn_passes_the_check():
    for one in sets(30):
        for example in of(one, seed=0):
            assert check(example.caption, one.subject, one.traits) == []


def test_a_line_to_learn_names_what_the_prompt_of_its_set_names():
    learnt = [(one, example) for one in sets(30) for example in of(one, seed=0)]
    assert len(learnt) > 60
    for one, example in learnt:
        asked = prompt(one.subject, one.traits).split("\n")[0]
        assert things(example.line) == things(asked)


def test_the_styles_held_out_are_not_trained_on():
    held_out = sampled(4, 0, held_out=True)
    assert held_out
    assert set(held_out).isdisjoint(sampled(4, 20))


def test_examples_are_as_many_as_asked_for_and_the_same_again():
    first = training_examples(40, seed=5, sampled_share=0.5)
    assert len(first) == 40
    assert first == training_examples(40, seed=5, sampled_share=0.5)
    assert first != training_examples(40, seed=6, sampled_share=0.5)


def test_query_rows_are_put_in_the_order_of_llama_cpp():
    rows = numpy.arange(16).reshape(16, 1)
    assert _rope_order(rows, 2).ravel().tolist() == [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]


def test_a_tensor_that_is_no_lora_is_named(tmp_path):
    with pytest.raises(ValueError, match="lm_head"):
        convert({"lm_head.weight": None}, 16, tmp_path / "a.gguf", heads=9, kv_heads=3)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore")  # of transformers and peft, at import
def test_two_steps_of_training_make_an_adapter_that_llama_cpp_loads(tmp_path):
    from tools.train_captioner.__main__ import make

    path = make(Recipe(steps=2, batch=2, rank=2), tmp_path, threads=1)
    log = json.loads((tmp_path / "log.json").read_text())
    assert [entry["step"] for entry in log["log"]] == [2]
    assert path.stat().st_size < 15_000_000
    weights = Weights(models.find("smollm2-135m").path, path)
    weights.close()
