"""The embedded caption model over llama.cpp: a caption a line, repeatable, and its limits."""

import pytest

from ingest.paraphrase.check import check
from ingest.paraphrase.llama import Weights
from ingest.paraphrase.model import LlamaWriter, open_writer
from ingest.paraphrase.prompt import prompt
from magpie import models
from magpie.domain import Trait
from magpie.errors import ModelNotFoundError
from magpie.settings import Settings

TRAITS = tuple(
    Trait(type=type_, value=value)
    for type_, value in (("Fur", "Gold"), ("Hat", "Beanie"), ("Eyes", "Laser"), ("Background", "Blue"))
)
ASKED = prompt("ape", TRAITS)
LONG = "\n".join(["ape | " + ", ".join(["a very long thing"] * 120)] * 3)

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def writer():
    found = (models.find("smollm2-135m"), models.find("smollm2-captions"))
    with LlamaWriter(*found, threads=1, sequences=4, temperature=0.7) as opened:
        yield opened


def test_each_line_of_a_prompt_gets_a_caption_of_its_own(writer):
    answers = writer.write([ASKED, prompt("cat", TRAITS[:1])], seed=0)
    assert [len(answer) for answer in answers] == [3, 3]
    assert all("ape" in caption.lower() for caption in answers[0])
    assert all("cat" in caption.lower() for caption in answers[1])


def test_captions_of_a_few_traits_are_faithful(writer):
    ((*captions,),) = writer.write([ASKED], seed=1)
    assert [check(caption, "ape", TRAITS) for caption in captions] == [[], [], []]


def test_the_same_seed_gives_the_same_captions_and_another_gives_others(writer):
    first, again, other = (writer.write([ASKED], seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_more_captions_than_are_decoded_together_all_come(writer):
    (one,) = writer.write([prompt("ape", TRAITS[:1])], seed=0)
    answers = writer.write([prompt("ape", TRAITS[:1])] * 2, seed=0)
    assert answers == [one, one]


def test_a_line_that_is_too_long_gets_no_caption_and_stops_nothing(writer):
    assert writer.write([LONG, ASKED], seed=3) == [["", "", ""], *writer.write([ASKED], seed=3)]


def test_nothing_asked_is_nothing_written(writer):
    assert writer.write([], seed=0) == []


def test_the_id_tells_adapters_and_temperatures_apart(tmp_path):
    base, adapter = models.find("smollm2-135m"), models.find("smollm2-captions")
    ids = set()
    for used, temperature in ((adapter, 0.7), (adapter, 0.0), (None, 0.7)):
        with LlamaWriter(base, used, threads=1, sequences=1, temperature=temperature) as opened:
            ids.add(opened.id)
    assert len(ids) == 3


def test_a_setting_without_a_model_opens_none(tmp_path):
    with pytest.raises(ModelNotFoundError, match="none"):
        open_writer(Settings(home=tmp_path, llm="none"))


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF but not really")
    with pytest.raises(ModelNotFoundError, match="is not a model"):
        Weights(path, None)


def test_a_file_that_is_no_adapter_is_refused_by_name():
    base = models.find("smollm2-135m").path
    with pytest.raises(ModelNotFoundError, match="is not an adapter"):
        Weights(base, base)
