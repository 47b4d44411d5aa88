"""Traces: what is in one, that it brings its answer back, and that a stranger's does no harm."""

import json
import os
import shutil

import pytest
from PIL import Image
from typer.testing import CliRunner

from agent.assemble import Agent, open_agent
from agent.chat_model import LlamaChat, ScriptedChat
from agent.remember import Memory
from agent.replay import MOST_TOLD, replay
from agent.trace import MOST_BYTES, Asked, Picture, Trace, ask_traced, read, write
from agent.wording import TOO_SLOW
from magpie import models
from magpie.errors import InputError
from magpie.settings import Settings
from ui.cli import app

ZOMBIE = "a zombie punk with a beanie, no glasses"
QUESTIONS = [
    "a zombie punk with a pipe, no glasses",
    "tokens similar to punk 7804",
    "what traits does punk 7804 have?",
    "how many apes are in CryptoPunks?",
    "compare punk 1 and punk 2",
    "recommend collections for someone who likes friendly robots",
    "who owns punk 7804?",
    "I like beanies",
    "hello",
    "tokens similar to punk 999",
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "trace.json"


@pytest.fixture
def own(settings, tmp_path):
    """Settings over a copy of the small world, which the test may write to."""
    home = shutil.copytree(settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("state.sqlite*"))
    return Settings(**{**settings.model_dump(), "home": home})


@pytest.fixture
def traced(agent, path):
    """One question's trace, through its file."""

    def make(question, **fields):
        write(ask_traced(agent, Asked(question=question, **fields)), path)
        return read(path)

    return make


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_replay_brings_the_answer_back(traced, settings, question):
    found = replay(settings, traced(question))
    assert (found.same, found.differences, found.versions, found.settings) == (True, (), (), ())


def test_a_trace_has_what_was_asked_and_all_that_came_of_it(agent, path):
    trace = ask_traced(agent, Asked(question=ZOMBIE, collections=("CRYPTOPUNKS",), seed=3))
    write(trace, path)
    assert read(path) == trace
    assert (trace.asked.seed, trace.answer.versions.seed) == (3, 3)
    assert trace.asked.collections == ("CRYPTOPUNKS",)
    assert [call.tool for call in trace.answer.calls] == ["search_tokens"]
    assert [step.name for step in trace.answer.steps][:3] == ["understand", "plan", "search_tokens"]
    assert list(path.parent.iterdir()) == [path]  # no part of it is left


def test_what_was_said_before_is_in_it_as_it_was_before_the_turn(own, settings, path):
    with open_agent(own, keep=True) as agent:
        agent.ask("remember that I like friendly robots", conversation="c")
        agent.ask(ZOMBIE, conversation="c")
        trace = ask_traced(agent, Asked(question="who owns it?", conversation="c"))
        liked = ask_traced(agent, Asked(question="recommend me something", conversation="c"))
        agent.ask("an alien", conversation="c")
        agent.profiles.forget()
    assert trace.memory.frame.focus.token_id == 1
    assert trace.answer.receipt.token.token_id == 1
    assert liked.memory.profile.likes == ("friendly robots",)
    for one in (trace, liked):
        write(one, path)
        assert replay(settings, read(path)).same
    with open_agent(own, keep=True) as agent:
        assert [turn.question for turn in agent.conversations.turns("c")][-1] == "an alien"
        assert agent.profiles.get().is_empty


def test_without_what_was_said_before_the_answer_would_be_another(traced, agent, settings, path):
    agent.ask(ZOMBIE)
    trace = traced("who owns it?")
    forgetful = trace.model_copy(update={"memory": type(trace.memory)()})
    found = replay(settings, forgetful)
    assert not found.same
    assert found.differences[0].where == "text 1"
    assert "CRYPTOPUNKS #1" in "".join(one.traced for one in found.differences)


def test_a_picture_is_asked_with_again_if_it_is_the_same(agent, settings, tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = tmp_path / "seen.png"
    shutil.copy(settings.dataset_dir / "CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png", picture)
    write(ask_traced(agent, Asked(image="seen.png")), path)
    later = ask_traced(agent, Asked(question="but with a beanie"))
    assert [one.path for one in later.pictures] == [picture]  # the frame's
    monkeypatch.chdir("/")
    assert read(path).asked.image == picture
    assert replay(settings, read(path)).same
    assert replay(settings, later).same
    Image.new("RGB", (32, 32), "red").save(picture)
    for trace in (read(path), later):
        with pytest.raises(InputError, match=r"seen\.png of the trace is not here, or is another one"):
            replay(settings, trace)


def test_another_index_is_told_with_both_values_unless_it_is_asked_anyway(traced, settings, own):
    from magpie.catalog import Catalog
    from retrieval import index

    trace = traced("how many apes are in CryptoPunks?")
    with Catalog(own.catalog_path) as catalog:
        home = catalog.collection("CRYPTOPUNKS")
        token = catalog.token(home.ref(7))
        catalog.put_tokens(home, [token.model_copy(update={"ref": home.ref(8), "name": "CryptoPunk #8"})])
    index.build(own, tick=lambda stage, done, total: None)
    with open_agent(own) as agent:
        now = agent.versions(7).dataset
    before = trace.answer.versions.dataset
    with pytest.raises(InputError, match=f"dataset: {before}, now {now}: bring them back, or give --anyway"):
        replay(own, trace)
    found = replay(own, trace, anyway=True)
    assert [one.where for one in found.versions] == ["dataset"]
    assert not found.same
    assert {"2", "3"} <= {word for one in found.differences for word in (one.traced + one.now).split()}


def test_an_answer_that_somebody_changed_differs_where_they_changed_it(traced, settings):
    trace = traced("an ape with a beanie")
    first = trace.answer.evidence[0]
    fact = first.facts[1].model_copy(update={"value": "Dragon"})
    changed = first.model_copy(update={"title": "Rex", "facts": (first.facts[0], fact, *first.facts[2:])})
    answer = trace.answer.model_copy(update={"evidence": (changed, *trace.answer.evidence[1:])})
    found = replay(settings, trace.model_copy(update={"answer": answer}))
    assert [str(one) for one in found.differences] == [
        "evidence 1 title: Rex, now CryptoPunk #7",
        "evidence 1 facts 2: Type: Dragon, now Type: Ape",
    ]


def test_times_scores_by_rounding_and_suggestions_are_not_compared(traced, settings):
    trace = traced("an ape with a beanie")
    first = trace.answer.evidence[0]
    hit = first.hit.model_copy(update={"score": first.hit.score * (1 + 1e-5)})
    evidence = (first.model_copy(update={"hit": hit}), *trace.answer.evidence[1:])
    steps = tuple(step.model_copy(update={"seconds": 99.0}) for step in trace.answer.steps)
    update = {"evidence": evidence, "steps": steps, "seconds": 99.0, "suggestions": (), "notices": ("x",)}
    answer = trace.answer.model_copy(update=update)
    assert replay(settings, trace.model_copy(update={"answer": answer})).same


def test_many_differences_are_cut_off(traced, settings):
    trace = traced("hello")
    answer = trace.answer.model_copy(update={"text": "\n".join("x" * 100)})
    found = replay(settings, trace.model_copy(update={"answer": answer}))
    assert len(found.differences) == MOST_TOLD


def test_an_answer_whose_model_was_too_slow_is_brought_back_from_templates(settings, path, monkeypatch):
    model = ScriptedChat(lines=["Have a look at this one."])
    with Agent(settings, model, patience=0) as agent:
        slow = ask_traced(agent, Asked(question="an ape with a beanie"))
        assert model.asked == []
    assert (slow.answer.worded_by, TOO_SLOW in slow.answer.notices) == ("template", True)
    opened = {}

    def scripted(settings, *, patience):
        opened["patience"] = patience
        return Agent(settings, ScriptedChat(lines=["Have a look at this one."]), patience=patience)

    monkeypatch.setattr("agent.replay.open_agent", scripted)
    assert replay(settings, slow).same
    assert opened == {"patience": 0.0}


@pytest.mark.models
def test_a_seed_decides_the_words_of_the_model_and_a_replay_says_them_again(settings, path):
    real = Settings(**{**settings.model_dump(), "llm": "smollm2-135m"})
    question = "how many apes are in CryptoPunks?"
    said = {}
    with Agent(real, LlamaChat(path=models.find("smollm2-135m").path), patience=120.0) as agent:
        for seed in range(8):
            trace = ask_traced(agent, Asked(question=question, seed=seed))
            assert trace.answer.worded_by == "llm"
            said[trace.answer.text] = trace
        assert agent.ask(question, seed=0).text == next(iter(said))
    assert len(said) > 1
    for trace in list(said.values())[:2]:
        write(trace, path)
        found = replay(real, read(path))
        assert found.same, found.differences
        assert found.answer.versions.model_sha256 == trace.answer.versions.model_sha256 != ""
    with pytest.raises(InputError, match=r"model: SmolLM2\S+, now none; model_sha256: "):
        replay(settings, trace)


def damaged(trace, **changes):
    """The trace's JSON with values put at dotted places."""
    plain = trace.model_dump(mode="json")
    for place, value in changes.items():
        *parents, last = place.split("__")
        at = plain
        for parent in parents:
            at = at[parent]
        at[last] = value
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": 2}, "format: Input should be 1"),
        ({"surprise": "\x1b[2J"}, "surprise: Extra inputs are not permitted"),
        ({"asked__seed": -1}, "asked.seed"),
        ({"asked__question": "x" * 2001}, "asked.question"),
        ({"asked__image": "/etc/passwd"}, "a picture without its digest"),
        ({"memory__frame__image": "/etc/passwd"}, "a picture without its digest"),
        (
            {"memory__frame__looked_up": {"kind": "search", "image": "/etc/passwd"}},
            "a picture without its digest",
        ),
        ({"memory__frame__words": "x " * 20_000}, "too many conditions"),
        (
            {
                "memory__frame__conditions": [
                    {"phrase": "x", "traits": [{"type": "", "value": "x"}], "score": 1}
                ]
                * 201
            },
            "too many conditions",
        ),
        (
            {"memory__frame__shown_collections": ["x" * 90] * 20_000},
            "remembers too much",
        ),
        ({"memory__profile__likes": ["x" * 201]}, "memory.profile.likes.0"),
        ({"answer__versions": None}, "tells no versions"),
        ({"pictures": [{"path": "/x", "size": 1, "sha256": "zz"}]}, "pictures.0.sha256"),
        ({"pictures": [{"path": "/x", "size": 10**12, "sha256": "a" * 64}]}, "pictures.0.size"),
    ],
)
def test_a_strangers_trace_is_refused_with_one_line(traced, path, changes, problem):
    path.write_text(damaged(traced("hello"), **changes))
    with pytest.raises(InputError) as refused:
        read(path)
    assert problem in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is no trace"),
        (b"[]", "is no trace"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (MOST_BYTES + 1), "over 8 MB"),
    ],
)
def test_what_is_no_trace_is_refused(path, content, problem):
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        read(path)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize(
    "place",
    ["/etc/hostname", "/proc/kmsg", "/dev/zero", "relative.png", "\\\\host\\share\\a.png", "//host/a/b.png"],
)
def test_a_picture_of_a_strangers_trace_is_not_opened_unless_its_size_and_digest_fit(
    traced, settings, place, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save("relative.png")
    picture = Picture(path=place, size=7, sha256="0" * 64)
    trace = traced("hello")
    hostile = trace.model_copy(
        update={"pictures": (picture,), "asked": trace.asked.model_copy(update={"image": picture.path})}
    )
    with pytest.raises(InputError, match="is not here, or is another one"):
        replay(settings, hostile)


def test_a_pipe_in_place_of_a_picture_is_not_waited_for(traced, settings, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    trace = traced("hello")
    hostile = Trace(
        **{
            **dict(trace),
            "pictures": (Picture(path=tmp_path / "pipe.png", size=7, sha256="0" * 64),),
        }
    )
    with pytest.raises(InputError, match="is not here, or is another one"):
        replay(settings, hostile)


def test_a_traces_settings_tell_hosts_and_no_keys(home, path):
    secret = "https://user:hunter2@node.example/v3/KEY123?token=T456"
    rich = Settings(
        home=home, image_encoder="hashing", text_encoder="hashing", llm="none", nodes={"eip155:1": [secret]}
    )
    with open_agent(rich) as agent:
        write(ask_traced(agent, Asked(question="hello")), path)
    assert read(path).settings["nodes"] == "eip155:1 node.example"
    assert not any(word in path.read_text() for word in ("hunter2", "KEY123", "T456", "user:"))


@pytest.fixture
def magpie(home, monkeypatch):
    for name in ("IMAGE_ENCODER", "TEXT_ENCODER"):
        monkeypatch.setenv(f"MAGPIE_{name}", "hashing")
    monkeypatch.setenv("MAGPIE_LLM", "none")
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments), "--home", str(home)])


