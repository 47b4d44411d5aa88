"""Every way to begin: from nothing, from our own folders, from any open_clip model."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import retrieval
from magpie.errors import ConfigError, InputError, ModelNotFoundError
from magpie.settings import Settings
from retrieval.encoders.open_clip import ClipFolder, OpenClipEncoder
from retrieval.encoders.torch_setup import prepare_torch
from retrieval.training import starts
from retrieval.training.clip import train_clip
from retrieval.training.corpus import load
from retrieval.training.recipe import Recipe
from retrieval.training.starts import put_weights, resolve
from retrieval.training.towers import build, encode_captions, encode_pixels, lock
from retrieval.training.trainer import Trainer
from retrieval.training.weights import export

SHIPPED = Path(retrieval.__file__).parent / "weights" / "magpie-clip"


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory, recipe):
    """Our own layout, with a look of its own."""
    folder = tmp_path_factory.mktemp("tiny")
    made = recipe()
    export(build(made.model_cfg, 5, 1), made, folder)
    return folder


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A ViT that open_clip knows by name, and a checkpoint of it: a plain CLIP, as published ones are."""
    prepare_torch(1, extra="image")
    import open_clip

    folder = tmp_path_factory.mktemp("configs")
    cfg = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
        "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    (folder / "tiny-vit.json").write_text(json.dumps(cfg))
    open_clip.add_model_config(folder / "tiny-vit.json")
    torch.manual_seed(3)
    model = open_clip.create_model("tiny-vit")
    torch.save(model.state_dict(), folder / "tiny-vit.pt")
    return f"tiny-vit:{folder / 'tiny-vit.pt'}", model.eval()


def test_without_a_start_the_shape_is_the_recipes(recipe):
    given = recipe(peak_rate=None)
    assert resolve(given) == replace(given, peak_rate=1.2e-3)


@pytest.mark.models
def test_the_shipped_clip_is_a_start_by_name(recipe):
    found = resolve(recipe(start="magpie-clip", peak_rate=None))
    config = json.loads((SHIPPED / "config.json").read_text("utf-8"))
    assert found.model_cfg == config["model_cfg"]
    assert found.preprocess_cfg == config["preprocess_cfg"]
    assert found.start_digest
    assert resolve(found) == found


def test_a_folder_gives_its_shape_look_and_weights(tiny_folder, recipe):
    found = resolve(Recipe(start=str(tiny_folder)))
    assert found.model_cfg == recipe().model_cfg
    assert found.preprocess_cfg == recipe().preprocess_cfg
    model = build(found.model_cfg, 1, 1).eval()
    put_weights(model, found.start)
    theirs = OpenClipEncoder(ClipFolder(tiny_folder, "tiny"), threads=1).encode_texts(["a red square"])
    with torch.no_grad():
        assert np.abs(encode_captions(model, ["a red square"]).numpy() - theirs).max() < 1e-5


@pytest.mark.parametrize(
    ("start", "masking", "rate"),
    [
        ("folder", "pixels", 1.2e-3),
        ("named", "pixels", 3e-5),
        ("named", "captions", 3e-5),
        ("named", "none", 5e-6),
    ],
)
def test_the_rate_suits_the_start(tiny_folder, named, start, masking, rate):
    name = str(tiny_folder) if start == "folder" else named[0]
    assert resolve(Recipe(start=name, masking=masking)).peak_rate == rate
    assert resolve(Recipe(start=name, masking=masking, peak_rate=0.5)).peak_rate == 0.5


def test_an_open_clip_model_keeps_its_vectors(named):
    start, theirs = named
    found = resolve(Recipe(start=start))
    assert (found.size, found.preprocess_cfg["interpolation"]) == (32, "bicubic")
    ours = build(found.model_cfg, 1, 1).eval()
    put_weights(ours, start)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    said = ["a red square", "wow! a blue circle", "!"]
    mean, std = (torch.tensor(found.preprocess_cfg[name]).view(3, 1, 1) for name in ("mean", "std"))
    with torch.no_grad():
        ready = (torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255 - mean) / std
        for mine, other in (
            (encode_pixels(ours, pixels, found.preprocess_cfg), theirs.encode_image(ready, normalize=True)),
            (encode_captions(ours, said), theirs.encode_text(ours.tokenizer(said), normalize=True)),
        ):
            assert (mine - other).abs().max() < 1e-5


