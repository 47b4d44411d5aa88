import base64
import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from ingest import images, svg
from ingest.formats import media_type
from magpie.errors import SourceError

RED, GREEN, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0)
RECTANGLE = '<rect width="10" height="20" fill="red"/>'
SQUARE = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20">{RECTANGLE}</svg>'


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def checkered(size=24, mode="RGBA"):
    image = Image.new(mode, (size, size), RED[: len(mode)])
    image.paste(GREEN[: len(mode)], (0, 0, size // 2, size // 2))
    return image


def opened(png):
    return Image.open(io.BytesIO(png))


def noise(width, height):
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_pixel_art_is_enlarged_without_new_colours(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    result = opened(images.to_png(encoded(checkered(mode="RGB"), kind, **options)))
    assert result.size == (512, 512)
    assert sorted(colour for _, colour in result.convert("RGB").getcolors()) == [(0, 255, 0), (255, 0, 0)]
    assert result.convert("RGB").getpixel((255, 255)) == (0, 255, 0)
    assert result.convert("RGB").getpixel((256, 256)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("size", "expected"), [((10, 20), (512, 1024)), ((600, 300), (512, 256)), ((512, 7), (512, 7))]
)
def test_the_width_is_ours_and_the_height_follows(size, expected):
    assert opened(images.to_png(encoded(noise(*size)))).size == expected


def test_a_photograph_is_smoothed_and_a_jpeg_never_is_pixel_art():
    small = Image.new("RGB", (20, 20), "red")
    small.paste("blue", (0, 0, 10, 20))
    assert len(opened(images.to_png(encoded(small, "JPEG"))).convert("RGB").getcolors(9999)) > 10


def test_enlarged_pixel_art_is_reduced_without_new_colours():
    result = opened(images.to_png(encoded(checkered(36).resize((1440, 1440), Image.Resampling.NEAREST))))
    assert (result.size, len(result.convert("RGBA").getcolors())) == ((512, 512), 2)


def test_transparency_is_kept_and_what_is_invisible_has_no_colour():
    image = Image.new("RGBA", (24, 24), (9, 9, 9, 0))
    image.paste((255, 0, 0, 128), (0, 0, 12, 12))
    result = opened(images.to_png(encoded(image))).convert("RGBA")
    assert sorted(colour for _, colour in result.getcolors()) == [CLEAR, (255, 0, 0, 128)]


def test_equal_pixels_give_equal_bytes_whatever_the_file():
    rgba, palette = checkered(), checkered(mode="RGB").convert("P", palette=Image.Palette.ADAPTIVE)
    assert (
        images.to_png(encoded(rgba)) == images.to_png(encoded(palette)) == images.to_png(encoded(rgba, "GIF"))
    )


def test_pixel_art_stays_small_on_disk():
    assert len(images.to_png(encoded(checkered()))) < 2_000


def test_the_first_frame_that_shows_something_is_taken():
    blank, shown, later = (
        Image.new("RGB", (24, 24), "white"),
        checkered(mode="RGB"),
        Image.new("RGB", (24, 24)),
    )
    animated = encoded(blank, "GIF", save_all=True, append_images=[shown, later], duration=100)
    assert opened(images.to_png(animated)).convert("RGB").getpixel((0, 0)) == (0, 255, 0)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_every_kind_of_animation_gives_its_first_frame_that_shows_something(kind):
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    clear = Image.new("RGBA", (24, 24), CLEAR)
    animated = encoded(clear, kind, save_all=True, append_images=[checkered(), clear], duration=100)
    shown = opened(images.to_png(animated)).convert("RGB")
    assert shown.getpixel((500, 20))[0] > 200 > 100 > shown.getpixel((20, 20))[0]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmiaf", "avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp42", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", "svg"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(head, kind):
    assert media_type(head) == kind


def turned(size, orientation):
    """A picture, red above and green below, that is stored turned and says so."""
    image = Image.new("RGB", size, "lime")
    image.paste("red", (0, 0, size[0], size[1] // 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, "JPEG", exif=exif)


@pytest.mark.parametrize("size", [(600, 400), (5_000, 2_500)])
def test_a_picture_is_upright_large_or_small(size):
    shown = opened(images.to_png(turned(size, 6))).convert("RGB")
    assert shown.size == (512, round(512 * size[0] / size[1]))
    assert shown.getpixel((500, 100))[0] > 200 > 100 > shown.getpixel((12, 100))[0]


def test_a_large_picture_that_is_a_mere_strip_is_refused():
    with pytest.raises(SourceError, match="picture of 20000x700, too narrow to show at our width"):
        images.to_png(encoded(Image.new("1", (20_000, 700))))


def test_an_all_blank_picture_is_still_a_picture():
    assert opened(images.to_png(encoded(Image.new("RGB", (24, 24), "white")))).size == (512, 512)


def test_sixteen_bit_grey_is_not_clipped_to_white():
    grey = Image.fromarray(np.full((600, 600), 0x4000, dtype=np.uint16))
    assert opened(images.to_png(encoded(grey))).convert("L").getpixel((5, 5)) == 64


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK"])
def test_every_mode_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(images.to_png(encoded(Image.new(mode, (24, 24)), kind))).size == (512, 512)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"<!DOCTYPE html><html></html>", "a web page, not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF, which is not read"),
        (b"hello", "not a PNG, JPEG, WebP, GIF, AVIF or SVG picture, nor a video"),
        (encoded(noise(64, 64))[:2000], "truncated PNG"),
        (encoded(noise(64, 64), "JPEG")[:900], "truncated JPEG"),
        (encoded(noise(64, 64))[:20], "damaged PNG"),
        (encoded(Image.new("L", (1, 3000))), "picture of 1x3000, too narrow to show at our width"),
        (b"<svg", "SVG that is not well-formed XML"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 99999'/>",
            "too narrow to draw at our width",
        ),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "SVG that defines entities"),
        (b"<svg>\xff</svg>", "SVG that is not UTF-8"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 300 + b"</g>" * 300 + b"</svg>",
            "nested more than",
        ),
    ],
)
def test_what_cannot_be_read_says_why(content, reason):
    with pytest.raises(SourceError, match=reason):
        images.to_png(content)


def bomb(side):
    """A PNG of a few bytes that claims ``side`` squared pixels."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_decompression_bomb_is_refused(side):
    with pytest.raises(SourceError, match="bomb"):
        images.to_png(bomb(side))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 400), st.binary(min_size=1, max_size=6), st.sampled_from(["PNG", "GIF", "JPEG", "WEBP"])
)
def test_a_damaged_picture_is_read_or_refused_and_never_a_crash(place, noise_bytes, kind):
    whole = bytearray(encoded(checkered(mode="RGB"), kind))
    place %= len(whole)
    whole[place : place + len(noise_bytes)] = noise_bytes
    with suppress(SourceError):
        assert opened(images.to_png(bytes(whole))).width == 512


def test_an_svg_is_drawn_by_its_proportions():
    result = opened(images.to_png(SQUARE.encode()))
    assert result.size == (512, 1024)
    assert result.convert("RGB").getpixel((9, 9)) == (255, 0, 0)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_an_svg_reads_nothing_outside_itself(tmp_path, quote):
    secret = tmp_path / "secret.png"
    secret.write_bytes(encoded(Image.new("RGB", (10, 20), "blue")))
    link = f"<image xlink:href={quote}{secret}{quote} width='10' height='20'/>"
    drawing = SQUARE.replace("<svg ", "<svg xmlns:xlink='http://www.w3.org/1999/xlink' ").replace(
        "</svg>", f"{link}</svg>"
    )
    assert opened(images.to_png(drawing.encode())).convert("RGB").getpixel((9, 9)) == (255, 0, 0)


def test_inner_references_of_an_svg_are_kept():
    picture = base64.b64encode(encoded(checkered())).decode()
    inner = f'<use href="#a"/><image href="data:image/png;base64,{picture}"/>'
    assert svg.without_links(inner) == inner
    assert svg.without_links(inner.replace('="/>', '"/>')) == inner  # the padding may be missing
    assert svg.without_links('<image href = "http://x/y.png"/>') == '<image href = ""/>'


def within(markup):
    """``markup`` as a picture inside a drawing."""
    packed = base64.b64encode(markup.encode()).decode()
    link = f'<image width="10" height="20" href="data:image/svg+xml;base64,{packed}"/>'
    return SQUARE.replace(RECTANGLE, link)


def test_a_drawing_within_a_drawing_is_drawn_and_no_deeper():
    for levels, drawn in ((1, True), (svg.MAX_NESTED, True), (svg.MAX_NESTED + 1, False)):
        drawing = SQUARE
        for _ in range(levels):
            drawing = within(drawing)
        shown = opened(images.to_png(drawing.encode())).convert("RGBA").getpixel((9, 9))
        assert (shown == RED) == drawn
