"""``magpie conversations`` and ``taste``, and what ``ask`` and ``chat`` keep: flags, output, files."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from agent.state import State
from magpie.errors import InputError, SourceError
from ui.cli import app

APE = "an ape with a beanie"


@pytest.fixture
def own(home, tmp_path):
    return shutil.copytree(home, tmp_path / "own", ignore=shutil.ignore_patterns("state.sqlite*"))


@pytest.fixture
def magpie(own, monkeypatch):
    for name, value in {"IMAGE_ENCODER": "hashing", "TEXT_ENCODER": "hashing", "LLM": "none"}.items():
        monkeypatch.setenv(f"MAGPIE_{name}", value)

    def run(*arguments, stdin="", home=own):
        return CliRunner().invoke(app, [*arguments, "--home", str(home)], input=stdin)

    return run


def kept(magpie, *arguments):
    result = magpie("conversations", *arguments, "--json")
    assert result.exit_code == 0
    return json.loads(result.stdout)


def taste(magpie, *arguments):
    result = magpie("taste", *arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_questions_that_stand_alone_leave_nothing_on_disk(magpie, own):
    before = sorted(path.name for path in own.rglob("*"))
    lines = json.dumps(APE) + '\n{"question": "who owns it?", "conversation": "c"}\n'
    assert magpie("ask", APE).exit_code == 0
    assert magpie("ask", "--batch", "-", stdin=lines).exit_code == 0
    assert kept(magpie) == []
    assert taste(magpie)["likes"] == []
    assert magpie("taste", "--forget").exit_code == 0
    assert sorted(path.name for path in own.rglob("*")) == before


def test_ask_goes_on_with_a_conversation_by_name(magpie):
    magpie("ask", APE, "--conversation", "my apes")
    answer = json.loads(magpie("ask", "who owns it?", "--conversation", " my  apes ", "--json").stdout)
    assert answer["receipt"]["token"]["token_id"] == "7"
    assert answer["conversation"] == "my apes"
    (one,) = kept(magpie)
    assert (one["name"], one["title"], one["turns"]) == ("my apes", APE, 2)


def test_a_conversation_is_shown_again_renamed_and_deleted(magpie, own):
    magpie("ask", APE, "--conversation", "my apes")
    magpie("ask", "hello", "--conversation", "other")
    shown = magpie("conversations", "my apes")
    assert f"> {APE}" in shown.stdout
    assert "- CryptoPunk #7 [1]: Ape" in shown.stdout
    whole = kept(magpie, "my apes")
    assert [turn["answer"]["question"] for turn in whole["turns"]] == [APE]
    assert "Apes!" in magpie("conversations", "--rename", "my apes", "Apes!").stdout
    listed = magpie("conversations", "--delete", "my apes")
    assert listed.exit_code == 0
    assert "my apes" not in listed.stdout
    assert [one["name"] for one in kept(magpie)] == ["other"]
    assert b"beanie" not in b"".join(path.read_bytes() for path in own.glob("state.sqlite*"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["conversations", "nope"], "unknown conversation 'nope'; none is kept yet"),
        (["conversations", "--delete", "nope"], "unknown conversation 'nope'"),
        (["ask", "x", "--conversation", " "], "the conversation's name is empty"),
        (["ask", "--batch", "-", "--conversation", "x"], "a line of --batch names its own conversation"),
        (["taste", "--forget", "--like", "x"], "--forget erases everything; give it alone"),
        (["taste", "--own", "Nope"], "unknown collection 'Nope'"),
        (["taste", "--remove", "robots"], "it is empty"),
        (["taste", "--like", " "], "say what is liked"),
        (["taste", "--person", ""], "the person's name is empty"),
    ],
)
def test_bad_usage_is_one_line_that_names_the_fix(magpie, arguments, problem):
    result = magpie(*arguments)
    assert isinstance(result.exception, InputError)
    assert problem in str(result.exception)


def test_a_chat_is_kept_and_gone_on_with(magpie):
    first = magpie("chat", stdin=f"{APE}\n/quit\n")
    (one,) = kept(magpie)
    assert f"To go on: magpie chat --conversation {one['name']}" in first.stderr
    again = magpie("chat", "--conversation", one["name"], stdin="who owns it?\n")
    assert f"> {APE}" in again.stderr
    assert "CryptoPunk #7 [1]" in again.stderr
    assert "Who owns CRYPTOPUNKS #7 could not be verified." in again.stdout
    assert kept(magpie)[0]["turns"] == 2


def test_a_chat_shows_the_last_turns_of_a_long_conversation(magpie):
    magpie("chat", "--conversation", "c", stdin="".join(f"hello {n}\n" for n in range(7)))
    again = magpie("chat", "--conversation", "c", stdin="")
    assert "2 earlier turns: magpie conversations c" in again.stderr
    assert "> hello 1" not in again.stderr
    assert "> hello 2" in again.stderr


def test_new_begins_another_and_forget_deletes(magpie):
    lines = [APE, "/new", "hello", "/forget", "/quit"]
    result = magpie("chat", "--conversation", "first", stdin="\n".join(lines))
    assert "To go on" not in result.stderr
    assert [one["name"] for one in kept(magpie)] == ["first"]


def test_thumbs_in_a_chat_are_kept_in_the_taste_profile(magpie):
    lines = [
        "/like 1",
        "a zombie punk",
        "/like 1",
        "/dislike 2",
        "/like 0",
        "/dislike 99",
        "/like x",
        "/like",
    ]
    result = magpie("chat", stdin="\n".join(lines))
    assert "ask for tokens first" in result.stderr
    assert result.stderr.count("give a number from 1 to 3") == 3
    assert "unknown command '/like'" in result.stderr
    name = kept(magpie)[0]["name"]
    first, second, _ = kept(magpie, name)["turns"][0]["answer"]["shown"]
    profile = taste(magpie)
    assert (profile["liked"], profile["disliked"]) == ([first], [second])
    again = magpie("chat", "--conversation", name, stdin="/dislike 1\n")
    assert "Disliked: eip155:1/" in again.stderr
    profile = taste(magpie)
    assert (profile["liked"], profile["disliked"]) == ([], [second, first])


def test_a_taste_is_shown_edited_and_erased(magpie, own):
    edits = [
        "--like",
        "gold chains",
        "--like",
        "cryptopunks 7",
        "--dislike",
        "windows 95",
        "--own",
        "cryptopunks",
    ]
    profile = taste(magpie, *edits)
    assert (profile["likes"], profile["dislikes"]) == (["gold chains"], ["windows 95"])
    assert ([ref["token_id"] for ref in profile["liked"]], profile["owned"]) == (["7"], ["CRYPTOPUNKS"])
    lines = magpie("taste").stdout.splitlines()
    assert lines[0] == "likes: gold chains"
    assert lines[2].startswith("liked tokens: eip155:1/erc721:0xb47e")
    profile = taste(magpie, "--remove", "CRYPTOPUNKS 7", "--remove", "Gold chain", "--remove", "cryptopunks")
    assert (profile["likes"], profile["liked"], profile["owned"]) == ([], [], [])
    assert profile["dislikes"] == ["windows 95"]
    assert taste(magpie, "--person", "anna")["dislikes"] == []
    erased = magpie("taste", "--forget")
    assert "Nothing is remembered" in erased.stderr
    assert b"windows 95" not in b"".join(path.read_bytes() for path in own.glob("state.sqlite*"))


def test_an_edit_that_fails_changes_nothing(magpie):
    taste(magpie, "--like", "robots")
    assert magpie("taste", "--like", "cats", "--remove", "robots", "--own", "Nope").exit_code == 1
    assert taste(magpie)["likes"] == ["robots"]


def test_a_taste_needs_no_collections_but_to_own_one(magpie, tmp_path):
    token = "eip155:1/erc721:0x" + "1" * 40 + "/7"
    result = magpie("taste", "--like", token, "--like", "robots", "--json", home=tmp_path / "empty")
    assert json.loads(result.stdout)["liked"][0]["token_id"] == "7"
    assert "run `magpie ingest sample`" in str(
        magpie("taste", "--own", "x", home=tmp_path / "empty").exception
    )


@pytest.mark.parametrize(
    "arguments", [["conversations"], ["taste"], ["chat"], ["ask", "hello", "--conversation", "c"]]
)
def test_a_state_file_that_cannot_be_read_is_one_line_and_left_as_it_is(magpie, own, arguments):
    (own / "state.sqlite").write_bytes(b"no database " * 1000)
    result = magpie(*arguments)
    assert isinstance(result.exception, SourceError)
    assert "is damaged and was left as it is: move it away" in str(result.exception)
    assert (own / "state.sqlite").read_bytes() == b"no database " * 1000
    assert magpie("ask", "hello").exit_code == 0


def test_looking_does_not_wait_for_a_process_that_writes(magpie, own):
    magpie("ask", "hello", "--conversation", "c")
    with State(own / "state.sqlite") as other, other.reading() as db:
        db.execute("BEGIN IMMEDIATE")
        assert [one["name"] for one in kept(magpie)] == ["c"]
        db.execute("ROLLBACK")
