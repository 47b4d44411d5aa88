"""Magpie as a LangChain retriever: documents for a question, from any thread or event loop."""

import asyncio
import copy
import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from magpie.errors import IndexMismatchError, InputError, MagpieError, MissingExtraError
from retrieval.index import build
from retrieval.langchain_retriever import MagpieRetriever


@pytest.fixture
def retriever(toys):
    opened = MagpieRetriever(settings=toys)
    yield opened
    opened.close()


def found(documents):
    return [(one.metadata["collection"], one.metadata["token_id"]) for one in documents]


def test_a_question_gives_documents_with_all_that_is_known(retriever, toys, cubes):
    (document,) = retriever.invoke("a blue cube with a top hat")
    assert isinstance(retriever, BaseRetriever)
    assert isinstance(document, Document)
    assert document.page_content == "A picture of cube, containing Blue Colour Top Hat Headwear."
    assert document.id == str(cubes.ref(4))
    held = document.metadata
    assert (held["ref"], held["name"], held["collection"]) == (str(cubes.ref(4)), "Cubes #4", "Cubes")
    assert held["token_id"] == "4"
    assert held["traits"] == [
        {"type": "Colour", "value": "Blue"},
        {"type": "Headwear", "value": "Top Hat"},
    ]
    assert Path(held["image"]) == toys.dataset_dir / "Cubes/images/Cubes_4.png"
    assert Path(held["image"]).is_file()
    assert held["score"] == pytest.approx(sum(part["contribution"] for part in held["signals"]))
    assert {part["signal"] for part in held["signals"]} == {"image", "caption", "bm25", "traits"}
    assert (held["rarity"]["ranked"], held["lacks"]) == (6, [])
    assert json.loads(json.dumps(held)) == held


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"where": "colour=blue"}, [("Balls", "1"), ("Cubes", "4"), ("Cubes", "5")]),
        ({"where": "colour=blue", "collections": ["cubes"]}, [("Cubes", "4"), ("Cubes", "5")]),
        ({"where": "headwear=* and not headwear=cap", "k": 1}, [("Cubes", "1")]),
        ({"collections": ("Balls",)}, [("Balls", "1"), ("Balls", "2")]),
        ({"where": "rank<=1", "collections": ["Cubes", "Balls"], "k": 1000}, None),
    ],
)
def test_filters_are_hard_whether_given_for_all_questions_or_for_one(toys, filters, expected):
    of_all, of_one = MagpieRetriever(settings=toys, **filters), MagpieRetriever(settings=toys)
    listed = of_all.invoke("")
    assert listed == of_one.invoke("", **filters)
    if expected is not None:
        assert sorted(found(listed)) == expected
    of_all.close()
    of_one.close()


def test_a_filter_of_one_question_stands_in_for_that_of_all(toys):
    retriever = MagpieRetriever(settings=toys, where="colour=red", collections=["Balls"], k=1)
    assert found(retriever.invoke("")) == [("Balls", "2")]
    everywhere = retriever.invoke("", where="colour=blue", collections=[], k=9)
    assert found(everywhere) == [("Balls", "1"), ("Cubes", "4"), ("Cubes", "5")]
    retriever.close()


@pytest.mark.parametrize(("k", "expected"), [(1, 1), (7, 7), (8, 8), (9, 8), (1000, 8)])
def test_at_most_k_and_at_most_all(retriever, k, expected):
    assert len(retriever.invoke("a picture", k=k)) == expected


def test_no_match_is_an_empty_list_and_near_misses_come_on_request(toys, retriever):
    question = "a green cube with a top hat"
    assert retriever.invoke(question) == []
    close = MagpieRetriever(settings=toys, near_misses=True)
    near = close.invoke(question)
    assert near
    assert {lack for document in near for lack in document.metadata["lacks"]} == {
        "Colour=Green",
        "Headwear=Top Hat",
    }
    assert all(document.metadata["lacks"] for document in near)
    assert [document.metadata["lacks"] for document in close.invoke("a blue cube with a top hat")] == [[]]
    close.close()