def test_an_adapted_open_clip_model_is_a_folder_that_the_encoder_loads(
    named, settings, shapes, tmp_path, silent
):
    recipe = Recipe(start=named[0], steps=3, batch=16, precision="float32", validate_steps=3)
    result = train_clip(settings, recipe, tmp_path, tick=silent)
    assert result.steps == 3
    assert result.before is not None
    encoder = OpenClipEncoder(ClipFolder(tmp_path / "best", "adapted"), threads=1)
    assert encoder.encode_images([Image.new("RGB", (50, 50), "red")]).shape == (1, 32)
    again = resolve(Recipe(start=str(tmp_path / "best")))
    assert again.peak_rate == 3e-5
    put_weights(build(again.model_cfg, 0, 1), again.start)


def test_locked_groups_do_not_move(named, settings, shapes, tmp_path, silent):
    recipe = resolve(
        Recipe(start=named[0], steps=2, batch=16, precision="float32", image_groups=1, text_groups=0, ema=0.0)
    )
    trainer = Trainer(load(settings, tmp_path, recipe.preprocess_cfg, tick=silent), recipe, tmp_path)
    before = {name: weight.clone() for name, weight in trainer.model.state_dict().items()}
    trainer.fit(tick=silent)
    moved = {
        name for name, weight in trainer.model.state_dict().items() if not torch.equal(weight, before[name])
    }
    assert "visual.proj" in moved
    assert not {name for name in moved if name.startswith(("text.", "visual.conv1", "visual.transformer"))}


def test_a_residual_tower_is_locked_whole_or_not_at_all(recipe):
    model = build(recipe().model_cfg, 0, 1)
    lock(model, 0, None)
    assert not any(weight.requires_grad for weight in model.visual.parameters())
    with pytest.raises(InputError, match="whole, or not at all"):
        lock(model, 2, None)


def test_statistics_of_a_locked_tower_stay(tiny_folder, settings, shapes, corpus, tmp_path, silent):
    recipe = Recipe(start=str(tiny_folder), steps=2, batch=16, precision="float32", image_groups=0)
    trainer = Trainer(corpus, recipe, tmp_path)
    before = trainer.model.visual.bn1.running_mean.clone()
    trainer.fit(tick=silent)
    assert torch.equal(trainer.model.visual.bn1.running_mean, before)


def test_weights_of_another_shape_are_refused(tiny_folder, named, tmp_path):
    mixed = shutil.copytree(tiny_folder, tmp_path / "mixed")
    other = resolve(Recipe(start=named[0]))
    export(build(other.model_cfg, 0, 1), other, tmp_path / "vit")
    shutil.copy(tmp_path / "vit" / "model.safetensors", mixed)
    with pytest.raises(ModelNotFoundError, match="not those of its config"):
        put_weights(build(resolve(Recipe(start=str(mixed))).model_cfg, 0, 1), str(mixed))


@pytest.mark.parametrize(
    ("start", "error", "words"),
    [
        ("no-such-model", ModelNotFoundError, "no model is called"),
        ("ViT-B-32:laion2b_s34b_b79k", ModelNotFoundError, "MAGPIE_ALLOW_NETWORK"),
        ("ViT-B-32:no-such-tag", ConfigError, "no tag of ViT-B-32"),
        ("no-such-arch:some-tag", ConfigError, "no architecture"),
        ("coca_ViT-B-32:laion2b_s13b_b90k", ConfigError, "cannot be trained here"),
    ],
)
def test_a_start_that_is_not_here_says_what_to_do(start, error, words):
    def begin():
        put_weights(build(resolve(Recipe(start=start)).model_cfg, 0, 1), start)

    with pytest.raises(error, match=words):
        begin()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"model_cfg": 1, "preprocess_cfg": {}}'])
def test_a_broken_config_is_told(tiny_folder, tmp_path, content):
    broken = shutil.copytree(tiny_folder, tmp_path / "broken")
    (broken / "config.json").write_text(content)
    with pytest.raises(ModelNotFoundError, match="does not describe a model"):
        resolve(Recipe(start=str(broken)))


@pytest.mark.parametrize(
    ("encoder", "start"),
    [
        ("open-clip:magpie-clip", "magpie-clip"),
        ("open-clip:ViT-B-32:laion2b_s34b_b79k", "ViT-B-32:laion2b_s34b_b79k"),
        ("hashing", "magpie-clip"),
    ],
)
def test_the_configured_encoder_is_the_start(tmp_path, encoder, start):
    assert starts.configured(Settings(home=tmp_path, image_encoder=encoder)) == start
