"""What makes pictures quick to encode leaves their vectors as they were."""

import numpy as np
import pytest
from PIL import Image

from retrieval.encoders.pictures import Preprocess

LOOK = Preprocess(size=64, mean=(0.5,) * 3, std=(0.25,) * 3, background=(99, 133, 150))


def palette_picture(transparency, colours=8):
    rng = np.random.default_rng(3)
    image = Image.fromarray(rng.integers(0, colours, (24, 24)).astype(np.uint8), "L").convert("L")
    indexed = Image.frombytes("P", image.size, image.tobytes())
    indexed.putpalette(rng.integers(0, 256, colours * 3).astype(np.uint8).tobytes())
    indexed.info["transparency"] = transparency
    return indexed.resize((512, 512), Image.Resampling.NEAREST)


@pytest.mark.parametrize("transparency", [0, 5, bytes([0, 128, 255, 7]), b""])
def test_a_transparent_palette_looks_as_its_pixels_would(transparency):
    image = palette_picture(transparency)
    image.info["transparency"] = transparency
    slow = np.asarray(LOOK.square(image.convert("RGBA")), int)
    fast = np.asarray(LOOK.square(image), int)
    assert np.abs(slow - fast).max() <= 2, "levels of 255: rounding"
    assert image.mode == "P"
    assert image.info["transparency"] == transparency, "the picture itself stays as it was"


@pytest.mark.models
def test_fast_vectors_are_near_exact_ones_and_keep_pictures_apart():
    """On a processor without bfloat16 both are the same."""
    from magpie.settings import Settings
    from retrieval import backends
    from retrieval.encoders.open_clip import OpenClipEncoder

    fast = backends.image_encoder(Settings(threads=1))
    exact = OpenClipEncoder(fast._source, threads=1, precision="float32")
    assert exact.load().dtype == "float32"
    pictures = [palette_picture(at, colours) for colours in (4, 8, 60) for at in range(3)]
    ours, theirs = fast.encode_images(pictures), exact.encode_images(pictures)
    assert (ours * theirs).sum(1).min() > 0.98
    assert ((ours @ theirs.T).argmax(1) == np.arange(len(pictures))).all()
    np.testing.assert_array_equal(fast.encode_texts(["a punk"]), exact.encode_texts(["a punk"]))


@pytest.mark.models
def test_a_vision_transformer_computes_in_the_fast_numbers_too(tmp_path):
    from retrieval.encoders.open_clip import ClipByName, OpenClipEncoder
    from retrieval.encoders.torch_setup import prepare_torch

    prepare_torch(1, extra="image")
    import open_clip
    import torch

    torch.manual_seed(0)
    weights = tmp_path / "small.pt"
    torch.save(open_clip.create_model("ViT-S-32-alt").state_dict(), weights)
    source = ClipByName("ViT-S-32-alt", str(weights), allow_network=False)
    fast, exact = (OpenClipEncoder(source, threads=1, precision=p) for p in ("fast", "float32"))
    picture = palette_picture(0)
    (ours,), (theirs,) = fast.encode_images([picture]), exact.encode_images([picture])
    assert ours @ theirs > 0.999