def test_ask_writes_a_trace_and_replay_says_same_answer(magpie, path):
    asked = magpie("ask", "an ape with a beanie", "--trace", path, "--seed", "3", "--json")
    assert asked.exit_code == 0
    assert json.loads(asked.stdout)["versions"]["seed"] == 3
    again = magpie("replay", path)
    assert (again.exit_code, again.stdout) == (0, "same answer\n")
    told = json.loads(magpie("replay", path, "--json").stdout)
    assert (told["same"], told["differences"], told["answer"]["versions"]["seed"]) == (True, [], 3)


def test_no_match_has_its_trace_too(magpie, path):
    assert magpie("ask", QUESTIONS[0], "--trace", path).exit_code == 3
    assert magpie("replay", path).stdout == "same answer\n"


def test_a_difference_is_exit_code_1_and_readable(magpie, path):
    magpie("ask", "an ape with a beanie", "--trace", path)
    trace = read(path)
    path.write_text(damaged(trace, answer__text="\x1b[2JGone.", settings={"device": "cuda"}))
    result = magpie("replay", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("text 1: [2JGone., now ")
    assert "note: setting device: cuda, now cpu" in result.stderr
    assert json.loads(magpie("replay", path, "--json").stdout)["same"] is False


def test_other_versions_are_told_and_asked_over_only_anyway(magpie, path):
    magpie("ask", "an ape with a beanie", "--trace", path)
    path.write_text(damaged(read(path), answer__versions__caption_encoder="hashing:words-9"))
    refused = magpie("replay", path)
    assert refused.exit_code == 1
    assert "caption_encoder: hashing:words-9, now hashing:words-" in str(refused.exception)
    anyway = magpie("replay", path, "--anyway")
    assert (anyway.exit_code, anyway.stdout) == (0, "same answer\n")
    assert "note: made with caption_encoder: hashing:words-9" in anyway.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ask", "x", "--jobs", "2"], "give them with --batch"),
        (["ask", "x", "--out", "y"], "give them with --batch"),
        (["ask", "--batch", "-", "--trace", "y"], "drop --conversation and --trace"),
        (["replay", "/nowhere.json"], "cannot be read"),
    ],
)
def test_bad_usage_is_one_line_that_names_the_fix(magpie, arguments, problem):
    result = magpie(*arguments)
    assert result.exit_code == 1
    assert problem in str(result.exception)


