"""A collection that is drawn layer by layer, so that what each trait covers is known."""

import hashlib
from itertools import cycle, islice

import numpy as np
import pytest
from PIL import Image

from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait
from magpie.settings import Settings
from retrieval.layers.stack import stack

SIDE = 16
HEROES = Collection(name="Heroes", chain="eip155:1", contract="0x" + "c" * 40, subject="hero")
# In drawing order: type -> value -> (rows, columns, colour), or None if nothing is drawn.
LAYERS = {
    "Background": {
        "Sky": (slice(0, 16), slice(0, 16), (120, 180, 250)),
        "Sand": (slice(0, 16), slice(0, 16), (240, 220, 160)),
        "Night": (slice(0, 16), slice(0, 16), (20, 20, 60)),
    },
    "Body": {
        "Robot": (slice(4, 14), slice(4, 12), (150, 150, 150)),
        "Ape": (slice(4, 16), slice(3, 13), (110, 70, 40)),
        "Ghost": (slice(5, 15), slice(5, 11), (250, 250, 250)),
    },
    "Eyes": {
        "Laser": (slice(7, 9), slice(5, 11), (255, 0, 0)),
        "Tired": (slice(8, 9), slice(6, 10), (60, 160, 60)),
    },
    "Hat": {
        "Crown": (slice(2, 6), slice(5, 11), (250, 200, 0)),
        "Beanie": (slice(1, 8), slice(4, 12), (200, 40, 140)),
        "None": None,
    },
}


def drawn(traits):
    """The picture of a token and, by type, where the trait is left to be seen."""
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    owner = np.full((SIDE, SIDE), "", object)
    for type_, values in LAYERS.items():
        if shape := values[traits[type_]]:
            rows, columns, colour = shape
            picture[rows, columns] = (*colour, 255)
            owner[rows, columns] = type_
    return picture, {type_: owner == type_ for type_ in LAYERS}


@pytest.fixture
def heroes():
    """180 tokens with their pictures, and where most of the tokens with a trait show it."""
    rng = np.random.default_rng(5)
    tokens, pictures, seen = [], [], {}
    for number in range(180):
        traits = {type_: str(rng.choice(list(values))) for type_, values in LAYERS.items()}
        picture, where = drawn(traits)
        pictures.append(picture)
        for type_, value in traits.items():
            seen.setdefault((type_, value), []).append(where[type_])
        tokens.append(
            Token(
                ref=HEROES.ref(number),
                collection=HEROES.name,
                name=f"Hero {number}",
                traits=tuple(Trait(type=type_, value=value) for type_, value in traits.items()),
            )
        )
    most = {trait: np.mean(masks, axis=0) >= 0.5 for trait, masks in seen.items()}
    return tokens, np.stack(pictures), most


@pytest.fixture
def hero_stack(heroes):
    tokens, pictures, _ = heroes
    return stack(pictures, tokens)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


@pytest.fixture
def ingest_heroes(settings, heroes):
    """Write heroes to the home, enlarged to 8 pixels a cell; ``ingest_heroes(tokens=60, change=...)``."""

    def write(tokens=180, change=lambda number, image: image):
        made = []
        for number, token in enumerate(islice(cycle(heroes[0]), tokens)):
            image = Image.fromarray(heroes[1][number]).resize((SIDE * 8, SIDE * 8), Image.Resampling.NEAREST)
            path = f"Heroes/images/Heroes_{number}.png"
            file = settings.dataset_dir / path
            file.parent.mkdir(parents=True, exist_ok=True)
            change(number, image).save(file)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            made.append(token.model_copy(update={"image": path, "image_sha256": digest}))
        with Catalog(settings.catalog_path, create=True) as catalog:
            catalog.put_collection(HEROES)
            catalog.put_tokens(HEROES, made)
        return made

    return write
