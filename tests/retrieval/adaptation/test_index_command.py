"""`magpie index --adapt` and `--no-adapt`, as people and scripts meet them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from retrieval import backends
from retrieval.adaptation import record
from retrieval.adaptation.adapt import set_aside
from ui.commands import index, models

pytestmark = pytest.mark.models

app = typer.Typer()
index.register(app)


@pytest.fixture
def magpie(monkeypatch):
    """Run ``index`` with the settings given; gives its exit code, standard output and standard error."""

    def run(settings, *words):
        monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", settings.image_encoder)
        monkeypatch.setenv("MAGPIE_TEXT_ENCODER", "hashing")
        monkeypatch.setenv("MAGPIE_THREADS", "1")
        monkeypatch.setenv("COLUMNS", "160")
        ran = CliRunner().invoke(app, [*words, "--home", str(settings.home)])
        if ran.exception and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        return ran.exit_code, ran.stdout, ran.stderr

    return run


def test_it_prints_the_figures_of_both_models_and_the_decision_then_indexes(magpie, settings, paint):
    paint(settings, "Cold")
    code, out, _ = magpie(settings, "--adapt", "--minutes", "0.02")
    assert code == 0
    last = record.read(settings).last
    lines = [line.split() for line in out.splitlines()]
    for part, compared in (("validation", last.validation), ("held", last.held_out)):
        at = next(row for row, words in enumerate(lines) if words[0].rstrip(",") == part)
        assert [words[:2] for words in lines[at + 1 : at + 3]] == [
            ["original", f"{compared.original.choice:.3f}"],
            ["adapted", f"{compared.adapted.choice:.3f}"],
        ]
    assert f"adapted to Cold: 172 training tokens, {last.steps:,} steps" in out
    assert f"{'kept' if last.kept else 'not kept'}: {last.reason}" in out
    assert "images encoded, " in out
    assert " a second, on cpu in " in out
    assert ["image", "200", "200"] in [words[:3] for words in lines]


def test_json_has_the_record_and_what_was_indexed(magpie, adapted):
    code, out, _ = magpie(adapted, "--adapt", "--json")
    answer = json.loads(out)
    kept = record.read(adapted)
    assert code == 0
    assert answer["adaptation"] == {"did": "nothing new", "record": kept.model_dump(mode="json")}
    assert answer["image"]["encoder"] == kept.model.encoder
    _, out, _ = magpie(adapted, "--json")
    assert json.loads(out)["adaptation"] is None


def test_a_second_run_says_that_there_is_nothing_new(magpie, adapted):
    code, _, err = magpie(adapted, "--adapt")
    assert (code, "nothing new since the last adaptation" in err) == (0, True)


def test_no_adapt_indexes_with_the_encoder_as_it_was(magpie, adapted):
    magpie(adapted)
    original = backends.original_image_encoder(adapted).id
    code, out, _ = magpie(adapted, "--no-adapt", "--json")
    assert (code, json.loads(out)["image"]["encoder"]) == (0, original)
    _, out, _ = magpie(adapted, "--json")
    assert json.loads(out)["image"]["encoder"] == original, "until it is asked for again"


def test_too_few_tokens_are_indexed_as_they_are(magpie, settings, paint):
    paint(settings, "Cold", count=40)
    code, out, err = magpie(settings, "--adapt", "--json")
    assert (code, json.loads(out)["adaptation"]) == (0, {"did": "too few tokens", "record": None})
    assert json.loads(out)["image"]["total"] == 40
    _, _, err = magpie(settings, "--adapt")
    assert "too few tokens" in err


@pytest.mark.parametrize(
    "words", [("--minutes", "5"), ("--no-adapt", "--minutes", "5"), ("--adapt", "--minutes", "0")]
)
def test_minutes_are_for_adapting_and_more_than_none(magpie, settings, words):
    code, out, err = magpie(settings, *words)
    assert (code, out) == (2, "")
    assert "--minutes" in err


def test_no_adapt_where_nothing_was_adapted_is_a_plain_index(magpie, settings, paint):
    paint(settings, "Cold", count=4)
    code, out, _ = magpie(settings, "--no-adapt", "--json")
    assert (code, json.loads(out)["image"]["total"]) == (0, 4)
    assert not (settings.home / "models").exists()


def test_models_lists_the_adapted_model_and_whether_it_is_used(adapted, monkeypatch):
    monkeypatch.setenv("MAGPIE_IMAGE_ENCODER", adapted.image_encoder)
    listing = typer.Typer()
    listing.callback()(lambda: None)
    models.register(listing)

    def listed():
        ran = CliRunner().invoke(listing, ["models", "--json", "--home", str(adapted.home)])
        return {row["name"]: row for row in json.loads(ran.stdout)}

    row = listed()["best-adapted"]
    assert row["note"].endswith("fitted to 1 of this home's collections; in use")
    assert (row["role"], len(row["sha256"])) == ("image-encoder", 64)
    set_aside(adapted)
    assert listed()["best-adapted"]["note"].endswith("; set aside by --no-adapt")
