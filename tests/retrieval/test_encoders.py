"""What every encoder promises, on the small ones, on real MiniLM and on open_clip's own classes."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from magpie.errors import ConfigError, ModelNotFoundError
from magpie.settings import Settings
from retrieval.backends import image_encoder, text_encoder
from retrieval.encoders.hashing import HashingImageEncoder, HashingTextEncoder
from retrieval.encoders.pictures import Preprocess

BLUE = (40, 90, 220)
CONFIG = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
        "custom_text": True,
    },
    "preprocess_cfg": {
        "size": 32,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "interpolation": "box",
        "resize_mode": "pad",
        "background": [99, 133, 150],
    },
}


def flat(colour, size=(20, 30), mode="RGB"):
    return Image.new(mode, size, colour)


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A CLIP of a few random weights, in the layout of ours."""
    from retrieval.encoders.torch_setup import prepare_torch

    prepare_torch(1, extra="image")
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    model = open_clip.CustomTextCLIP(**{k: v for k, v in CONFIG["model_cfg"].items() if k != "custom_text"})
    save_file(
        {name: weight.half() for name, weight in model.state_dict().items()}, folder / "model.safetensors"
    )
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


@pytest.fixture(params=["hashing", pytest.param("open-clip", marks=pytest.mark.models)])
def pictures(request):
    if request.param == "hashing":
        return HashingImageEncoder()
    folder = request.getfixturevalue("clip_folder")
    return image_encoder(Settings(image_encoder=f"open-clip:{folder}", threads=1))


@pytest.fixture(params=["hashing", pytest.param("minilm", marks=pytest.mark.models)])
def texts(request):
    if request.param == "hashing":
        return HashingTextEncoder()
    return text_encoder(Settings(threads=1))


