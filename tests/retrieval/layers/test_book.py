import numpy as np
import pytest
from PIL import Image

from magpie.domain import Trait
from magpie.layers import LayerFile, LayerIndex, paths, write_index
from retrieval.layers import load
from retrieval.training.corpus import fit

HAT = Trait(type="Hat", value="Crown")


@pytest.fixture
def stored(tmp_path):
    """One layer of a picture that is wider than tall: its upper left quarter, in gold."""
    mask = np.zeros((12, 24), np.uint8)
    mask[:6, :12] = 255
    gold = np.where(mask[..., None], np.array([250, 200, 0, 255]), 0).astype(np.uint8)
    known = LayerFile(
        trait=HAT, mask=paths(HAT)[0], component=paths(HAT)[1], tokens=9, exact=False, agreement=1.0
    )
    for relative, pixels in ((known.mask, mask), (known.component, gold)):
        file = tmp_path / "Heroes" / relative
        file.parent.mkdir(parents=True)
        Image.fromarray(pixels).save(file)
    write_index(tmp_path, "Heroes", LayerIndex(made_from="x", width=24, height=12, layers=(known,)))
    return tmp_path


def test_a_layer_lies_where_training_pictures_have_it(stored):
    layer = load(stored, ["Heroes"], 64).of("Heroes", HAT)
    with Image.open(stored / "Heroes" / paths(HAT)[1]) as image:
        expected = np.asarray(fit(image, 64))
    assert layer.mask.shape == (64, 64)
    assert (layer.component == expected).all()
    assert (layer.mask == (expected[..., 3] > 127)).all()
    assert 0.1 < layer.mask.mean() < 0.15  # a quarter of the half that the picture takes


def test_traits_meet_by_their_key(stored):
    book = load(stored, ["Heroes"], 32)
    assert book.of("Heroes", Trait(type="hat", value="CROWNS")) is not None
    assert book.of("Heroes", Trait(type="Hat", value="Cap")) is None
    assert book.of("Others", HAT) is None


def test_arrays_are_shared_and_cannot_be_changed(stored):
    book = load(stored, ["Heroes"], 32)
    assert book.of("Heroes", HAT) is book.of("Heroes", HAT)
    with pytest.raises(ValueError, match="read-only"):
        book.of("Heroes", HAT).mask[0, 0] = True


def test_collections_without_layers_give_an_empty_book(stored):
    book = load(stored, ["Nobody"], 32)
    assert len(book) == 0
    assert book.of("Nobody", HAT) is None


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_damaged_file_is_no_layer(stored, content):
    (stored / "Heroes" / paths(HAT)[0]).write_bytes(content)
    assert load(stored, ["Heroes"], 32).of("Heroes", HAT) is None


@pytest.mark.parametrize("where", ["../../secret.png", "/etc/hostname", "masks/../../../x.png"])
def test_an_index_cannot_name_files_outside_its_collection(stored, where):
    known = LayerFile(trait=HAT, mask=where, component=paths(HAT)[1], tokens=9, exact=False, agreement=1.0)
    Image.new("L", (24, 12), 255).save(stored.parent / "secret.png")
    write_index(stored, "Heroes", LayerIndex(made_from="x", width=24, height=12, layers=(known,)))
    assert load(stored, ["Heroes"], 32).of("Heroes", HAT) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 9}', '{"layers": [{"trait": 1}]}'])
def test_an_index_that_is_not_ours_is_none(stored, content):
    (stored / "Heroes" / "layers.json").write_text(content)
    assert len(load(stored, ["Heroes"], 32)) == 0
