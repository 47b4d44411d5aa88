"""The eight ways in which copied tokens are disguised, as marketplaces publish them, done to a picture. Pure.

Each takes the picture as it is indexed and gives an RGB picture, or None where the way means nothing for this
picture (another background, where there is none). What is drawn by chance comes from the generator given.
"""

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from eval import alterations
from retrieval.copies.background import background
from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

Disguise = Callable[["Image", random.Random], "Image | None"]
_WORDS = ("SOLD", "OFFICIAL", "#0042", "MINT NOW", "gm", "v2", "FOR SALE", "rare", "100 ETH", "Club")
_CELLS = (16, 40)  # across, of a picture made coarse
_ZOOMED = (0.7, 0.95)  # share of each side that is kept
_BACKGROUND = (0.05, 0.92)  # share of the picture that a background takes


def exact(picture: "Image", _: random.Random) -> "Image":
    """The same pixels."""
    return on_white(picture)


def turned(picture: "Image", rng: random.Random) -> "Image":
    """Mirrored, upside down, or turned by a quarter, a half or three quarters, or both."""
    from PIL import Image as Pillow

    return on_white(picture).transpose(rng.choice(list(Pillow.Transpose)))


def scaled(picture: "Image", rng: random.Random) -> "Image":
    """A quarter of its sides to twice; or 80% of each side, cut anywhere; or zoomed in, its size kept."""
    flat = on_white(picture)
    way = rng.choice((alterations.resize, alterations.crop, _zoomed))
    return way(flat, rng)


