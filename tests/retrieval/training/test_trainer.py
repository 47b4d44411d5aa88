"""The loop: it learns, it stops, it goes on after a kill as if nothing had been."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from magpie.errors import ConfigError, InputError
from retrieval.encoders.open_clip import ClipFolder, OpenClipEncoder
from retrieval.training.clip import train_clip
from retrieval.training.disturbances import flatten
from retrieval.training.precision import autocast_type
from retrieval.training.recipe import Recipe
from retrieval.training.towers import build, encode_captions, encode_pixels
from retrieval.training.trainer import Trainer
from retrieval.training.validation import _ndcg, _ranks, choice_rows
from retrieval.training.weights import WEIGHTS


@pytest.fixture(scope="module")
def trained(settings, shapes, recipe, silent, tmp_path_factory):
    run = tmp_path_factory.mktemp("run")
    return run, train_clip(settings, recipe(), run, tick=silent)


def logged(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_it_learns_what_can_be_seen(trained):
    _, result = trained
    assert result.steps == 80
    assert result.held_out.r1 >= 0.95
    assert result.held_out.short_p1 >= 0.9
    assert result.held_out.short_ndcg10 >= 0.9


def test_the_log_has_losses_and_a_validation_every_tenth(trained):
    run, result = trained
    assert [line["step"] for line in logged(run) if "loss" in line] == [20, 40, 60, 80]
    validations = [line for line in logged(run) if "choice" in line]
    assert [line["step"] for line in validations] == list(range(8, 81, 8))
    best = max(validations, key=lambda line: line["choice"])
    assert best["step"] == result.best_step
    assert best["r1"] == result.validation.r1


def test_the_folder_tells_how_the_run_was_made_and_how_it_ended(trained, corpus):
    run, result = trained
    recipe, environment, summary = (
        json.loads((run / f"{name}.json").read_text()) for name in ("recipe", "environment", "summary")
    )
    assert (recipe["seed"], recipe["steps"]) == (0, 80)
    assert environment["corpus"] == corpus.digest
    assert environment["tokens"] == {"train": 170, "validation": 12, "held_out": 18}
    assert environment["packages"]["torch"] == torch.__version__
    assert summary["held_out"]["r1"] == result.held_out.r1
    assert summary["before"] is None


def test_the_curve_is_a_drawing_of_the_validations(trained):
    from xml.etree import ElementTree

    run, _ = trained
    drawing = ElementTree.parse(run / "curve.svg").getroot()
    lines = [e.get("points") for e in drawing.iter() if e.tag.endswith("polyline")]
    assert [len(points.split()) for points in lines] == [10, 10, 10, 10, 10, 4]
    assert any("picture_r1" in (e.text or "") for e in drawing.iter())


def test_a_finished_run_is_not_run_again(trained, settings, recipe, silent):
    run, result = trained
    before = (run / "best" / WEIGHTS).stat().st_mtime_ns
    assert train_clip(settings, recipe(), run, tick=silent) == result
    assert (run / "best" / WEIGHTS).stat().st_mtime_ns == before


def test_another_recipe_does_not_continue_a_run(trained, settings, recipe, silent):
    with pytest.raises(InputError, match="begun with other flags"):
        train_clip(settings, recipe(seed=1), trained[0], tick=silent)


def test_other_tokens_do_not_continue_a_run(trained, corpus, recipe):
    from dataclasses import replace

    fewer = replace(corpus, tokens=corpus.tokens[:-1])
    with pytest.raises(InputError, match="begun on other tokens"):
        Trainer(fewer, recipe(), trained[0])


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import tiny_recipe
from magpie.settings import load_settings
from retrieval.training.clip import train_clip
def tick(stage, done, total):
    if stage == "train" and done == 5:
        os.kill(os.getpid(), signal.SIGKILL)
settings = load_settings(None, {"home": Path(sys.argv[2]), "threads": 1})
recipe = tiny_recipe(steps=8, checkpoint_seconds=0, start=sys.argv[4], validate_steps=3)
train_clip(settings, recipe, Path(sys.argv[3]), tick=tick)
"""


def test_a_killed_run_ends_as_if_it_had_not_been(trained, settings, shapes, recipe, silent, tmp_path):
    start = str(trained[0] / "best")
    once, twice = tmp_path / "once", tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, os.path.dirname(__file__), str(settings.home), str(twice), start]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (twice / "summary.json").exists()
    asked = recipe(steps=8, checkpoint_seconds=0, start=start, validate_steps=3)
    results = [train_clip(settings, asked, run, tick=silent) for run in (once, twice)]
    assert results[0]._replace(seconds=0) == results[1]._replace(seconds=0)
    assert results[0].before is not None
    assert (once / "best" / WEIGHTS).read_bytes() == (twice / "best" / WEIGHTS).read_bytes()
    said = [[{**line, "seconds": 0} for line in logged(run)] for run in (once, twice)]
    assert said[0] == said[1]


def test_a_start_is_never_made_worse_on_the_validation_tokens(trained, corpus, recipe, silent, tmp_path):
    ruinous = recipe(start=str(trained[0] / "best"), steps=4, peak_rate=5.0, ema=0.0)
    result = Trainer(corpus, ruinous, tmp_path).fit(tick=silent)
    assert result.best_step == 0
    assert result.validation == result.before
    assert (tmp_path / "best" / WEIGHTS).read_bytes() == (trained[0] / "best" / WEIGHTS).read_bytes()


