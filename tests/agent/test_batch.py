"""Questions in a file: one record a line, whatever a line holds."""

import json

from agent.batch import answer_lines


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
