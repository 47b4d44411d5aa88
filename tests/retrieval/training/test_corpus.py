"""What the trainer reads of a home: small pictures, parts that never meet, layers if there are any."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from magpie.errors import InputError
from magpie.splits import is_held_out
from retrieval.encoders.pictures import Preprocess
from retrieval.training import pixels
from retrieval.training.corpus import assemble, load
from retrieval.training.disturbances import flatten
from retrieval.training.pixels import OnDemand, fit

LOOK = {"size": 32, "mean": [0.5] * 3, "std": [0.25] * 3, "background": [90, 120, 140]}


def test_every_token_is_in_one_part(corpus):
    parts = [corpus.train, corpus.validation, corpus.held_out]
    assert sorted(np.concatenate(parts)) == list(range(200))
    assert all(is_held_out(corpus.tokens[row].ref) for row in corpus.held_out)
    assert not any(is_held_out(corpus.tokens[row].ref) for row in corpus.validation)


@pytest.mark.parametrize("side", [(40, 40), (24, 24), (512, 300), (1, 50)])
@pytest.mark.parametrize("way", ["box", "bicubic"])
def test_training_and_search_see_the_same_picture(side, way):
    noise = np.random.default_rng(0).integers(0, 256, (side[1], side[0], 4)).astype(np.uint8)
    image = Image.fromarray(noise)
    ours = flatten(np.asarray(fit(image, 32, way))[None], np.array(LOOK["background"], np.uint8))[0]
    theirs = np.asarray(Preprocess(**LOOK, interpolation=way).square(image))
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2


def test_an_unreadable_picture_is_left_out(settings, shapes, tmp_path, silent):
    broken = settings.dataset_dir / "Shapes/images/Shapes_3.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:60])
    try:
        found = load(settings, tmp_path, 32, tick=silent)
    finally:
        broken.write_bytes(whole)
    assert len(found.tokens) == found.pixels.shape[0] == 199
    assert all(token.ref.token_id != 3 for token in found.tokens)


def test_decoded_pictures_are_kept_for_the_next_start(settings, shapes, corpus, tmp_path, silent):
    stages = []
    for _ in range(2):
        again = load(settings, tmp_path, 32, tick=lambda stage, *_: stages.append(stage))
        assert (again.pixels[corpus.train] == corpus.pixels[corpus.train]).all()
    assert stages.count("decode pictures") == 4  # 200 pictures, told every 50, once


def test_pictures_too_large_to_keep_are_decoded_when_drawn(settings, corpus, tmp_path, monkeypatch, silent):
    monkeypatch.setattr(pixels, "_KEPT_AT_MOST", 1000)
    found = load(settings, tmp_path, 32, tick=silent)
    assert isinstance(found.pixels, OnDemand)
    rows = np.array([199, 0, 3])
    assert (found.pixels[rows] == corpus.pixels[rows]).all()
    assert not list(tmp_path.iterdir())


def test_a_picture_that_vanishes_while_training_is_empty(tmp_path):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "there.png")
    taken = OnDemand([tmp_path / "gone.png", tmp_path / "there.png"], 8)[np.array([0, 1])]
    assert not taken[0].any()
    assert (taken[1] == (255, 0, 0, 255)).all()


def test_the_digest_names_tokens_and_their_pictures(corpus):
    def told(tokens):
        return replace(corpus, tokens=tuple(tokens)).digest

    first, *others = corpus.tokens
    repainted = first.model_copy(update={"image_sha256": "0" * 64})
    digests = [corpus.digest, told(others), told([repainted, *others])]
    assert told(corpus.tokens) == corpus.digest
    assert len(set(digests)) == 3


def test_too_few_tokens_are_refused(corpus, shapes):
    with pytest.raises(InputError, match="too few"):
        assemble(corpus.tokens[:5], [shapes], np.zeros((5, 32, 32, 4), np.uint8))
