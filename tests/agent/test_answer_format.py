"""The JSON that scripts read is what docs/answer-format.md says, and comes back whole."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from langsmith.utils import tracing_is_enabled
from pydantic import TypeAdapter

from agent.answer import Answer, Event, Evidence, Versions
from agent.arguments import SearchArgs, TokenArgs
from agent.assemble import Agent, open_agent
from agent.chat_model import LlamaChat
from agent.routing import router
from agent.tools import make_toolbox, token_facts
from magpie import models
from magpie.files import sha256_file
from retrieval import manifest
from tools.answer_schema import ARGUMENTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "answer-format.md").read_text(encoding="utf-8")


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


def test_every_version_is_documented():
    assert [name for name in Versions.model_fields if f"`{name}`" not in DOCUMENT] == []


def test_the_schema_is_current():
    made = subprocess.run(
        [sys.executable, "-m", "tools.answer_schema"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert (ROOT / "docs" / "answer.schema.json").read_text("utf-8") == made.stdout


def test_the_schema_knows_the_arguments_of_every_tool():
    tools = make_toolbox(None, None, None, None).tools
    assert {name: tool.args for name, tool in tools.items()} == ARGUMENTS


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((ROOT / "docs" / "answer.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("a zombie punk with a pipe, no glasses", "search_tokens"),
        ("tokens similar to punk 7804", "similar_tokens"),
        ("what traits does punk 7804 have?", "token_facts"),
        ("how many apes are in CryptoPunks?", "collection_facts"),
        ("compare punk 1 and punk 2", "compare"),
        ("recommend collections for someone who likes friendly robots", "recommend_collections"),
        ("remember that I like beanies", "taste"),
        ("who owns punk 7804?", "verify_ownership"),
    ],
)
def test_answers_and_the_typed_arguments_of_their_calls_are_as_the_schema_says(
    agent, validator, question, tool
):
    answer = agent.ask(question).model_dump(mode="json")
    assert [call["tool"] for call in answer["calls"]] == [tool]
    assert list(validator.iter_errors(answer)) == []
    ARGUMENTS[tool].model_validate(answer["calls"][0]["arguments"])
    del answer["calls"][0]["tool"]
    assert [error.message for error in validator.iter_errors(answer)] == ["'tool' is a required property"]


def test_the_schema_refuses_arguments_of_another_tool(agent, validator):
    answer = agent.ask("who owns punk 7804?").model_dump(mode="json")
    answer["calls"][0]["tool"] = "search_tokens"
    assert list(validator.iter_errors(answer))


def test_a_call_that_failed_says_so_and_small_talk_calls_nothing(agent):
    failed = agent.ask("tokens similar to punk 999")
    assert [(call.tool, call.ok) for call in failed.calls] == [("similar_tokens", False)]
    assert agent.ask("hello").calls == ()


def test_versions_are_those_of_the_index_and_the_seed_that_was_given(agent, settings):
    built = manifest.read(settings)
    versions = agent.ask("hello", seed=11).versions
    assert (versions.seed, agent.ask("hello").versions.seed) == (11, 7)
    assert (versions.dataset, versions.image_encoder) == (built.dataset, built.image.encoder)
    assert (versions.caption_encoder, versions.model, versions.model_sha256) == (
        built.caption.encoder,
        "none",
        "",
    )
    weights = Path(router.__file__).with_name(router.WEIGHTS)
    assert versions.router in ("none", sha256_file(weights)[:12])


@pytest.mark.models
def test_the_models_file_is_named_with_its_digest(settings):
    weights = models.find("smollm2-135m").path
    with Agent(settings, LlamaChat(path=weights)) as agent:
        versions = agent.ask("hello").versions
    assert (versions.model, versions.model_sha256) == (weights.stem, sha256_file(weights)[:12])
