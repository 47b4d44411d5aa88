"""What happens to a picture on its way to being asked for."""

import numpy as np
import pytest

from retrieval.training.disturbances import _areas, disturb, flatten, put_back

GREY = np.array([90, 120, 140], np.uint8)


def test_transparent_pixels_show_the_background():
    pixels = np.zeros((1, 2, 2, 4), np.uint8)
    pixels[0, 0, 0] = (255, 0, 0, 255)
    pixels[0, 0, 1] = (255, 0, 0, 51)
    flat = flatten(pixels, GREY)[0]
    assert flat[1, 1].tolist() == [90, 120, 140]
    assert flat[0, 0].tolist() == [255, 0, 0]
    assert flat[0, 1].tolist() == [123, 96, 112]


def test_a_whole_view_is_the_picture_itself():
    assert (_areas(np.array([0.0]), np.array([8.0]), 8)[0] == np.eye(8)).all()


@pytest.mark.parametrize(("start", "side"), [(0, 4), (2, 6), (1.5, 5.25), (-2, 12), (-8, 8)])
def test_what_is_seen_of_a_constant_picture_is_as_much_of_it_as_lies_inside(start, side):
    seen = _areas(np.array([float(start)]), np.array([float(side)]), 8)[0].sum(1)
    edges = start + side * np.arange(9) / 8
    inside = np.clip(np.minimum(edges[1:], 8) - np.maximum(edges[:-1], 0), 0, None) / (side / 8)
    assert seen == pytest.approx(inside, abs=1e-6)


def test_a_quarter_is_left_alone_and_the_rest_is_altered():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (1, 32, 32, 4)).astype(np.uint8)
    picture[..., 3] = 255
    many = np.repeat(picture, 400, axis=0)
    same = (disturb(many, GREY, rng) == many[..., :3]).all(axis=(1, 2, 3))
    assert 0.15 < same.mean() < 0.35


def test_a_picture_that_is_left_alone_is_put_on_the_usual_or_another_background():
    clear = np.zeros((300, 4, 4, 4), np.uint8)
    seen = disturb(clear, GREY, np.random.default_rng(0))
    flat = [row for row in seen if (row == row[0, 0]).all()]
    assert any((row == GREY).all() for row in flat)
    assert len({tuple(row[0, 0]) for row in flat}) > 20


def test_the_same_seed_gives_the_same_pictures():
    pixels = np.random.default_rng(1).integers(0, 256, (6, 16, 16, 4)).astype(np.uint8)
    one, other = (disturb(pixels, GREY, np.random.default_rng(7)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == (6, 16, 16, 3)
    assert (one == other).all()


@pytest.mark.parametrize(("low", "high"), [(0, 8), (1.5, 7.25), (0, 6), (2, 3)])
def test_every_pixel_beyond_what_was_kept_shows_its_edge(low, high):
    kept = np.array([float(low)]), np.array([float(high)])
    seen = _areas(np.array([0.0]), np.array([8.0]), 8, kept)[0]
    assert seen.sum(1) == pytest.approx(np.ones(8), abs=1e-6)
    assert not seen[:, : int(low)].any()
    assert not seen[:, -int(-high // 1) :].any()


def test_a_crop_that_is_put_back_lies_nearly_where_it_was():
    ramp = np.broadcast_to(np.arange(0, 256, 4, dtype=np.uint8)[:, None], (64, 64))
    pictures = np.repeat(np.stack([ramp, ramp.T, 0 * ramp], axis=-1)[None], 50, axis=0)
    seen = put_back(pictures, np.random.default_rng(0))
    middle = slice(24, 40)  # every crop keeps it
    apart = np.abs(seen.astype(int) - pictures)[:, middle, middle]
    assert apart.max() <= 0.06 * 256
    assert apart.any()


def test_nothing_is_put_back_of_nothing():
    assert put_back(np.zeros((0, 16, 16, 3), np.uint8), np.random.default_rng(0)).shape == (0, 16, 16, 3)