@pytest.mark.parametrize("seed", ["-1", str(2**32 - 1), "x"])
def test_a_seed_that_no_model_takes_is_wrong_usage(magpie, seed):
    assert magpie("ask", "hello", "--seed", seed).exit_code == 2


HERE = {"chain": "eip155:1", "contract": "0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb", "token_id": "7"}
NOWHERE = {**HERE, "contract": "0x" + "9" * 40}
NO_TRAITS = {"phrase": "", "traits": [], "score": 1}


@pytest.mark.parametrize(
    "frame",
    [
        {"collections": ["Nope"], "words": "blue"},
        {"collections": ["Nope"], "shown": [NOWHERE], "focus": NOWHERE},
        {"shown_collections": ["Nope", "Nada"]},
        {"collections": ["CRYPTOPUNKS"], "conditions": [NO_TRAITS], "shown": [HERE], "focus": HERE},
        {"shown": [HERE], "focus": HERE, "looked_up": {"kind": "search", "collections": ["Nope"]}},
        {"shown": [HERE], "focus": HERE, "looked_up": {"kind": "search", "conditions": [NO_TRAITS]}},
        {"shown": [NOWHERE], "focus": NOWHERE, "looked_up": {"kind": "similar", "ref": NOWHERE}},
        {"shown_collections": ["CRYPTOPUNKS"], "looked_up": {"kind": "recommend", "like": ["Nope"]}},
    ],
)
def test_a_memory_of_what_is_not_here_is_leant_on_as_far_as_it_goes(agent, frame):
    memory = Memory.model_validate_json(json.dumps({"frame": frame, "profile": {"owned": ["Nope"]}}))
    for question in (
        "but with a beanie",
        "who owns it?",
        "why that one?",
        "how many of those are there?",
        "compare them",
        "a rarer one like it",
        "what traits does the first one have?",
        "the second one",
    ):
        with agent.apart(memory) as speaker:
            assert speaker.ask(question).text
