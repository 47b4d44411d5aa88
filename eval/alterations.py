"""What happens to a picture between a collection and a person who has it: seven alterations. Pure.

Each takes the picture as it is indexed, flattened on white, and gives another RGB picture. What is drawn by
chance (where a crop lies, a border's colour) comes from the generator given, so an alteration repeats.
"""

import io
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

CROPPED = 0.8  # share of each side that a crop keeps
QUALITY = 40  # of the JPEG
_SCALES = (0.25, 2.0)  # least and most of the original's sides
_MARGIN = (0.05, 0.2)  # of a side, for borders and screenshots
_HUE, _CHANGE = 10, 0.15  # degrees; share of brightness, contrast and saturation


def crop(picture: "Image", rng: random.Random) -> "Image":
    """A window of 80% of each side, anywhere in the picture."""
    width, height = (max(1, round(side * CROPPED)) for side in picture.size)
    left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def resize(picture: "Image", rng: random.Random) -> "Image":
    """A quarter of its sides to twice, bicubic, both sides alike."""
    from PIL import Image as Pillow

    scale = rng.uniform(*_SCALES)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Pillow.Resampling.BICUBIC)


def jpeg(picture: "Image", _: random.Random) -> "Image":
    """Saved as a JPEG of quality 40 and read back."""
    return _recompressed(picture, QUALITY)


def border(picture: "Image", rng: random.Random) -> "Image":
    """A frame of one colour, 5 to 20% of the width on every side."""
    from PIL import ImageOps

    return ImageOps.expand(picture, round(picture.width * rng.uniform(*_MARGIN)), _colour(rng))


def flip(picture: "Image", _: random.Random) -> "Image":
    """Left is right."""
    from PIL import ImageOps

    return ImageOps.mirror(picture)


def colour(picture: "Image", rng: random.Random) -> "Image":
    """Hue turned by up to 10 degrees, brightness, contrast and saturation changed by up to 15%."""
    from PIL import Image as Pillow
    from PIL import ImageEnhance

    hue, saturation, value = picture.convert("HSV").split()
    turn = round(rng.uniform(-_HUE, _HUE) / 360 * 256)
    turned = Pillow.merge("HSV", (hue.point([(at + turn) % 256 for at in range(256)]), saturation, value))
    shifted = turned.convert("RGB")
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        shifted = change(shifted).enhance(1 + rng.uniform(-_CHANGE, _CHANGE))
    return shifted


def screenshot(picture: "Image", rng: random.Random) -> "Image":
    """On a light or dark page, with margins of 5 to 20%, a bar above and lines below; JPEG of quality 85."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    width, height = picture.size
    left, top, right, bottom = (round(side * rng.uniform(*_MARGIN)) for side in (width, height) * 2)
    light = rng.random() < 0.5
    page, ink = ((250, 250, 250), (90, 90, 90)) if light else ((18, 18, 20), (190, 190, 190))
    shot = Pillow.new("RGB", (width + left + right, height + top + bottom), page)
    draw = ImageDraw.Draw(shot)
    draw.rectangle((0, 0, shot.width, top // 2), fill=_colour(rng))
    for line in range(2):
        at = top + height + (line + 1) * bottom // 4
        draw.rectangle((left, at, left + round(width * rng.uniform(0.2, 0.6)), at + bottom // 10), fill=ink)
    shot.paste(picture, (left, top))
    return _recompressed(shot, 85)


Alteration = Callable[["Image", random.Random], "Image"]
ALTERATIONS: Mapping[str, Alteration] = {
    "crop": crop,
    "resize": resize,
    "jpeg": jpeg,
    "border": border,
    "flip": flip,
    "colour": colour,
    "screenshot": screenshot,
}


def alter(picture: "Image", kind: str, seed: str) -> "Image":
    """``picture``, of any mode, altered by ``kind``, one of `ALTERATIONS`; the same for the same ``seed``."""
    return ALTERATIONS[kind](on_white(picture), random.Random(f"{seed}:{kind}"))


def _recompressed(picture: "Image", quality: int) -> "Image":
    from PIL import Image as Pillow

    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    with Pillow.open(written) as read:
        return read.convert("RGB")


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
