"""Questions in a file: one record a line, whatever a line holds."""

import json

import pytest
from PIL import Image

from agent.assemble import open_agent
from agent.batch import Kept, answer_lines, answer_others
from agent.remember import Memory
from magpie.settings import Settings


def plain_settings(home):
    """Without weights; a fixture of a module cannot ask for those of a test."""
    return Settings(home=home, image_encoder="hashing", text_encoder="hashing", llm="none")


def records(agent, *lines):
    return list(answer_lines(agent, lines))


def test_each_line_gives_one_record_with_its_number_and_id(agent):
    first, second = records(
        agent, '"how many apes are in CryptoPunks?"\n', '{"question": "hello", "id": "b"}\n'
    )
    assert (first["line"], first["answer"]["outcome"]) == (1, "answered")
    assert (second["line"], second["id"], second["answer"]["intent"]) == (2, "b", "smalltalk")


def test_a_bad_line_is_an_error_record_and_the_rest_carries_on(agent):
    bad = [
        "{nonsense",
        '{"question": 1}',
        '{"quest": "x"}',
        "[]",
        '{"question": ""}',
        '{"question": "x", "image": "/no"}',
    ]
    found = records(agent, *bad, "", '"hello"')
    assert [record["line"] for record in found] == [1, 2, 3, 4, 5, 6, 8]
    assert all("answer" not in record for record in found[:-1])
    assert found[0]["error"].startswith("not JSON")
    assert found[1]["error"] == "question: Input should be a valid string"
    assert found[4]["error"].startswith("ask something")
    assert found[-1]["answer"]["outcome"] == "answered"


def test_lines_stand_alone_unless_they_share_a_conversation(agent):
    look = "a zombie punk with a beanie, no glasses"
    apart = records(agent, json.dumps(look), '"who owns it?"')
    assert apart[1]["answer"]["outcome"] == "clarify"
    together = records(
        agent, *(json.dumps({"question": q, "conversation": "c"}) for q in (look, "who owns it?"))
    )
    assert together[1]["answer"]["receipt"]["token"]["token_id"] == "1"


def test_records_are_made_one_at_a_time(agent):
    def lines():
        yield '"hello"'
        raise AssertionError("the second line was read before the first was answered")

    assert next(answer_lines(agent, lines()))["line"] == 1


QUESTIONS = [
    json.dumps("a zombie punk with a beanie, no glasses"),
    json.dumps({"question": "an ape with a beanie", "conversation": "a"}),
    json.dumps({"question": "an alien", "conversation": "b"}),
    json.dumps({"question": "who owns it?", "conversation": "a"}),
    "{bad",
    json.dumps({"question": "remember that I like friendly robots", "conversation": "a"}),
    json.dumps({"question": "who owns it?", "conversation": "b"}),
    json.dumps({"question": "what do you know about my taste?", "conversation": "a", "id": 7}),
    json.dumps({"question": "what do you know about my taste?", "conversation": "b", "id": 8}),
]


def bare(record):
    """What two runs have to agree on."""
    answer = record.get("answer")
    if not answer:
        return record
    kept = {name: answer[name] for name in ("text", "evidence", "calls", "shown", "conversation", "versions")}
    return {**record, "answer": kept}


@pytest.fixture(scope="module")
def one_by_one(home):
    with open_agent(plain_settings(home)) as agent:
        return [bare(record) for record in answer_lines(agent, QUESTIONS)]


@pytest.mark.parametrize("jobs", [2, 8])
def test_several_jobs_give_the_same_records_in_the_order_of_the_lines(agent, one_by_one, jobs):
    assert [bare(record) for record in answer_lines(agent, QUESTIONS, jobs=jobs)] == one_by_one


def test_what_is_said_in_a_conversation_is_known_in_it_alone(one_by_one):
    owner = [one_by_one[place]["answer"]["shown"][0]["token_id"] for place in (3, 6)]
    assert owner == ["7", "7804"]
    assert "friendly robots" in one_by_one[7]["answer"]["text"]
    assert "friendly robots" not in one_by_one[8]["answer"]["text"]


def test_no_more_lines_are_read_than_jobs_may_soon_need(agent):
    read = []

    def lines():
        for number in range(100):
            read.append(number)
            yield '"hello"'

    records_of = answer_lines(agent, lines(), jobs=2)
    next(records_of)
    assert len(read) <= 10
    records_of.close()  # ends its threads


def test_a_seed_is_told_by_every_answer(agent):
    (record,) = answer_lines(agent, ['"hello"'], seed=5)
    assert record["answer"]["versions"]["seed"] == 5


def digests(agent, lines):
    return [record["digest"] for record in answer_lines(agent, lines)]


def test_a_digest_covers_the_line_and_those_of_its_conversation_before(agent):
    def lines(first):
        return [json.dumps({"question": q, "conversation": "c"}) for q in (first, "hello")] + ['"hello"']

    before, after = digests(agent, lines("thanks")), digests(agent, lines("help"))
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, True]


def test_a_digest_covers_the_picture_itself(agent, tmp_path):
    picture = tmp_path / "p.png"
    made = []
    for colour in ("red", "blue"):
        Image.new("RGB", (8, 8), colour).save(picture)
        made += digests(agent, [json.dumps({"image": str(picture)})])
    assert made[0] != made[1]


@pytest.mark.parametrize(
    "line", ['{"question": "\\ud800"}', '{"question": "x", "image": "%s"}' % ("x" * 5000)]
)
def test_a_line_that_no_file_or_text_can_hold_is_an_error_record_too(agent, line):
    bad, good = records(agent, line, '"hello"')
    assert bad["error"]
    assert good["answer"]["outcome"] == "answered"


def test_what_is_kept_is_not_asked_and_its_conversation_goes_on(agent, one_by_one):
    """Only the last line is missing: it knows the taste that an earlier run was told."""
    kept = {
        record["line"]: Kept(
            record["digest"], Memory.model_validate(record["memory"]) if "memory" in record else None
        )
        for record in one_by_one
        if "answer" in record and record["line"] != 8
    }
    found = dict(answer_others(agent, QUESTIONS, kept, jobs=3))
    assert [number for number, record in found.items() if record] == [5, 8]
    assert bare(found[8]) == one_by_one[7]


def test_a_bug_is_raised_and_not_written_into_a_record(agent, monkeypatch):
    monkeypatch.setattr(agent, "apart", lambda memory: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        records(agent, '"hello"')
