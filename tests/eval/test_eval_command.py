"""``magpie eval retrieval`` as a person and a script use it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from eval import artefacts
from eval.protocol import TASKS
from eval.report import SYSTEMS
from magpie.errors import InputError
from ui.commands import eval as command


@pytest.fixture
def magpie(colour_home, monkeypatch):
    monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", "hashing")
    monkeypatch.setenv("MAGPIE_TEXT_ENCODER", "hashing")
    monkeypatch.setenv("COLUMNS", "100")
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)

    def run(*arguments):
        words = ["eval", "retrieval", "--home", str(colour_home.home), *arguments]
        return CliRunner().invoke(app, words, catch_exceptions=False)

    return run


def test_the_signals_on_offer_are_the_systems_there_are():
    assert tuple(command.SystemName) == SYSTEMS


def test_the_tasks_on_offer_are_those_that_there_are():
    assert tuple(command.TaskChoice) == TASKS


def test_a_picture_task_ranks_by_pictures_without_being_told(magpie):
    done = magpie("--task", "altered-to-image", "--json")
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert {row["system"] for row in printed["rows"]} == {"image"}
    assert printed["queries"] == 7 * 7
    assert {row["kind"] for row in printed["by_kind"]} == {
        *("border", "colour", "crop", "flip", "jpeg", "resize", "screenshot")
    }


def test_an_altered_picture_may_be_asked_with_as_it_is(magpie):
    words = ("--task", "altered-to-image", "--queries", "1", "--json")
    seen = [json.loads(magpie(*words, *more).stdout)["plan"]["views"] for more in ((), ("--no-views",))]
    assert seen == [True, False]


def test_a_home_without_tokens_of_the_split_says_so(magpie):
    with pytest.raises(InputError, match="nothing can be asked for"):
        magpie("--signal", "image", "--ask", "validation")


def test_asking_for_any_token_looks_among_all(magpie):
    printed = json.loads(magpie("--signal", "image", "--ask", "any", "--tokens", "1", "--json").stdout)
    assert (printed["plan"]["gallery"], printed["queries"], printed["gallery"]) == ("all", 2, 2)
    assert any("never fitted on" in caveat for caveat in printed["caveats"])


@pytest.mark.parametrize("task", TASKS)
def test_tables_of_every_task_fit_the_terminal(magpie, task):
    done = magpie("--task", task, "--signal", "image")
    assert done.exit_code == 0
    words = " ".join(done.stdout.split())
    assert task in words
    assert "mean of collections" in words
    assert "chance" in words
    assert ("nDCG@10" in words) == (task == "traits-to-image")
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_json_is_alone_on_standard_output_and_the_files_lie_where_told(magpie, tmp_path):
    done = magpie("--json", "--signal", "image", "--seed", "3", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert printed["queries"] == 7
    assert {row["system"] for row in printed["rows"]} == {"image"}
    assert printed["rows"][0]["figures"]["Success@1"]["mean"] == pytest.approx(6 / 7)
    assert json.loads((tmp_path / "out" / "config.json").read_text())["plan"]["seed"] == 3
    assert str(tmp_path / "out") in done.stderr.replace("\n", "")


def test_tables_show_means_intervals_chance_and_the_caveats(magpie):
    done = magpie()
    assert done.exit_code == 0
    for shown in (
        "in-collection",
        "pooled",
        ".857",
        "chance",
        "95% bootstrap",
        "near-perfect by construction",
    ):
        assert shown in " ".join(done.stdout.split()), shown
    assert "100% of the queries are the indexed caption word for word" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_without_a_place_to_write_the_run_goes_below_home(magpie, colour_home):
    assert magpie("--signal", "bm25").exit_code == 0
    (folder,) = (colour_home.home / "eval").iterdir()
    assert (folder / "config.json").is_file()


def test_a_second_run_in_the_same_second_has_a_folder_of_its_own(tmp_path):
    taken = []
    for _ in range(3):
        folder = artefacts.free_folder(tmp_path, "20260102T030405Z")
        folder.mkdir()
        taken.append(folder.name)
    assert taken == ["20260102T030405Z", "20260102T030405Z-2", "20260102T030405Z-3"]


def test_a_used_folder_is_refused_before_anything_is_measured(magpie, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("eval.retrieval.run", None)
    with pytest.raises(InputError, match="not an empty folder"):
        magpie("--out", str(tmp_path))


@pytest.mark.parametrize(
    "flag",
    [
        ("--queries", "-1"),
        ("--signal", "smell"),
        ("--gallery", "some"),
        ("--seed", "x"),
        ("--task", "smell"),
        ("--ask", "some"),
        ("--tokens", "-1"),
    ],
)
def test_wrong_usage_exits_with_two(magpie, flag):
    assert magpie(*flag).exit_code == 2
