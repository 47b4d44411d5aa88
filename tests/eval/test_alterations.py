"""Altered pictures: what is left of the picture, and that it repeats."""

import numpy as np
import pytest
from PIL import Image

from eval.alterations import ALTERATIONS, alter

LEFT, RIGHT = (200, 30, 40), (30, 60, 200)


@pytest.fixture
def halves():
    """100 x 60: red on the left, blue on the right."""
    picture = Image.new("RGB", (100, 60), LEFT)
    picture.paste(RIGHT, (50, 0, 100, 60))
    return picture


def pixels(picture):
    return np.asarray(picture, np.int16)


def near(picture, at, colour, tolerance=12):
    return np.abs(pixels(picture)[at[1], at[0]] - np.array(colour)).max() <= tolerance


def test_a_crop_is_a_window_of_four_fifths_of_each_side():
    ramp = np.arange(100, dtype=np.uint8)
    picture = Image.fromarray(
        np.stack([np.broadcast_to(ramp, (60, 100))] * 2 + [np.full((60, 100), 7, np.uint8)], 2)
    )
    cropped = alter(picture, "crop", "s")
    assert cropped.size == (80, 48)
    row = pixels(cropped)[0, :, 0]
    assert (np.diff(row) == 1).all()
    starts = {int(pixels(alter(picture, "crop", str(seed)))[0, 0, 0]) for seed in range(60)}
    assert min(starts) >= 0
    assert max(starts) <= 20
    assert len(starts) > 10


def test_a_resize_keeps_the_shape_and_what_is_where(halves):
    sizes = set()
    for seed in range(20):
        resized = alter(halves, "resize", str(seed))
        sizes.add(resized.size)
        assert 25 <= resized.width <= 200
        assert resized.width / resized.height == pytest.approx(100 / 60, rel=0.05)
        assert near(resized, (2, 2), LEFT)
        assert near(resized, (resized.width - 3, 2), RIGHT)
    assert len(sizes) > 10


def test_a_jpeg_loses_something_and_not_much():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8))
    lost = np.abs(pixels(alter(noise, "jpeg", "s")) - pixels(noise)).mean()
    assert 5 < lost < 80


def test_a_border_surrounds_the_whole_picture(halves):
    framed = alter(halves, "border", "s")
    thick = (framed.width - 100) // 2
    assert 5 <= thick <= 20
    assert framed.size == (100 + 2 * thick, 60 + 2 * thick)
    assert (pixels(framed)[thick:-thick, thick:-thick] == pixels(halves)).all()
    assert (pixels(framed)[:thick] == pixels(framed)[0, 0]).all()


def test_a_flip_exchanges_left_and_right(halves):
    assert (pixels(alter(halves, "flip", "s")) == pixels(halves)[:, ::-1]).all()


def test_a_colour_shift_moves_colours_a_little_and_nothing_else(halves):
    for seed in range(20):
        shifted = alter(halves, "colour", str(seed))
        assert shifted.size == halves.size
        assert near(shifted, (10, 10), LEFT, tolerance=80)
        assert not near(shifted, (10, 10), RIGHT, tolerance=80)
        assert len(set(shifted.crop((0, 0, 50, 60)).get_flattened_data())) == 1
    assert len({alter(halves, "colour", str(seed)).getpixel((3, 3)) for seed in range(20)}) > 10


def test_a_screenshot_shows_the_whole_picture_somewhere_on_a_larger_page(halves):
    for seed in range(10):
        shot = alter(halves, "screenshot", str(seed))
        assert 110 <= shot.width <= 140
        assert 66 <= shot.height <= 84
        reds = np.argwhere((np.abs(pixels(shot) - np.array(LEFT)) < 40).all(2))
        assert len(reds) > 0.7 * 50 * 60
        assert np.quantile(reds[:, 1], 0.05) >= 4  # a margin on the left


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_alterations_repeat_with_their_seed_and_leave_the_picture_alone(halves, kind):
    before = halves.tobytes()
    assert alter(halves, kind, "a").tobytes() == alter(halves, kind, "a").tobytes()
    assert halves.tobytes() == before
    assert alter(halves, kind, "a").tobytes() != before


@pytest.mark.parametrize("kind", ALTERATIONS)
@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (20, 30), (255, 0, 0, 0)),
        Image.new("LA", (5, 5), (9, 0)),
        Image.new("P", (9, 4)),
        Image.new("L", (1, 1), 200),
        Image.new("1", (2, 3)),
        Image.new("I;16", (6, 6)),
        Image.new("CMYK", (6, 6)),
    ],
    ids=lambda picture: picture.mode,
)
def test_any_mode_and_size_can_be_altered(picture, kind):
    altered = alter(picture, kind, "s")
    assert altered.mode == "RGB"
    assert min(altered.size) >= 1


def test_what_is_transparent_is_seen_as_white():
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert set(alter(clear, "flip", "s").get_flattened_data()) == {(255, 255, 255)}
