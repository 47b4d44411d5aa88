"""Training on a tiny dataset whose answer is visible: two colours by two shapes."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import typer
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from magpie.catalog import Catalog
from magpie.errors import InputError
from magpie.settings import load_settings
from magpie.splits import is_held_out
from retrieval.encoders.open_clip import ClipFolder, OpenClipEncoder
from retrieval.encoders.pictures import Preprocess
from retrieval.training.batches import Sampler, flatten
from retrieval.training.clip import train_clip
from retrieval.training.corpus import fit, load
from retrieval.training.loss import contrastive_loss
from retrieval.training.recipe import Recipe

COLOURS = {"Red": (220, 30, 30), "Blue": (30, 60, 220)}
SHAPES = ("Square", "Circle")
TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    "custom_text": True,
}
LOOK = {"size": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "background": [90, 120, 140]}


def recipe(**fields):
    given = {"steps": 80, "batch": 32, "peak_rate": 3e-3, "ema": 0.9, "facts_weight": 1.0, "bfloat16": False}
    return Recipe(**{**given, "model_cfg": TINY, "preprocess_cfg": LOOK, **fields})


def draw(colour, shape, token_id):
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    x, y = 4 + token_id % 7, 4 + token_id % 5
    pen = ImageDraw.Draw(image)
    (pen.rectangle if shape == "Square" else pen.ellipse)(
        (x, y, x + 22, y + 22), fill=(*COLOURS[colour], 255)
    )
    return image


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def settings(home):
    return load_settings(None, {"home": home, "threads": 1})


@pytest.fixture(scope="module")
def shapes(settings):
    """200 tokens, 50 of each kind."""
    from magpie.domain import Collection, Token, Trait

    made = Collection(name="Shapes", chain="eip155:1", contract="0x" + "2" * 40, subject="shape")
    folder = settings.dataset_dir / "Shapes" / "images"
    folder.mkdir(parents=True)
    tokens = []
    for token_id in range(200):
        colour, shape = list(COLOURS)[token_id % 2], SHAPES[token_id // 2 % 2]
        draw(colour, shape, token_id).save(folder / f"Shapes_{token_id}.png")
        traits = (Trait(type="Colour", value=colour), Trait(type="Form", value=shape))
        token = Token(
            ref=made.ref(token_id),
            collection="Shapes",
            name=f"Shape {token_id}",
            traits=traits,
            caption=f"A picture of shape, containing {colour} Colour {shape} Form.",
            image=f"Shapes/images/Shapes_{token_id}.png",
        )
        tokens.append(token)
    with Catalog(settings.catalog_path, create=True) as catalog:
        catalog.put_collection(made)
        catalog.put_tokens(made, tokens)
    return made


@pytest.fixture(scope="module")
def corpus(settings, shapes, tmp_path_factory):
    return load(settings, tmp_path_factory.mktemp("cache"), 32, tick=silent)


@pytest.fixture(scope="module")
def trained(settings, shapes, tmp_path_factory):
    run = tmp_path_factory.mktemp("run")
    return run, train_clip(settings, recipe(), run, tick=silent)


def silent(stage, done, total):
    pass


def test_it_learns_what_can_be_seen(trained):
    _, result = trained
    assert result.steps == 80
    assert result.held_out.r1 >= 0.95
    assert result.held_out.short_p1 >= 0.95


def test_the_log_has_the_validation_scores(trained):
    run, result = trained
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [20, 40, 60, 80, 80]
    assert lines[-1]["r1"] == result.validation.r1


def test_a_finished_run_is_not_run_again(trained, settings):
    run, result = trained
    before = (run / "best" / "model.safetensors").stat().st_mtime_ns
    assert train_clip(settings, recipe(), run, tick=silent) == result
    assert (run / "best" / "model.safetensors").stat().st_mtime_ns == before


def test_another_recipe_does_not_continue_a_run(trained, settings):
    run, _ = trained
    with pytest.raises(InputError, match="begun with other flags"):
        train_clip(settings, recipe(seed=1), run, tick=silent)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_training
from magpie.settings import load_settings
def tick(stage, done, total):
    if stage == "train" and done == 5:
        os.kill(os.getpid(), signal.SIGKILL)
settings = load_settings(None, {"home": Path(sys.argv[2]), "threads": 1})
recipe = test_training.recipe(steps=8, checkpoint_seconds=0)
test_training.train_clip(settings, recipe, Path(sys.argv[3]), tick=tick)
"""


def test_a_killed_run_ends_as_if_it_had_not_been(settings, shapes, tmp_path):
    here = os.path.dirname(__file__)
    command = [sys.executable, "-c", KILLED, here, str(settings.home), str(tmp_path / "killed")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "best").exists()
    once, twice = tmp_path / "once", tmp_path / "killed"
    results = [
        train_clip(settings, recipe(steps=8, checkpoint_seconds=0), run, tick=silent) for run in (once, twice)
    ]
    assert results[0].held_out == results[1].held_out
    assert (once / "best/model.safetensors").read_bytes() == (twice / "best/model.safetensors").read_bytes()


