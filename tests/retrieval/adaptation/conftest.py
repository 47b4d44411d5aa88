"""Homes of drawn collections, and a tiny CLIP that knows the words of one of them."""

import hashlib
import shutil
from functools import partial

import pytest
from PIL import Image, ImageDraw

from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait
from magpie.settings import Settings
from retrieval.adaptation import attempt
from retrieval.adaptation.adapt import adapt
from retrieval.training.clip import train_clip
from retrieval.training.recipe import Recipe

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    "custom_text": True,
}
LOOK = {"size": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "background": [90, 120, 140]}
COLOURS = {
    "Warm": {"Red": (220, 30, 30), "Yellow": (250, 220, 30)},
    "Cold": {"Blue": (30, 60, 220), "Green": (40, 160, 60)},
    "Grey": {"Black": (10, 10, 10), "White": (250, 250, 250)},
}
SHAPES = {"Warm": ("Square", "Circle"), "Cold": ("Bar", "Cross"), "Grey": ("Square", "Cross")}
# What makes so small a model learn in seconds.
RECIPE = {"batch": 32, "peak_rate": 3e-3, "ema": 0.9, "choices_weight": 1.0, "precision": "float32"}


def silent(stage, done, total):
    pass


def draw(colour, shape, token_id):
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    x, y = 4 + token_id % 7, 4 + token_id % 5
    pen, box = ImageDraw.Draw(image), (x, y, x + 22, y + 22)
    match shape:
        case "Square":
            pen.rectangle(box, fill=(*colour, 255))
        case "Circle":
            pen.ellipse(box, fill=(*colour, 255))
        case "Bar":
            pen.rectangle((x, y + 8, x + 22, y + 14), fill=(*colour, 255))
        case "Cross":
            pen.line((x, y, x + 22, y + 22), fill=(*colour, 255), width=5)
            pen.line((x, y + 22, x + 22, y), fill=(*colour, 255), width=5)
    return image


@pytest.fixture(scope="session")
def paint():
    """Ingest ``count`` tokens of Warm, Cold or Grey: ``paint(settings, name)``; every trait can be seen."""

    def paint(settings, name, count=200):
        colours, shapes = COLOURS[name], SHAPES[name]
        digit = hashlib.sha256(name.encode()).hexdigest()[0]
        home = Collection(name=name, chain="eip155:1", contract="0x" + digit * 40, subject="sign")
        folder = settings.dataset_dir / name / "images"
        folder.mkdir(parents=True)
        tokens = []
        for token_id in range(count):
            colour, shape = list(colours)[token_id % 2], shapes[token_id // 2 % len(shapes)]
            file = folder / f"{name}_{token_id}.png"
            draw(colours[colour], shape, token_id).save(file)
            tokens.append(
                Token(
                    ref=home.ref(token_id),
                    collection=name,
                    name=f"{name} {token_id}",
                    traits=(Trait(type="Colour", value=colour), Trait(type="Form", value=shape)),
                    caption=f"A picture of sign, containing {colour} Colour {shape} Form.",
                    image=f"{name}/images/{name}_{token_id}.png",
                    image_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
                )
            )
        with Catalog(settings.catalog_path, create=True) as catalog:
            catalog.put_collection(home)
            catalog.put_tokens(home, tokens)

    return paint


@pytest.fixture(scope="session")
def base(paint, tmp_path_factory):
    """The folder of a tiny CLIP that was trained on red and yellow shapes."""
    home, run = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("run")
    settings = Settings(home=home, threads=1)
    paint(settings, "Warm")
    train_clip(settings, Recipe(steps=60, **RECIPE, model_cfg=TINY, preprocess_cfg=LOOK), run, tick=silent)
    return run / "best"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(attempt, "Recipe", partial(Recipe, **RECIPE))


@pytest.fixture
def settings(base, tmp_path):
    return settings_at(tmp_path / "home", base)


def settings_at(home, base):
    return Settings(home=home, image_encoder=f"open-clip:{base}", text_encoder="hashing", threads=1)


@pytest.fixture(scope="session")
def cold_home(base, paint, tmp_path_factory):
    """A home of Cold that was adapted to it."""
    settings = settings_at(tmp_path_factory.mktemp("cold"), base)
    paint(settings, "Cold")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(attempt, "Recipe", partial(Recipe, **RECIPE))
        assert adapt(settings, steps=60, tick=silent).did == "kept"
    return settings.home


@pytest.fixture
def adapted(cold_home, settings):
    """Settings of a copy of that home."""
    shutil.copytree(cold_home, settings.home)
    return settings
