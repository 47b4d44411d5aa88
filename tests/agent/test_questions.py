"""What a collector asks, and what must come of it: every line of questions.jsonl over the small world.

A line holds the turns of one conversation (``say``); the other fields are about the last answer: ``shown``
are the ids it shows, in any order, ``has`` and ``lacks`` are pieces of its text.
"""

import json
import re
from pathlib import Path

import pytest

from agent.assemble import open_agent
from agent.graph import UNPROVEN
from magpie.settings import Settings

LINES = (Path(__file__).parent / "questions.jsonl").read_text("utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]


@pytest.fixture(scope="module")
def collector(home):
    settings = Settings(home=home, image_encoder="hashing", text_encoder="hashing", llm="none")
    with open_agent(settings) as opened:
        yield opened


def last_answer(agent, case, home):
    agent.forget("q")
    image = home / "dataset" / case["image"] if "image" in case else None
    for turn in case["say"]:
        answer = agent.ask(turn, image=image, conversation="q")
    return answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: " | ".join(case["say"])[:60] or "a picture")
def test_a_question_gets_the_answer_that_it_deserves(case, collector, home):
    answer = last_answer(collector, case, home)
    assert UNPROVEN not in answer.text
    assert answer.intent == case["intent"]
    assert answer.outcome == case.get("outcome", answer.outcome)
    if "shown" in case:
        assert sorted(ref.token_id for ref in answer.shown) == sorted(case["shown"])
    assert [piece for piece in case.get("has", ()) if piece not in answer.text] == []
    assert [piece for piece in case.get("lacks", ()) if piece in answer.text] == []
    assert all(answer.cited(int(number)) for number in re.findall(r"\[(\d+)\]", answer.text))