def test_words_need_not_be_read_as_conditions(toys):
    ranked = MagpieRetriever(settings=toys, understand=False)
    assert len(ranked.invoke("a green cube with a top hat")) == 8
    ranked.close()


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"k": 0}, "k 0 is out of range; give a number from 1 to 1000"),
        ({"k": 1001}, "k 1001 is out of range"),
        ({"where": "hat=(cap"}, "cannot be read at the mark"),
        ({"collections": ["Cubs"]}, "unknown collection 'Cubs'; did you mean 'Cubes'?"),
        ({"where": "hue=red"}, "unknown trait type 'hue'"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(toys, retriever, filters, message):
    with pytest.raises(InputError) as caught:
        retriever.invoke("red", **filters)
    assert message in str(caught.value)
    with pytest.raises(InputError) as caught:
        MagpieRetriever(settings=toys, **filters).invoke("red")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_asked_is_refused(retriever):
    with pytest.raises(InputError, match="nothing to search for; give words, where or collections"):
        retriever.invoke("  ")


def test_one_object_serves_many_threads_at_once(retriever):
    questions = ["a red cube", "a blue ball", "laser eyes", "a green cube with a top hat"] * 5
    apart = [found(retriever.invoke(question)) for question in questions]
    assert [found(one) for one in retriever.batch(questions, config={"max_concurrency": 8})] == apart
    gathered = {}

    def ask(at):
        gathered[at] = found(retriever.invoke(questions[at]))

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [gathered[at] for at in range(len(questions))] == apart


def test_it_serves_event_loops_one_after_the_other_and_many_questions_in_each(retriever):
    questions = ["a red cube", "a blue ball", "laser eyes"]
    apart = [found(retriever.invoke(question)) for question in questions]

    async def all_at_once():
        return await asyncio.gather(*(retriever.ainvoke(question, k=10) for question in questions))

    for _ in range(2):
        assert [found(one) for one in asyncio.run(all_at_once())] == apart
    with pytest.raises(InputError, match="unknown collection"):
        asyncio.run(retriever.ainvoke("red", collections=["Cubs"]))


def test_it_is_part_of_a_chain(retriever):
    chain = retriever | RunnableLambda(lambda documents: [one.metadata["name"] for one in documents])
    assert chain.invoke("a blue cube with a top hat") == ["Cubes #4"]


def test_what_was_indexed_in_the_meantime_is_found(retriever, put, toys, silent, cubes):
    assert found(retriever.invoke("", where="colour=green")) == [("Cubes", "3")]
    put(cubes, {11: ["Colour=Green"]})
    build(toys, tick=silent)
    assert found(retriever.invoke("", where="colour=green")) == [("Cubes", "3"), ("Cubes", "11")]
    assert ("Cubes", "11") in found(retriever.invoke("something green", k=3))


def test_it_goes_on_after_it_was_closed_and_as_a_copy(retriever):
    before = retriever.invoke("a red cube")
    retriever.close()
    retriever.close()
    assert retriever.invoke("a red cube") == before
    for copied in (copy.deepcopy(retriever), pickle.loads(pickle.dumps(retriever))):
        assert copied.invoke("a red cube") == before
        copied.close()


def test_home_alone_is_enough_and_the_environment_too(toys, monkeypatch):
    monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", "hashing")
    monkeypatch.setenv("MAGPIE_TEXT_ENCODER", "hashing")
    named = MagpieRetriever(home=toys.home)
    monkeypatch.setenv("MAGPIE_HOME", str(toys.home))
    unnamed = MagpieRetriever()
    assert found(named.invoke("a red ball")) == found(unnamed.invoke("a red ball")) == [("Balls", "2")]
    named.close()
    unnamed.close()
    with pytest.raises(InputError, match="home or settings, not both"):
        MagpieRetriever(home=toys.home, settings=toys)


def test_a_home_without_an_index_says_what_to_run(settings, put, cubes):
    retriever = MagpieRetriever(settings=settings)
    with pytest.raises(MagpieError, match="run `magpie ingest sample`"):
        retriever.invoke("red")
    put(cubes, {1: ["Colour=Red"]})
    with pytest.raises(IndexMismatchError, match="run `magpie index`"):
        retriever.invoke("red")


def test_keys_in_the_settings_are_not_shown(toys):
    private = toys.model_copy(update={"nodes": {"eip155:1": ("https://node.example/key123",)}})
    assert "key123" not in repr(MagpieRetriever(settings=private))


def test_without_langchain_one_line_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "retrieval.langchain_retriever")
    monkeypatch.setitem(sys.modules, "langchain_core", None)
    monkeypatch.setitem(sys.modules, "langchain_core.callbacks", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'magpie\[agent\]'"):
        import retrieval.langchain_retriever  # noqa: F401


def test_search_itself_does_not_load_langchain():
    code = "import sys, retrieval.search; print('langchain_core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