def framed(picture: "Image", rng: random.Random) -> "Image":
    """A frame of one colour or two, 3 to 20% of the width, of one width or another on every side."""
    from PIL import ImageOps

    flat = on_white(picture)
    widths = [max(1, round(flat.width * rng.uniform(0.03, 0.2))) for _ in range(4)]
    even = rng.random() < 0.5
    framed = ImageOps.expand(flat, widths[0] if even else tuple(widths), _colour(rng))
    if rng.random() < 0.3:
        framed = ImageOps.expand(framed, max(1, flat.width // 40), _colour(rng))
    return framed


def written_upon(picture: "Image", rng: random.Random) -> "Image":
    """Words, a badge or a smiling face upon it, 3 to 15% of its area, anywhere."""
    flat = on_white(picture)
    way = rng.choice((_words, _badge, _emoji))
    way(flat, rng)
    return flat


def upon_another_background(picture: "Image", rng: random.Random) -> "Image | None":
    """What is before its background, upon one colour, a gradient, stripes or noise; None without one."""
    from PIL import Image as Pillow

    flat = on_white(picture)
    behind = background(picture, max(picture.size))
    if not _BACKGROUND[0] <= behind.mean() <= _BACKGROUND[1]:
        return None
    mask = Pillow.fromarray(np.where(behind, 255, 0).astype(np.uint8))
    flat.paste(_scenery(flat.size, rng), (0, 0), mask.resize(flat.size, Pillow.Resampling.NEAREST))
    return flat


def recoloured(picture: "Image", rng: random.Random) -> "Image":
    """Hues turned by 30 to 330 degrees, or channels exchanged, or saturation cut or multiplied."""
    from PIL import Image as Pillow
    from PIL import ImageEnhance

    flat = on_white(picture)
    match rng.choice(("hue", "channels", "pale", "strong")):
        case "hue":
            hue, saturation, value = flat.convert("HSV").split()
            turn = round(rng.uniform(30, 330) / 360 * 256)
            moved = hue.point([(at + turn) % 256 for at in range(256)])
            return Pillow.merge("HSV", (moved, saturation, value)).convert("RGB")
        case "channels":
            order = rng.choice(("RBG", "GRB", "GBR", "BRG", "BGR"))
            parts = dict(zip("RGB", flat.split(), strict=True))
            return Pillow.merge("RGB", [parts[channel] for channel in order])
        case "pale":
            return ImageEnhance.Color(flat).enhance(rng.uniform(0, 0.5))
        case _:
            return ImageEnhance.Color(flat).enhance(rng.uniform(1.6, 3))


def coarse(picture: "Image", rng: random.Random) -> "Image":
    """Seen in 16 to 40 squares across, each of its mean colour."""
    from PIL import Image as Pillow

    flat = on_white(picture)
    across = rng.randint(*_CELLS)
    down = max(1, round(across * flat.height / flat.width))
    return flat.resize((across, down), Pillow.Resampling.BOX).resize(flat.size, Pillow.Resampling.NEAREST)


DISGUISES: Mapping[str, Disguise] = {
    "exact": exact,
    "flip or rotate": turned,
    "resize, zoom or crop": scaled,
    "border": framed,
    "text, logo or emoji": written_upon,
    "background swap": upon_another_background,
    "colour swap or saturation": recoloured,
    "pixelation": coarse,
}


def disguise(picture: "Image", kind: str, seed: str) -> "Image | None":
    """``picture``, of any mode, disguised as `DISGUISES` says of ``kind``; the same for the same ``seed``."""
    return DISGUISES[kind](picture, random.Random(f"{seed}:{kind}"))


def _zoomed(flat: "Image", rng: random.Random) -> "Image":
    from PIL import Image as Pillow

    kept = rng.uniform(*_ZOOMED)
    width, height = (max(1, round(side * kept)) for side in flat.size)
    left, top = (flat.width - width) // 2, (flat.height - height) // 2
    return flat.crop((left, top, left + width, top + height)).resize(flat.size, Pillow.Resampling.BICUBIC)


def _words(flat: "Image", rng: random.Random) -> None:
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(flat)
    font = ImageFont.load_default(max(6, round(flat.height * rng.uniform(0.08, 0.16))))
    words = rng.choice(_WORDS)
    _, _, width, height = (round(end) for end in draw.textbbox((0, 0), words, font))
    at = tuple(
        rng.randint(0, max(0, room - own)) for room, own in zip(flat.size, (width, height), strict=True)
    )
    draw.text(
        (at[0], at[1]), words, _colour(rng), font, stroke_width=rng.choice((0, 2)), stroke_fill=_colour(rng)
    )


def _badge(flat: "Image", rng: random.Random) -> None:
    from PIL import ImageDraw, ImageFont

    draw, side, (left, top) = ImageDraw.Draw(flat), *_spot(flat, rng)
    shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
    shape(
        (left, top, left + side, top + side),
        fill=_colour(rng),
        outline=_colour(rng),
        width=max(1, side // 12),
    )
    font = ImageFont.load_default(max(6, side // 2))
    draw.text((left + side // 3, top + side // 5), rng.choice("MXB$?"), _colour(rng), font)


def _emoji(flat: "Image", rng: random.Random) -> None:
    from PIL import ImageDraw

    draw, side, (left, top) = ImageDraw.Draw(flat), *_spot(flat, rng)
    draw.ellipse(
        (left, top, left + side, top + side),
        fill=(255, 204, 51),
        outline=(200, 120, 0),
        width=max(1, side // 20),
    )
    eye = max(1, side // 10)
    for across in (0.3, 0.6):
        x, y = left + round(side * across), top + round(side * 0.3)
        draw.ellipse((x, y, x + eye, y + eye), fill=(90, 50, 10))
    mouth = (left + side // 4, top + side // 4, left + 3 * side // 4, top + 4 * side // 5)
    draw.arc(mouth, 20, 160, fill=(90, 50, 10), width=max(1, side // 15))


def _spot(flat: "Image", rng: random.Random) -> tuple[int, tuple[int, int]]:
    """Side and upper left corner of a square of 3 to 15% of the picture's area."""
    side = max(1, round(min(flat.size) * rng.uniform(0.17, 0.38)))
    return side, (rng.randint(0, max(0, flat.width - side)), rng.randint(0, max(0, flat.height - side)))


def _scenery(size: tuple[int, int], rng: random.Random) -> "Image":
    from PIL import Image as Pillow

    one, other = (np.array(_colour(rng), np.float32) for _ in range(2))
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    match rng.choice(("flat", "gradient", "stripes", "noise")):
        case "flat":
            share = np.zeros_like(across)
        case "gradient":
            share = down if rng.random() < 0.5 else across
        case "stripes":
            share = (np.sin((across + down) * rng.uniform(20, 60)) > 0).astype(np.float64)
        case _:
            share = np.random.default_rng(rng.randrange(2**32)).random(across.shape)
    mixed = one + (other - one) * share[..., None].astype(np.float32)
    return Pillow.fromarray(mixed.astype(np.uint8))


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
