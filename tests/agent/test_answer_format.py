"""The JSON that scripts read is what docs/answer-format.md says, and comes back whole."""

from pathlib import Path

import pytest
from langsmith.utils import tracing_is_enabled
from pydantic import TypeAdapter

from agent.answer import Answer, Event, Evidence
from agent.assemble import open_agent
from agent.plan import SearchArgs, TokenArgs
from agent.tools import token_facts

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "answer-format.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [Answer, Evidence])
def test_every_field_is_documented(model):
    assert [name for name in model.model_fields if f"`{name}`" not in DOCUMENT] == []


def test_every_outcome_intent_and_kind_is_documented():
    schema = Answer.model_json_schema()
    named = [
        *schema["properties"]["outcome"]["enum"],
        *schema["$defs"]["Evidence"]["properties"]["kind"]["enum"],
    ]
    assert [name for name in named if f"`{name}`" not in DOCUMENT] == []


def test_events_and_answers_survive_json(agent):
    adapter = TypeAdapter(Event)
    events = list(agent.stream("a zombie punk with a pipe, no glasses"))
    assert [adapter.validate_json(adapter.dump_json(event)) for event in events] == events


def test_evidence_is_found_by_its_number(agent):
    answer = agent.ask("an ape with a beanie")
    assert answer.cited(1) == answer.evidence[0]
    assert answer.cited(99) is None


def test_no_turn_is_sent_to_a_tracing_service(settings, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with open_agent(settings) as agent:
        agent.ask("hello")
        assert not tracing_is_enabled()


def test_a_tool_refuses_another_tools_arguments(library):
    with pytest.raises(TypeError, match="token_facts takes TokenArgs, not SearchArgs"):
        token_facts(library).call(SearchArgs())
    assert token_facts(library).args is TokenArgs