def test_it_stops_when_patience_is_exhausted_and_stays_stopped(trained, corpus, recipe, silent, tmp_path):
    still = {"peak_rate": 0.0, "image_groups": 0}
    hopeless = recipe(start=str(trained[0] / "best"), steps=500, patience=2, validate_steps=1, **still)
    for _ in range(2):
        assert Trainer(corpus, hopeless, tmp_path).fit(tick=silent).steps == 2


def test_another_models_scores_leave_the_runs_own_alone(trained, corpus, recipe, silent, tmp_path):
    run, result = trained
    fresh = Trainer(corpus, recipe(steps=1), tmp_path)
    before = fresh.scores(corpus.validation)
    assert fresh.scores_of(str(run / "best"), corpus.validation) == result.validation
    assert fresh.scores(corpus.validation) == before


def test_layers_and_bfloat16_train_as_well(corpus, halves, recipe, silent, tmp_path):
    from dataclasses import replace

    asked = recipe(steps=4, precision="bfloat16", components=0.25)
    result = Trainer(replace(corpus, layers=halves), asked, tmp_path).fit(tick=silent)
    assert result.steps == 4
    assert all(np.isfinite(line["choice"]) for line in logged(tmp_path) if "choice" in line)


def test_numbers_that_the_machine_cannot_use_are_refused():
    with pytest.raises(ConfigError, match="float16 is for CUDA"):
        autocast_type("float16", "cpu")
    assert autocast_type("float32", "cpu") == torch.float32
    assert autocast_type("auto", "cpu") in (torch.float32, torch.bfloat16)


def test_an_absent_device_is_told(corpus, recipe, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ConfigError, match="MAGPIE_DEVICE=cpu"):
        Trainer(corpus, recipe(), tmp_path, device="cuda")


def test_pictures_of_another_size_are_a_mistake(corpus, recipe, tmp_path):
    look = {**recipe().preprocess_cfg, "size": 64}
    with pytest.raises(ValueError, match="32 px for a model of 64"):
        Trainer(corpus, recipe(preprocess_cfg=look), tmp_path)


def test_exported_weights_load_by_open_clip_and_give_the_same_vectors(trained, corpus, recipe):
    from safetensors.torch import load_file

    run, _ = trained
    rows, look = corpus.held_out[:5], recipe().preprocess_cfg
    said = [corpus.tokens[row].caption for row in rows]
    encoder = OpenClipEncoder(ClipFolder(run / "best", "test"), threads=1)
    ours = build(recipe().model_cfg, 7, 1).eval()
    assert not ours.load_state_dict(load_file(run / "best" / WEIGHTS), strict=False).unexpected_keys
    shown = flatten(corpus.pixels[rows], np.array(look["background"], np.uint8))
    with torch.no_grad():
        texts, images = encode_captions(ours, said, chunk=2), encode_pixels(ours, shown, look)
    assert np.abs(encoder.encode_texts(said) - texts.numpy()).max() < 1e-5
    assert np.abs(encoder.encode_images([Image.fromarray(p) for p in shown]) - images.numpy()).max() < 1e-2


def test_a_caption_that_ends_in_the_first_word_of_the_vocabulary_is_read_to_its_end(recipe):
    model = build(recipe().model_cfg, 0, 1).eval()
    with torch.no_grad():
        alone = encode_captions(model, ["wow!!!"])
        beside = encode_captions(model, ["wow!!!", "a much longer caption than the other one is"])[:1]
        whole = torch.nn.functional.normalize(model.encode_text(model.tokenizer(["wow!!!"])), dim=-1)
    assert (alone - whole).abs().max() < 1e-5
    assert (beside - whole).abs().max() < 1e-5


def test_a_tie_with_a_wrong_picture_counts_against_a_rank():
    gallery, names = np.eye(3, dtype=np.float32), np.array([0, 1, 1])
    asked = np.array([[1, 1, 0], [0, 0, 1], [1, 0.5, 0.2]], np.float32)
    assert _ranks(asked, gallery, names).tolist() == [1, 0, 1]


def test_vectors_that_are_no_numbers_find_nothing():
    gallery, names = np.full((3, 2), np.nan, np.float32), np.array([0, 1, 1])
    assert _ranks(gallery, gallery, names).tolist() == [2, 1, 1]


def test_a_run_that_explodes_says_so(trained, corpus, recipe, silent, tmp_path):
    wild = recipe(start=str(trained[0] / "best"), steps=40, peak_rate=1e30, ema=0.0, warmup=0.0)
    with pytest.raises(InputError, match="lower --rate"):
        Trainer(corpus, wild, tmp_path).fit(tick=silent)


@pytest.mark.parametrize(
    "fields",
    [
        {"minutes": float("nan")},
        {"minutes": float("inf")},
        {"steps": 0},
        {"batch": 0},
        {"components": 1.5},
        {"covered": -0.1},
        {"peak_rate": float("nan")},
    ],
)
def test_numbers_that_make_no_run_are_refused(fields):
    with pytest.raises(InputError, match=next(iter(fields))):
        Recipe(**fields)


def test_ndcg_by_hand():
    hits = np.array([[True, False, True], [False, True, False], [True, True, True]])
    found = _ndcg(hits, np.array([2, 1, 9]))
    assert found == pytest.approx([1.5 / (1 + 1 / np.log2(3)), 1 / np.log2(3), 1.0])


def test_checkpoints_of_large_collections_are_chosen_on_a_sample():
    assert choice_rows(np.arange(9), 0).tolist() == list(range(9))
    many = choice_rows(np.arange(0, 20_000, 2), 0)
    assert len(many) == len(set(many)) == 4096
    assert (np.diff(many) > 0).all()
