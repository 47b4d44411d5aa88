"""The page without a browser: what it says when something is missing, and what it draws of a catalogue."""

import gc
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ui
from agent.answer import Answer
from agent.conversations import Conversations
from agent.state import State
from magpie.catalog import Catalog
from magpie.domain import DEV_CHAIN, GENERATED, local_contract
from magpie.errors import ConfigError, InputError
from magpie.settings import Settings
from ui import indexed
from ui.chat import Turn, Visit
from ui.cli import app

SCRIPT = str(Path(ui.__file__).with_name("app.py"))


@pytest.fixture
def page(monkeypatch):
    """The page over a home, run once: ``page(home)``."""
    from streamlit.testing.v1 import AppTest

    def run(home):
        monkeypatch.setattr("sys.argv", [SCRIPT, "--home", str(home)])
        return AppTest.from_file(SCRIPT, default_timeout=60).run()

    return run


@pytest.fixture
def home(tmp_path, make_collection, make_token):
    """A catalogue of one punk and two generated robots, without pictures' files and without an index."""
    punks = make_collection("CRYPTOPUNKS")
    robots = make_collection("Robots", local_contract("Robots"), DEV_CHAIN, source=GENERATED)
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        for collection, tokens in (
            (
                punks,
                [make_token(1, ["Type=Zombie", "Accessory=Beanie"], punks, image="CRYPTOPUNKS/images/1.png")],
            ),
            (
                robots,
                [make_token(n, ["Head=Square"], robots, image=f"Robots/images/{n}.png") for n in (0, 1)],
            ),
        ):
            catalog.put_collection(collection)
            catalog.put_tokens(collection, tokens)
    return tmp_path


def test_an_empty_home_says_which_command_fills_it(page, tmp_path):
    shown = page(tmp_path / "nothing")
    assert shown.error[0].value.startswith("nothing is ingested at")
    assert [code.value for code in shown.code] == [f"magpie ingest sample --home {tmp_path / 'nothing'}"]
    assert not shown.exception


def test_a_wrong_setting_is_told_in_the_page(page, home, monkeypatch):
    monkeypatch.setenv("MAGPIE_THREADS", "many")
    assert "threads" in page(home).error[0].value


def test_without_an_index_the_question_says_which_command_builds_it(page, home, monkeypatch):
    for name in ("IMAGE_ENCODER", "TEXT_ENCODER"):
        monkeypatch.setenv(f"MAGPIE_{name}", "hashing")
    monkeypatch.setenv("MAGPIE_LLM", "none")
    shown = page(home).chat_input[0].set_value("a zombie").run()
    assert f"magpie index --home {home}" in [code.value for code in shown.code]
    assert not shown.exception


def test_a_stopped_question_stays_and_says_so(monkeypatch, home):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr("sys.argv", [SCRIPT, "--home", str(home)])
    page = AppTest.from_file(SCRIPT, default_timeout=60)
    page.session_state["visit"] = Visit(turns=[Turn("an ape *with* a cap")])
    shown = page.run()
    assert [message.name for message in shown.chat_message] == ["user", "assistant"]
    assert shown.chat_message[0].markdown[0].value == "an ape \\*with\\* a cap"
    assert shown.chat_message[1].caption[0].value.startswith("Stopped before it was answered")


def test_an_upload_is_gone_when_its_visit_ends():
    visit = Visit()
    picture = visit.keep(b"bytes")
    assert picture.read_bytes() == b"bytes"
    del visit
    gc.collect()
    assert not picture.parent.exists()


def test_the_welcome_asks_about_what_is_here(page, home):
    shown = page(home)
    assert [button.label for button in shown.button if (button.key or "").startswith("ask-")] == [
        "A zombie punk with a beanie",
        "Robots with Square Head",
    ]
    assert [button.label for button in shown.button if (button.key or "").startswith("about-")] == [
        "CRYPTOPUNKS",
        "Robots",
    ]


def test_a_catalogue_without_collections_is_an_empty_home(tmp_path):
    Catalog(tmp_path / "catalog.sqlite", create=True).close()
    with pytest.raises(InputError, match="magpie ingest sample"):
        indexed.read(Settings(home=tmp_path))


def test_at_most_six_questions_are_offered(tmp_path, make_collection, make_token):
    with Catalog(tmp_path / "catalog.sqlite", create=True) as catalog:
        for n in range(20):
            collection = make_collection(f"Set {n:02}", f"0x{n:040x}")
            catalog.put_collection(collection)
            catalog.put_tokens(
                collection, [make_token(i, ["Hat=Cap"], collection, image="x.png") for i in (0, 1)]
            )
    assert [starter.question for starter in indexed.read(Settings(home=tmp_path)).starters] == [
        f"Set {n:02} with Cap Hat" for n in (0, 3, 6, 9, 12, 15)
    ]


