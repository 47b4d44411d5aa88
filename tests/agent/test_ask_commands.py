"""``magpie ask``, ``chat`` and ``recommend``: what is printed where, and the exit codes."""

import json

import pytest
from typer.testing import CliRunner

from ui.cli import app

NO_MATCH = "a zombie punk with a pipe, no glasses"


@pytest.fixture
def magpie(home, monkeypatch):
    monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", "hashing")
    monkeypatch.setenv("MAGPIE_TEXT_ENCODER", "hashing")
    monkeypatch.setenv("MAGPIE_LLM", "none")

    def run(*arguments, stdin=""):
        return CliRunner().invoke(app, [*arguments, "--home", str(home)], input=stdin)

    return run


def test_an_answer_goes_to_stdout_with_its_evidence_and_the_rest_to_stderr(magpie):
    result = magpie("ask", "an ape with a beanie")
    assert result.exit_code == 0
    assert "- CryptoPunk #7 [1]: Ape" in result.stdout
    assert "[1] CryptoPunk #7: eip155:1/erc721:0xb47e" in result.stdout
    assert "You could ask" not in result.stdout
    assert "You could ask" in result.stderr


def test_nothing_found_is_exit_code_3(magpie):
    result = magpie("ask", NO_MATCH, "--json")
    assert result.exit_code == 3
    answer = json.loads(result.stdout)
    assert (answer["format"], answer["outcome"]) == (2, "no_match")
    assert answer["search"]["closest"][0]["lacks"] == ["Accessory=Pipe"]


def test_a_collection_limits_the_search(magpie):
    answer = json.loads(magpie("ask", "blue", "--json", "-c", "bottts sample").stdout)
    assert [token["token_id"] for token in answer["shown"]] == ["0", "2"]


def test_a_batch_prints_a_line_for_each_and_fails_if_one_failed(magpie, tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('"hello"\n{bad\n', encoding="utf-8")
    result = magpie("ask", "--batch", str(path))
    assert [json.loads(line)["line"] for line in result.stdout.splitlines()] == [1, 2]
    assert "1 of 2 questions could not be answered" in str(result.exception)


def test_a_batch_can_be_piped(magpie):
    result = magpie("ask", "--batch", "-", stdin='"hello"\n')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answer"]["intent"] == "smalltalk"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ask"], "ask something"),
        (["ask", "x", "--batch", "y"], "not both"),
        (["ask", "--batch", "/nowhere/q.jsonl"], "cannot be read"),
        (["ask", "x", "-c", "Nope"], "unknown collection 'Nope'"),
        (["recommend"], "say what is liked"),
        (["recommend", "--like", "x", "-k", "0"], "-k must be at least 1"),
    ],
)
def test_bad_usage_is_one_line_that_names_the_fix(magpie, arguments, problem):
    result = magpie(*arguments)
    assert result.exit_code == 1
    assert problem in str(result.exception)


def test_a_chat_remembers_shows_its_steps_and_ends_with_the_input(magpie):
    result = magpie("chat", stdin="an ape with a beanie\nwho owns it?\n")
    assert result.exit_code == 0
    assert "CryptoPunk #7 [1]" in result.stdout
    assert "Who owns CRYPTOPUNKS #7 could not be verified." in result.stdout
    assert "Searching: 1 shown" in result.stderr
    assert "Searching" not in result.stdout


def test_chat_commands(magpie, home):
    picture = home / "dataset/CRYPTOPUNKS/images/CRYPTOPUNKS_7804.png"
    lines = [
        f'/image "{picture}"',
        "/new",
        "who owns it?",
        "/image",
        "/image /nowhere.png",
        "/nonsense",
        '/image "',
        "/quit",
        "x",
    ]
    result = magpie("chat", stdin="\n".join(lines))
    assert "CryptoPunk #7804 [1]" in result.stdout
    assert "Which token do you mean?" in result.stdout
    for problem in (
        "unknown command '/image'",
        "there is no picture at /nowhere.png",
        "unknown command '/nonsense'",
        "close the",
    ):
        assert problem in result.stderr
    assert result.exit_code == 0


def test_recommendations_add_up_in_json(magpie):
    result = magpie("recommend", "--like", "friendly robots", "--json")
    (best,) = json.loads(result.stdout)
    assert best["collection"]["name"] == "Bottts Sample"
    assert round(sum(part["value"] for part in best["parts"]), 3) == best["score"]


def test_nothing_to_recommend_is_exit_code_3(magpie):
    owned = [
        word for name in ("Bottts Sample", "CRYPTOPUNKS", "Landscape Sample") for word in ("--owned", name)
    ]
    assert magpie("recommend", "--like", "robots", *owned).exit_code == 3
