"""A tiny dataset whose answer is visible: two colours by two shapes; and models that are tiny as well."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait
from magpie.settings import load_settings
from retrieval.layers import Layer
from retrieval.training.corpus import load
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


def tiny_recipe(**fields):
    given = {"steps": 80, "batch": 32, "peak_rate": 3e-3, "ema": 0.9, "choices_weight": 1.0}
    return Recipe(**{**given, "precision": "float32", "model_cfg": TINY, "preprocess_cfg": LOOK, **fields})


def nobody(stage, done, total):
    pass


@pytest.fixture(scope="session")
def recipe():
    return tiny_recipe


@pytest.fixture(scope="session")
def silent():
    return nobody


def draw(colour, shape, token_id):
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    x, y = 4 + token_id % 7, 4 + token_id % 5
    pen = ImageDraw.Draw(image)
    (pen.rectangle if shape == "Square" else pen.ellipse)(
        (x, y, x + 22, y + 22), fill=(*COLOURS[colour], 255)
    )
    return image


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    return load_settings(None, {"home": tmp_path_factory.mktemp("home"), "threads": 1})


@pytest.fixture(scope="session")
def shapes(settings):
    """200 tokens, 50 of each kind."""
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


@pytest.fixture(scope="session")
def corpus(settings, shapes, tmp_path_factory):
    return load(settings, tmp_path_factory.mktemp("cache"), 32, tick=nobody)


class Halves:
    """Layers that are easy to see: the colour is on the left half of every picture, the form on the right."""

    def of(self, collection, trait):
        mask = np.zeros((32, 32), bool)
        mask[:, :16] = trait.type == "Colour"
        mask[:, 16:] = trait.type == "Form"
        pixels = np.zeros((32, 32, 4), np.uint8)
        pixels[mask] = (*COLOURS.get(trait.value, (9, 9, 9)), 255)
        return Layer(mask, pixels) if mask.any() else None


@pytest.fixture(scope="session")
def halves():
    return Halves()