def test_held_out_tokens_never_enter_a_batch(corpus):
    sampler = Sampler(corpus, recipe())
    drawn = {int(row) for step in range(100) for row in sampler.batch(step).rows}
    assert drawn == set(corpus.train.tolist())
    assert not any(is_held_out(corpus.tokens[row].ref) for row in drawn)


def test_every_token_is_in_one_part(corpus):
    parts = [corpus.train, corpus.validation, corpus.held_out]
    assert sorted(np.concatenate(parts)) == list(range(200))
    assert all(is_held_out(corpus.tokens[row].ref) for row in corpus.held_out)
    assert not any(is_held_out(corpus.tokens[row].ref) for row in corpus.validation)


def test_a_batch_is_decided_by_its_step(corpus):
    one, again, other = (Sampler(corpus, recipe()).batch(step) for step in (3, 3, 4))
    assert one.captions == again.captions
    assert (one.pixels == again.pixels).all()
    assert one.captions != other.captions


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (2, 2), (10_000, 170)])
def test_a_batch_is_as_large_as_asked_or_as_can_be(corpus, asked, given):
    assert len(corpus.train) == 170
    batch = Sampler(corpus, recipe(batch=asked)).batch(0)
    assert len(batch.rows) == len(set(batch.rows)) == given


def test_a_caption_is_true_of_its_own_picture_and_of_those_that_share_what_it_says(corpus):
    batch = Sampler(corpus, recipe(dropped_captions=0)).batch(0)
    names = [corpus.tokens[row].caption for row in batch.rows]
    assert (batch.true == np.array([[one == other for other in names] for one in names])).all()


def test_what_is_true_is_not_punished():
    import torch

    vectors = torch.eye(2)
    alike, scale = torch.ones(2, 2, dtype=torch.bool), torch.tensor(10.0)
    assert contrastive_loss(vectors, vectors.flip(0), scale, alike) == 0
    assert contrastive_loss(vectors, vectors.flip(0), scale, torch.eye(2, dtype=torch.bool)) == pytest.approx(
        10, abs=1e-3
    )


def test_exported_weights_load_by_open_clip_and_give_the_same_vectors(trained, corpus):
    import torch

    from retrieval.training.towers import build, encode_captions, encode_pixels
    from retrieval.training.weights import WEIGHTS

    run, _ = trained
    rows = corpus.held_out[:5]
    said = [corpus.tokens[row].caption for row in rows]
    encoder = OpenClipEncoder(ClipFolder(run / "best", "test"), threads=1)
    ours = build(TINY, 7, 1).eval()
    from safetensors.torch import load_file

    assert not ours.load_state_dict(load_file(run / "best" / WEIGHTS)).missing_keys
    shown = flatten(corpus.pixels[rows], np.array(LOOK["background"], np.uint8))
    with torch.no_grad():
        texts, images = encode_captions(ours, said, chunk=2), encode_pixels(ours, shown, LOOK)
    pictures = [Image.fromarray(p, "RGBA") if p.shape[-1] == 4 else Image.fromarray(p) for p in shown]
    assert np.abs(encoder.encode_texts(said) - texts.numpy()).max() < 1e-5
    assert np.abs(encoder.encode_images(pictures) - images.numpy()).max() < 1e-5


@pytest.mark.parametrize("side", [(40, 40), (24, 24), (512, 300), (1, 50)])
def test_training_and_search_see_the_same_picture(side):
    noise = np.random.default_rng(0).integers(0, 256, (side[1], side[0], 4)).astype(np.uint8)
    image = Image.fromarray(noise)
    ours = flatten(np.asarray(fit(image, 32))[None], np.array(LOOK["background"], np.uint8))[0]
    theirs = np.asarray(Preprocess(**LOOK).square(image))
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2


def test_an_unreadable_picture_is_left_out(settings, shapes, tmp_path):
    broken = settings.dataset_dir / "Shapes/images/Shapes_3.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:60])
    try:
        assert len(load(settings, tmp_path, 32, tick=silent).tokens) == 199
    finally:
        broken.write_bytes(whole)


def command(*words):
    from ui.commands import train

    app = typer.Typer()
    train.register(app)
    return CliRunner().invoke(app, ["train", "clip", *map(str, words)])


def test_the_command_trains_exports_and_prints_json(settings, shapes, tmp_path):
    given = (
        "--home",
        settings.home,
        "--out",
        tmp_path / "run",
        "--steps",
        1,
        "--export",
        tmp_path / "weights",
    )
    done = command(*given, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["steps"] == 1
    assert sorted(p.name for p in (tmp_path / "weights").iterdir()) == ["config.json", "model.safetensors"]


def test_with_nothing_ingested_the_command_says_what_to_run(tmp_path):
    done = command("--home", tmp_path / "empty", "--steps", 1)
    assert isinstance(done.exception, InputError)
    assert "magpie ingest sample" in str(done.exception)


def test_an_unknown_collection_is_named(settings, shapes, tmp_path):
    with pytest.raises(InputError, match="did you mean 'Shapes'"):
        train_clip(settings, recipe(), tmp_path, ["Shape"], tick=silent)
