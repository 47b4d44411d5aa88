"""Views of a picture: bounded, never empty, never an error; margins are trimmed to the pixel."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from PIL import Image, ImageOps

from retrieval.views import DISCOUNT, MOST, cut_out, discounts, inside_margins, views

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "I;16", "I", "F", "CMYK", "YCbCr", "HSV", "LAB")
PLACED = slice(-11, -6)  # the five placements of a crop; six views in other colours follow
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


def noise(width, height, seed=0):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return Image.fromarray(levels)


def scene(width=96, height=80):
    """A left and a right that differ, edges of several colours."""
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    levels = np.zeros((height, width, 3), np.uint8)
    levels[..., 0], levels[..., 1] = ramp, np.linspace(255, 0, height).astype(np.uint8)[:, None]
    levels[20:40, 10:30] = (250, 240, 20)
    return Image.fromarray(levels)


def same(one, other):
    return one.size == other.size and one.convert("RGBA").tobytes() == other.convert("RGBA").tobytes()


@st.composite
def pictures(draw):
    """Any mode that Pillow reads; a few pixels or very long; noise, one colour, or clear."""
    side = st.integers(1, 40)
    width, height = draw(st.one_of(st.tuples(side, side), st.sampled_from([(1, 3000), (3000, 1), (1999, 2)])))
    mode, content = draw(st.sampled_from(MODES)), draw(st.sampled_from(["noise", "plain", "clear"]))
    if content == "noise":
        base = noise(width, height, draw(st.integers(0, 9)))
    else:
        base = Image.new("RGBA", (width, height), (*draw(COLOURS), 255 if content == "plain" else 0))
    if mode == "PA":
        return base.convert("P").convert("PA")
    if mode in ("I;16", "I", "F", "LAB", "HSV"):
        base = base.convert("RGB")
        return Image.new("LAB", base.size, (40, 7, 250)) if mode == "LAB" else _deep(base, mode)
    picture = base.convert(mode)
    if mode == "P" and draw(st.booleans()):
        picture.info["transparency"] = draw(st.sampled_from([0, bytes([0, 128, 255])]))
    return picture


def _deep(base, mode):
    return (
        base.convert("L").convert("I").convert(mode)
        if mode in ("I;16", "I")
        else base.convert("HSV" if mode == "HSV" else "F")
    )


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pictures())
def test_any_picture_has_a_few_views_and_none_is_empty(picture):
    before = picture.copy()
    found = views(picture)
    assert found[0] is picture
    assert same(picture, before)
    assert 2 <= len(found) <= MOST
    assert all(min(view.size) >= 1 for view in found)
    assert all(
        view.width <= max(picture.width, 640) and view.height <= max(picture.height, 640) for view in found
    )
    assert same(found[1], ImageOps.mirror(picture))
    for view in found:
        view.convert("RGBA").load()


@hypothesis(max_examples=60, deadline=None)
@given(st.integers(3, 30), st.integers(3, 30), st.integers(3, 30), st.integers(3, 30), COLOURS)
def test_a_frame_of_one_colour_is_taken_off_to_the_pixel(left, top, right, bottom, colour):
    picture = scene()
    edges = np.concatenate(
        [np.asarray(picture)[at].reshape(-1, 3) for at in (0, -1, np.s_[:, 0], np.s_[:, -1])]
    )
    framed = Image.new("RGB", (96 + left + right, 80 + top + bottom), colour)
    framed.paste(picture, (left, top))
    if np.abs(edges.astype(int) - colour).max(axis=1).min() > 24:
        assert inside_margins(framed)[0] == (left, top, left + 96, top + 80)
        assert any(same(view, picture) for view in views(framed))
        assert any(same(view, picture) for view in views(ImageOps.mirror(framed)))


def test_a_frame_of_nearly_the_picture_s_own_colour_is_taken_off():
    picture = Image.new("RGB", (96, 80), (146, 220, 186))
    picture.paste((20, 20, 20), (20, 30, 70, 80))
    framed = ImageOps.expand(picture, 18, (153, 209, 176))
    assert (18, 18, 114, 98) in inside_margins(framed)


def test_a_page_with_a_bar_above_and_text_below_is_taken_off():
    page = Image.new("RGB", (140, 130), (250, 250, 250))
    page.paste((200, 30, 90), (0, 0, 140, 9))
    page.paste(scene(), (20, 20))
    for line in (108, 118):
        page.paste((90, 90, 90), (20, line, 70, line + 3))
    assert inside_margins(page)[0] == (20, 20, 116, 100)


@pytest.mark.parametrize("where", ["above and below", "left and right"])
def test_margins_may_be_on_two_sides_only(where):
    across = where == "left and right"
    framed = Image.new("RGB", (136, 80) if across else (96, 120), "black")
    framed.paste(scene(), (20, 0) if across else (0, 20))
    assert inside_margins(framed)[0] == ((20, 0, 116, 80) if across else (0, 20, 96, 100))


@pytest.mark.parametrize(
    "picture",
    [Image.new("RGB", (50, 40), "teal"), Image.new("RGBA", (9, 9)), noise(60, 60), Image.new("L", (1, 1))],
    ids=["one colour", "clear", "noise", "one pixel"],
)
def test_what_has_no_margins_keeps_all_of_itself(picture):
    assert inside_margins(picture) == []


def test_margins_of_a_large_picture_are_found_at_a_lower_resolution():
    large = scene().resize((2400, 2000), Image.Resampling.NEAREST)
    framed = ImageOps.expand(large, 301, "white")
    assert inside_margins(framed)[0] == pytest.approx((301, 301, 2701, 2301), abs=4)


def test_a_crop_is_placed_in_the_corners_and_the_middle_of_a_whole():
    crop = scene(80, 64)
    placed = views(crop)[PLACED]
    assert {view.size for view in placed} == {(100, 80)}
    corners = [(0, 0), (20, 0), (0, 16), (20, 16), (10, 8)]
    assert [
        view.crop((x, y, x + 80, y + 64)).tobytes() for view, (x, y) in zip(placed, corners, strict=True)
    ] == [crop.tobytes()] * 5


def test_other_colours_are_brighter_and_darker_and_a_little_so():
    changed = [np.asarray(view, int) for view in views(scene())[-6:]]
    own = np.asarray(scene(), int)
    assert all(1 < np.abs(view - own).mean() < 30 for view in changed)
    darker, brighter, softer, harder, paler, stronger = changed
    assert darker.mean() < own.mean() < brighter.mean()
    assert softer.std() < own.std() < harder.std()
    assert np.ptp(paler, axis=2).mean() < np.ptp(own, axis=2).mean() < np.ptp(stronger, axis=2).mean()


def test_what_is_transparent_stays_transparent():
    picture = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    picture.paste((200, 10, 10, 255), (10, 10, 40, 50))
    assert all(
        view.has_transparency_data and view.getchannel("A").getextrema()[0] == 0
        for view in views(picture)[:2]
    )
    assert all(view.getchannel("A").getextrema()[0] == 0 for view in views(picture)[PLACED])


def test_only_other_views_than_the_picture_itself_count_for_less():
    assert discounts(0).tolist() == []
    assert discounts(1).tolist() == [0]
    assert discounts(3) == pytest.approx([0, DISCOUNT, DISCOUNT])


def drawn(page):
    """64 x 64: a ring with a light inside, on a page or, without one, on nothing."""
    picture = Image.new("RGBA", (64, 64), page or (0, 0, 0, 0))
    picture.paste((200, 60, 40), (16, 12, 48, 60))
    picture.paste((255, 255, 255), (24, 24, 40, 40))
    return picture


@pytest.mark.parametrize("page", ["white", "black", (250, 252, 247), (10, 0, 12)])
def test_what_is_on_a_white_or_black_page_is_cut_out_and_the_light_inside_stays(page):
    cut = cut_out(drawn(page).convert("RGB"))
    assert np.array_equal(np.asarray(cut)[..., 3], np.asarray(drawn(None))[..., 3])
    assert np.array_equal(np.asarray(cut)[12:60, 16:48, :3], np.asarray(drawn(None))[12:60, 16:48, :3])


@pytest.mark.parametrize(
    "picture",
    [
        drawn(None),
        drawn((99, 133, 150)).convert("RGB"),
        Image.new("RGB", (9, 9), "white"),
        Image.new("L", (1, 1)),
    ],
    ids=["transparent", "on another colour", "all page", "one pixel"],
)
def test_nothing_is_cut_out_of_what_is_not_on_such_a_page(picture):
    assert cut_out(picture) is None


def test_a_picture_that_bleeds_off_its_page_is_still_cut_out_and_one_without_a_page_is_not():
    bust = drawn("white").convert("RGB")
    bust.paste((200, 60, 40), (16, 50, 48, 64))
    assert cut_out(bust) is not None
    bust.paste((200, 60, 40), (0, 20, 64, 64))
    assert cut_out(bust) is None


def test_the_views_of_a_picture_on_a_page_are_also_those_of_what_was_cut_out():
    plain, paged = views(drawn((99, 133, 150)).convert("RGB")), views(drawn("white").convert("RGB"))
    transparent = [view for view in paged if view.mode == "RGBA"]
    assert not any(view.mode == "RGBA" for view in plain)
    assert len(transparent) >= 13
    assert len(paged) <= MOST


def test_a_framed_transparent_picture_seen_on_white_is_cut_out_of_both():
    framed = ImageOps.expand(drawn("white").convert("RGB"), 10, (20, 90, 160))
    alphas = [np.asarray(view)[..., 3].mean() for view in views(framed) if view.mode == "RGBA"]
    assert len(alphas) == 2
    assert alphas[0] == pytest.approx(np.asarray(drawn(None))[..., 3].mean(), rel=0.05)
