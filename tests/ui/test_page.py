"""The page without a browser: what it says when something is missing, and what it draws of a catalogue."""

import gc
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ui
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