def test_texts_become_unit_rows_in_order(texts):
    vectors = texts.encode(["a gold ape", "a zombie with a pipe", "a gold ape"], kind="document")
    assert (vectors.shape, vectors.dtype) == ((3, texts.dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-5)
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[1]


def test_no_text_gives_no_row(texts):
    assert texts.encode([], kind="query").shape == (0, texts.dim)


def test_a_question_is_near_the_caption_that_answers_it(texts):
    captions = texts.encode(
        ["A picture of punk, containing Zombie Type Pipe Accessory.", "Blue Background"], kind="document"
    )
    (asked,) = texts.encode(["zombie with a pipe"], kind="query")
    assert captions[0] @ asked > captions[1] @ asked


def test_pictures_of_any_mode_and_size_become_unit_rows_in_order(pictures):
    mixed = [
        flat(BLUE),
        flat((*BLUE, 255), (400, 3), "RGBA"),
        flat(7, (1, 1), "L"),
        flat(1, mode="P"),
        flat(BLUE),
    ]
    vectors = pictures.encode_images(mixed)
    assert (vectors.shape, vectors.dtype) == ((5, pictures.dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[4], atol=1e-5)


def test_pictures_and_texts_share_a_space(pictures):
    assert pictures.encode_texts(["a blue thing", "red"]).shape == (2, pictures.dim)
    assert pictures.encode_texts([]).shape == pictures.encode_images([]).shape == (0, pictures.dim)


def test_the_colour_encoder_matches_words_to_pictures():
    encoder = HashingImageEncoder()
    blue, red = encoder.encode_images([flat(BLUE), flat((220, 20, 30))])
    asked, nothing = encoder.encode_texts(["a blue ape", "an ape"])
    assert asked @ blue > 0.5 > asked @ red
    assert not nothing.any()


def test_hashes_are_the_same_in_every_process():
    code = (
        "from retrieval.encoders.hashing import HashingTextEncoder as E;"
        "print(E().encode(['gold ape'], kind='query').nonzero()[1].tolist())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


@pytest.mark.models
def test_other_weights_are_another_encoder(clip_folder, tmp_path):
    settings = Settings(image_encoder=f"open-clip:{clip_folder}")
    first = image_encoder(settings).id
    assert first == image_encoder(settings).id
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((clip_folder / name).read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    assert (
        image_encoder(Settings(image_encoder=f"open-clip:{tmp_path}")).id.partition("@")[2]
        != first.partition("@")[2]
    )


@pytest.mark.models
def test_our_loader_agrees_with_open_clip(clip_folder):
    import open_clip
    import torch

    encoder = image_encoder(Settings(image_encoder=f"open-clip:{clip_folder}"))
    model = open_clip.CustomTextCLIP(
        **{k: v for k, v in CONFIG["model_cfg"].items() if k != "custom_text"}
    ).eval()
    from safetensors.torch import load_file

    model.load_state_dict(load_file(clip_folder / "model.safetensors"))
    tokens = open_clip.SimpleTokenizer(context_length=16)(["a zombie"])
    with torch.inference_mode():
        expected = model.encode_text(tokens, normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_texts(["a zombie"]), expected, atol=1e-5)


@pytest.mark.models
def test_an_architecture_with_a_checkpoint_file(tmp_path):
    from retrieval.encoders.torch_setup import prepare_torch

    prepare_torch(1, extra="image")
    import open_clip
    import torch

    model = open_clip.create_model("ViT-S-32-alt")
    torch.save(model.state_dict(), tmp_path / "small.pt")
    encoder = image_encoder(Settings(image_encoder=f"open-clip:ViT-S-32-alt:{tmp_path / 'small.pt'}"))
    assert encoder.id.startswith("open-clip:ViT-S-32-alt:small.pt@")
    assert encoder.encode_images([flat(BLUE, mode="RGB"), flat((0, 0, 0, 0), mode="RGBA")]).shape == (
        2,
        encoder.dim,
    )


@pytest.mark.models
@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("open-clip:ViT-B-32:laion2b_s34b_b79k", ModelNotFoundError, "MAGPIE_ALLOW_NETWORK=true"),
        ("open-clip:ViT-B-32:nobody", ConfigError, "no tag of ViT-B-32; its tags: openai"),
        ("open-clip:ViT-Q-7:openai", ConfigError, "no architecture 'ViT-Q-7'"),
    ],
)
def test_weights_that_cannot_be_had_are_one_clear_line(spec, error, message):
    with pytest.raises(error, match=message):
        image_encoder(Settings(image_encoder=spec)).encode_texts(["a"])


@pytest.mark.parametrize("spec", ["nothing", "open-clip", "sentence-transformers", ""])
def test_an_unknown_library_lists_the_known(spec):
    with pytest.raises(ConfigError, match="known: hashing, open-clip"):
        image_encoder(Settings(image_encoder=spec))
    with pytest.raises(ConfigError, match="known: hashing, sentence-transformers"):
        text_encoder(Settings(text_encoder=spec))


def test_a_folder_without_weights_says_what_to_run(tmp_path):
    with pytest.raises(ModelNotFoundError, match="magpie train clip"):
        image_encoder(Settings(image_encoder=f"open-clip:{tmp_path}"))


@pytest.mark.models
@pytest.mark.parametrize(
    "config", ["{", "{}", '{"model_cfg": {"embed_dim": 3}, "preprocess_cfg": {"size": 3}}']
)
def test_a_broken_config_is_one_clear_line(clip_folder, tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    (tmp_path / "model.safetensors").write_bytes((clip_folder / "model.safetensors").read_bytes())
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        image_encoder(Settings(image_encoder=f"open-clip:{tmp_path}")).encode_texts(["a"])


def test_a_wide_picture_is_padded_and_transparency_shows_the_background():
    preprocess = Preprocess(size=4, mean=(0.5,) * 3, std=(0.5,) * 3, background=(10, 20, 30))
    wide = preprocess.square(flat((255, 0, 0), (8, 4)))
    assert [wide.getpixel((1, y)) for y in range(4)] == [(10, 20, 30), (255, 0, 0), (255, 0, 0), (10, 20, 30)]
    assert preprocess.square(flat((9, 9, 9, 0), mode="RGBA")).getpixel((2, 2)) == (10, 20, 30)
    batch = preprocess.batch([preprocess.pixels(flat((255, 0, 0), (4, 4)))], "cpu")
    assert batch[0, :, 0, 0].tolist() == [1, -1, -1]


def test_a_device_that_is_not_here_is_one_clear_line(clip_folder, tmp_path):
    settings = Settings(home=tmp_path, image_encoder=f"open-clip:{clip_folder}", device="banana")
    with pytest.raises(ConfigError, match="MAGPIE_DEVICE") as caught:
        image_encoder(settings).encode_texts(["a cat"])
    assert "\n" not in str(caught.value)
