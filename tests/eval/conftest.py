"""A dataset whose answers are visible: pictures of one colour, each named in its traits, and all matte."""

import pytest
from PIL import Image

from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.files import sha256_file
from magpie.settings import Settings
from magpie.splits import is_held_out
from retrieval import index

COLOURS = {"Red": (220, 20, 30), "Green": (40, 160, 60), "Blue": (40, 90, 220), "Yellow": (250, 220, 30)}
COLOURS["Purple"] = (130, 60, 180)


@pytest.fixture
def held_out_refs():
    """The first ``n`` references of a collection that are held out, by token id."""

    def refs(collection, n):
        found = (collection.ref(token_id) for token_id in range(10_000))
        return [ref for ref in found if is_held_out(ref)][:n] if n else []

    return refs


@pytest.fixture
def colour_home(tmp_path, make_collection, make_token, held_out_refs):
    """Indexed settings: Swatches (two Reds that are twins, Green, Blue, Yellow) and Tiles (Red, Purple).

    All seven tokens are held out; in reference order Swatches come first.
    """
    settings = Settings(home=tmp_path / "home", image_encoder="hashing", text_encoder="hashing")
    with Catalog(settings.catalog_path, create=True) as catalog:
        for name, digit, subject, colours in (
            ("Swatches", "1", "swatch", ["Red", "Red", "Green", "Blue", "Yellow"]),
            ("Tiles", "2", "tile", ["Red", "Purple"]),
        ):
            home = make_collection(name=name, contract="0x" + digit * 40, subject=subject)
            catalog.put_collection(home)
            tokens = []
            for ref, colour in zip(held_out_refs(home, len(colours)), colours, strict=True):
                path = f"{name}/images/{name}_{ref.token_id}.png"
                (settings.dataset_dir / path).parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (16, 16), COLOURS[colour]).save(settings.dataset_dir / path)
                token = make_token(
                    ref.token_id,
                    [f"Background={colour}", "Finish=Matte"],
                    collection=home,
                    image=path,
                    image_sha256=sha256_file(settings.dataset_dir / path),
                )
                tokens.append(token.model_copy(update={"caption": template_caption(subject, token.traits)}))
            catalog.put_tokens(home, tokens)
    index.build(settings, tick=lambda *_: None)
    return settings
