"""The committed CLIP weights: small enough, documented, and able to find tokens that they never saw."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

import retrieval
from ingest.sources.punks import COLLECTION, PunkSource
from magpie.splits import is_held_out
from retrieval.encoders.open_clip import ClipFolder, OpenClipEncoder

FOLDER = Path(retrieval.__file__).parent / "weights" / "magpie-clip"


def test_the_weights_fit_in_25_megabytes():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 25_000_000


def test_the_model_card_tells_what_a_reader_must_know():
    card = (FOLDER / "MODEL_CARD.md").read_text("utf-8")
    for heading in ("Data", "Recipe", "Figures", "Limits", "Licence"):
        assert f"## {heading}" in card


def test_the_config_is_what_the_trainer_would_train():
    from retrieval.training.recipe import Recipe

    config = json.loads((FOLDER / "config.json").read_text("utf-8"))
    assert config == {"model_cfg": Recipe().model_cfg, "preprocess_cfg": Recipe().preprocess_cfg}


@pytest.fixture(scope="module")
def encoder():
    return OpenClipEncoder(ClipFolder(FOLDER, "magpie-clip"), threads=1)


@pytest.fixture(scope="module")
def held_out():
    """Every held-out zombie and ape and 100 of the other held-out punks: traits by id, picture by id."""
    traits, pictures = {}, {}
    for raw in PunkSource(full=True).items():
        if not is_held_out(COLLECTION.ref(raw.token_id)):
            continue
        worn = {attribute["value"] for attribute in raw.metadata["attributes"]}
        if worn & {"Zombie", "Ape"} or len(traits) < 100:
            traits[raw.token_id] = worn
            pictures[raw.token_id] = Image.open(io.BytesIO(raw.read_image())).resize((512, 512), 0)
    return traits, pictures


@pytest.fixture(scope="module")
def gallery(encoder, held_out):
    return encoder.encode_images(list(held_out[1].values()))


def best(encoder, gallery, ids, text, k):
    scores = gallery @ encoder.encode_texts([text])[0]
    return [ids[row] for row in np.argsort(-scores)[:k]]


@pytest.mark.models
@pytest.mark.parametrize(
    ("text", "value"), [("a zombie punk", "Zombie"), ("an ape punk", "Ape"), ("zombie", "Zombie")]
)
def test_a_word_finds_held_out_punks(encoder, gallery, held_out, text, value):
    traits, _ = held_out
    wanted = {token for token, worn in traits.items() if value in worn}
    assert len(wanted) >= 3
    found = best(encoder, gallery, list(traits), text, len(wanted))
    assert len(wanted.intersection(found)) >= 0.9 * len(wanted)


@pytest.mark.models
@pytest.mark.parametrize("change", ["none", "other background", "small", "brighter", "cropped"])
def test_a_picture_finds_itself_after_what_a_screenshot_does(encoder, gallery, held_out, change):
    _, pictures = held_out
    ids = list(pictures)[:40]
    seen = encoder.encode_images([altered(pictures[token], change) for token in ids])
    found = [list(pictures)[row] for row in (seen @ gallery.T).argmax(axis=1)]
    assert np.mean([a == b for a, b in zip(found, ids, strict=True)]) >= 0.9


def altered(image, change):
    filled = Image.new("RGBA", image.size, (220, 120, 60, 255))
    filled.alpha_composite(image.convert("RGBA"))
    match change:
        case "other background":
            return filled.convert("RGB")
        case "small":
            return image.resize((48, 48), Image.Resampling.NEAREST)
        case "brighter":
            return ImageEnhance.Brightness(filled.convert("RGB")).enhance(1.08)
        case "cropped":
            return image.crop((12, 12, 500, 500))
        case _:
            return image