def test_a_wrong_setting_stops_the_command_before_the_browser_opens(monkeypatch, tmp_path):
    monkeypatch.setenv("MAGPIE_THREADS", "many")
    result = CliRunner().invoke(app, ["ui", "--home", str(tmp_path), "--no-browser"])
    assert isinstance(result.exception, ConfigError)


@pytest.mark.network
def test_a_port_that_is_taken_is_told_with_the_fix(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(
            app, ["ui", "--home", str(tmp_path), "--port", str(taken.getsockname()[1])]
        )
    assert isinstance(result.exception, InputError)
    assert "--port" in str(result.exception)


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_port_that_cannot_be_is_wrong_usage(port):
    assert CliRunner().invoke(app, ["ui", "--port", port]).exit_code == 2


@pytest.fixture
def kept(home):
    """Conversations as an earlier run left them: the oldest first, its title in Markdown."""
    with State(home / "state.sqlite") as state:
        kept = Conversations(state)
        for name, question in (("a", "*apes* with hats"), ("b", "zombies"), ("b", "with pipes")):
            answer = Answer(
                conversation=name,
                question=question,
                intent="find",
                outcome="answered",
                text=f"About {question}.",
                worded_by="template",
            )
            kept.append(answer, picture=False, since=None)
        yield kept


def listed(shown):
    return [button.label for button in shown.button if (button.key or "").startswith("conversation-")]


def said(shown):
    return [message.markdown[-1].value for message in shown.chat_message]


def test_kept_conversations_are_listed_and_gone_on_with(page, home, kept):
    shown = page(home)
    assert listed(shown) == ["zombies", "\\*apes\\* with hats"]
    shown = shown.button(key="conversation-b").click().run()
    assert said(shown) == ["zombies", "About zombies\\.", "with pipes", "About with pipes\\."]
    assert shown.session_state["visit"].conversation == "b"
    shown = shown.button(key="conversation-a").click().run()
    assert said(shown) == ["\\*apes\\* with hats", "About \\*apes\\* with hats\\."]
    assert not shown.exception


def test_two_pages_at_once_show_each_its_own_conversation(page, home, kept):
    one, two = page(home), page(home)
    one = one.button(key="conversation-a").click().run()
    two = two.button(key="conversation-b").click().run()
    one = one.run()
    assert [shown.session_state["visit"].conversation for shown in (one, two)] == ["a", "b"]
    assert len(one.chat_message) == 2
    assert len(two.chat_message) == 4


def test_the_conversation_on_the_page_is_renamed_and_deleted_for_good(page, home, kept):
    shown = page(home)
    assert not shown.text_input
    shown = shown.button(key="conversation-b").click().run()
    shown = shown.text_input(key="title-b").set_value("The undead").run()
    assert listed(shown)[0] == "The undead"
    shown = shown.button(key="delete-b").click().run()
    assert listed(shown) == ["\\*apes\\* with hats"]
    assert not shown.chat_message
    assert [one.name for one in kept.all()] == ["a"]
    assert b"zombies" not in b"".join(path.read_bytes() for path in home.glob("state.sqlite*"))


def test_a_conversation_that_was_deleted_elsewhere_is_told(page, home, kept):
    shown = page(home)
    kept.delete("a")
    shown = shown.button(key="conversation-a").click().run()
    assert shown.error[0].value.startswith("unknown conversation")
    assert listed(shown) == ["zombies"]


def test_a_new_conversation_leaves_the_former_one_in_the_list(page, home, kept):
    shown = page(home).button(key="conversation-b").click().run()
    button = next(button for button in shown.button if button.label == "New conversation")
    shown = button.click().run()
    assert not shown.chat_message
    assert listed(shown) == ["zombies", "\\*apes\\* with hats"]


def test_older_conversations_are_folded_away(page, home, kept):
    for n in range(7):
        kept.append(
            kept.turns("a")[0].answer.model_copy(update={"conversation": f"n{n}"}), picture=False, since=None
        )
    shown = page(home)
    (older,) = (part for part in shown.expander if part.label == "3 older")
    assert len(older.button) == 3
    assert len(listed(shown)) == 9


def test_a_state_file_of_a_newer_version_is_told_in_the_page(page, home):
    import sqlite3

    with sqlite3.connect(home / "state.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert "was written by a newer Magpie" in page(home).error[0].value
