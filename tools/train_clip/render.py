"""Small pictures from SVG, and what is done to them: a flat background, coarse pixels."""

import io

import numpy as np
import resvg_py
from PIL import Image

from tools.train_clip.colours import RGB
from tools.train_clip.pack import SIZE, Pixels
from tools.train_clip.packages import Drawing

_SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(markup: str, size: int = SIZE) -> Pixels:
    """A whole SVG as (size, size, 4), its picture in the middle if it is not square."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=markup, width=size, skip_system_fonts=True))
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    if image.size != (size, size):
        image.thumbnail((size, size), Image.Resampling.BOX)
        canvas = Image.new("RGBA", (size, size))
        canvas.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
        image = canvas
    return np.asarray(image, np.uint8)


def whole(drawing: Drawing) -> str:
    """The drawing as an SVG of its own; what has the text's colour is black."""
    left, top, width, height = drawing.box
    return f'<svg {_SPACES} viewBox="{left} {top} {width} {height}" color="black">{drawing.markup}</svg>'


def placed(drawing: Drawing, rng: np.random.Generator, *, low: float = 0.7, mirror: float = 0.25) -> str:
    """The drawing as a square SVG of which it takes a share of ``low`` to 1, somewhere near the middle."""
    left, top, width, height = drawing.box
    side = max(width, height) / rng.uniform(low, 1.0)
    across, down = (side - width) * rng.uniform(0.3, 0.7), (side - height) * rng.uniform(0.3, 0.7)
    view = f"{left - across} {top - down} {side} {side}"
    markup = drawing.markup
    if rng.random() < mirror:
        markup = f'<g transform="translate({2 * left + width} 0) scale(-1 1)">{markup}</g>'
    return f'<svg {_SPACES} viewBox="{view}">{markup}</svg>'


def coarse(markup: str, rng: np.random.Generator) -> Pixels:
    """As pixel art of 24 to 48 pixels square in at most 24 colours with hard edges."""
    side = int(rng.choice([24, 28, 32, 40, 48]))
    small = Image.fromarray(svg(markup, side))
    solid = np.asarray(small.getchannel("A")) >= 110
    rgb = np.asarray(small.convert("RGB").quantize(24, dither=Image.Dither.NONE).convert("RGB"))
    hard = np.dstack([rgb, np.where(solid, 255, 0).astype(np.uint8)])
    hard[~solid] = 0
    return np.asarray(Image.fromarray(hard).resize((SIZE, SIZE), Image.Resampling.NEAREST), np.uint8)


def upon(picture: Pixels, shade: RGB) -> Pixels:
    """The picture upon a flat colour, opaque."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    flat = picture[..., :3] * alpha + np.array(shade, np.float32) * (1 - alpha)
    return np.dstack([flat.round().astype(np.uint8), np.full(picture.shape[:2], 255, np.uint8)])


def visible(picture: Pixels) -> float:
    """The share of the picture that is not transparent."""
    return float((picture[..., 3] > 60).mean())
