"""`magpie train clip`, as it is typed."""

import json

import pytest
import typer
from typer.testing import CliRunner

from magpie.errors import InputError
from retrieval.training.clip import train_clip
from retrieval.training.towers import build
from retrieval.training.weights import export


def command(*words):
    from ui.commands import train

    app = typer.Typer()
    train.register(app)
    return CliRunner().invoke(app, ["train", "clip", *map(str, words)])


@pytest.fixture(scope="module")
def start(tmp_path_factory, recipe):
    folder = tmp_path_factory.mktemp("start")
    export(build(recipe().model_cfg, 5, 1), recipe(), folder)
    return folder


def test_it_trains_exports_and_prints_json(settings, shapes, start, tmp_path):
    given = ("--home", settings.home, "--out", tmp_path / "run", "--start", start, "--batch", 16)
    done = command(*given, "--steps", 1, "--export", tmp_path / "weights", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["steps"], told["from"]) == (1, str(start))
    assert set(told["start"]) == set(told["held_out"]) >= {"r1", "short_ndcg10"}
    assert sorted(p.name for p in (tmp_path / "weights").iterdir()) == ["config.json", "model.safetensors"]


def test_flags_reach_the_recipe(settings, shapes, start, tmp_path):
    flags = ("--masking", "none", "--rate", 0.002, "--patience", 3, "--seed", 4, "--precision", "float32")
    done = command("--home", settings.home, "--out", tmp_path, "--start", start, "--steps", 1, *flags)
    assert done.exit_code == 0, done.output
    recipe = json.loads((tmp_path / "recipe.json").read_text())
    given = [recipe[name] for name in ("masking", "components", "peak_rate", "patience", "seed", "precision")]
    assert given == ["none", 0.0, 0.002, 3, 4, "float32"]
    assert "kept the weights of step" in done.output


def test_with_nothing_ingested_it_says_what_to_run(tmp_path, start):
    done = command("--home", tmp_path / "empty", "--start", start, "--steps", 1)
    assert isinstance(done.exception, InputError)
    assert "magpie ingest sample" in str(done.exception)


def test_an_unknown_collection_is_named(settings, shapes, recipe, silent, tmp_path):
    with pytest.raises(InputError, match="did you mean 'Shapes'"):
        train_clip(settings, recipe(), tmp_path, ["Shape"], tick=silent)
