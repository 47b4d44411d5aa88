"""A creature's body and its bare head: skull, muzzle and the pattern of its skin. Ears are in `ears`."""

from collections.abc import Mapping

import numpy as np

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import Canvas, Rgb, shade
from tools.train_clip.creatures.ears import ears

_BANDS: tuple[Rgb, ...] = (
    (230, 40, 40),
    (245, 150, 30),
    (250, 225, 60),
    (60, 180, 75),
    (50, 100, 220),
    (140, 60, 190),
)


def body(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    """Everything below the chin."""
    x = of.head[0]
    canvas.round_box(x - of.shoulders, of.neck, x + of.shoulders, 1.2, 0.12, colour)
    if of.belly:
        canvas.ellipse((x, 0.98), (of.shoulders * 0.6, 0.2), shade(colour, 0.5), line=False)


def head(canvas: Canvas, of: Anatomy, colour: Rgb, pattern: str, rng: np.random.Generator) -> None:
    """Ears, skull, muzzle and the skin's pattern: none if "plain". ``rng`` places spots."""
    ears(canvas, of, colour)
    (x, y), (rx, ry) = of.head, of.radii
    if of.square:
        canvas.round_box(x - rx, y - ry, x + rx, y + ry, 0.06, colour)
    else:
        canvas.ellipse((x, y), (rx, ry), colour)
    if of.face:
        middle, radii = (x + of.look, y + ry * 0.1), (rx * of.face, ry * of.face)
        canvas.ellipse(middle, radii, shade(colour, 0.45), line=False)
    if pattern in ("spotted", "leopard"):
        _spots(canvas, of, colour, rng)
    elif pattern in _PATTERNS:
        _PATTERNS[pattern](canvas, of, colour)
    _muzzle(canvas, of, colour)


def _muzzle(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (rx, ry), (x, y) = of.radii, of.lips
    if of.mouth in ("snout", "muzzle", "cat"):
        wide = 0.75 if of.mouth == "muzzle" else 0.45
        canvas.ellipse((x, y), (rx * wide, ry * 0.38), shade(colour, 0.35), line=False)
    if of.mouth in ("snout", "cat"):
        canvas.ellipse((x, y - ry * 0.2), (0.035, 0.025), (30, 25, 25), line=False)


def _spots(canvas: Canvas, of: Anatomy, colour: Rgb, rng: np.random.Generator) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    for _ in range(14):
        spot = x + rng.uniform(-0.8, 0.8) * rx * 0.8, y + rng.uniform(-0.8, 0.8) * ry * 0.8
        canvas.dot(spot, 0.022, shade(colour, -0.45))


def _stripes(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), (rx, ry), dark = of.head, of.radii, shade(colour, -0.45)
    for step in np.linspace(-0.6, 0.6, 4):
        canvas.line([(x - rx * 0.8, y + step * ry), (x - rx * 0.35, y + step * ry)], dark, 0.025)
        canvas.line([(x + rx * 0.35, y + step * ry), (x + rx * 0.8, y + step * ry)], dark, 0.025)


def _rainbow(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    for number, band in enumerate(_BANDS):
        high = y - ry * 0.8 + number * ry * 1.6 / 6
        canvas.box(x - rx * 0.75, high, x + rx * 0.75, high + ry * 1.6 / 6, band, line=False)


def _rivets(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.line([(x, y - ry), (x, y + ry * 0.2)], shade(colour, -0.45), 0.02)
    for side in (-0.7, 0.7):
        canvas.dot((x + side * rx, y + ry * 0.3), 0.02, shade(colour, 0.6))


def _scar(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.line([(x - rx * 0.6, y - ry * 0.5), (x - rx * 0.2, y - ry * 0.6)], (120, 30, 30), 0.02)


def _sockets(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = of.head
    for side in (-1, 1):
        middle = x + side * of.gap + of.look, y - 0.04
        canvas.ellipse(middle, (of.eye * 1.7, of.eye * 1.7), (30, 30, 30))


_PATTERNS: Mapping[str, Drawing] = {
    "striped": _stripes,
    "tiger": _stripes,
    "rainbow": _rainbow,
    "robot": _rivets,
    "zombie": _scar,
    "skeleton": _sockets,
}
