"""What grows from a creature's head by its nature: ears, horns, a mane, a comb, a fin."""

from collections.abc import Callable, Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import Canvas, Rgb, shade


def ears(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    """What ``of.ears`` names, behind the skull; nothing if "none"."""
    if of.ears in _PAIRED:
        for side in (-1, 1):
            _PAIRED[of.ears](canvas, of, colour, side)
    elif of.ears in _SINGLE:
        _SINGLE[of.ears](canvas, of, colour)


def _round(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    middle = x + side * rx * 0.75, y - ry * 0.8
    canvas.ellipse(middle, (rx * 0.35, ry * 0.35), colour)
    canvas.ellipse(middle, (rx * 0.18, ry * 0.18), shade(colour, 0.3), line=False)


def _pointed(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    base, low = x + side * rx * 0.55, y - ry * 0.5
    canvas.polygon([(base - 0.09, low), (base + side * 0.06, y - ry * 1.45), (base + 0.09, low)], colour)


def _floppy(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.ellipse((x + side * rx, y), (rx * 0.25, ry * 0.55), shade(colour, -0.2))


def _long(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    middle = x + side * rx * 0.4, y - ry * 1.4
    canvas.ellipse(middle, (rx * 0.22, ry * 0.7), colour)
    canvas.ellipse(middle, (rx * 0.1, ry * 0.5), (240, 170, 180), line=False)


def _at_the_side(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    canvas.ellipse((of.head[0] + side * of.radii[0], of.head[1]), (0.05, 0.06), colour)


def _horn(canvas: Canvas, of: Anatomy, _: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    foot, low = x + side * rx * 0.6, y - ry * 0.7
    tip = foot + side * 0.1, y - ry * 1.4
    canvas.polygon([(foot - 0.05, low), tip, (foot + 0.05, low)], (225, 215, 190))


def _eye_bump(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    middle = of.head[0] + side * of.gap + of.look, of.head[1] - of.radii[1] * 0.85
    canvas.ellipse(middle, (of.eye * 1.8, of.eye * 1.8), colour)


def _tuft(canvas: Canvas, of: Anatomy, colour: Rgb, side: int) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    inner, tip = (x + side * rx * 0.4, y - ry * 0.8), (x + side * rx, y - ry * 1.3)
    canvas.polygon([inner, tip, (x + side * rx * 0.9, y - ry * 0.4)], shade(colour, -0.2))


def _mane(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    canvas.ellipse(of.head, (of.radii[0] * 1.4, of.radii[1] * 1.4), shade(colour, -0.35))


def _crest(canvas: Canvas, of: Anatomy, colour: Rgb, own: Rgb | None = None) -> None:
    for step in (-0.12, 0, 0.12):
        canvas.ellipse((of.head[0] + step, of.top), (0.06, 0.07), own or shade(colour, -0.15))


def _spike(canvas: Canvas, of: Anatomy, colour: Rgb, own: Rgb | None = None) -> None:
    (x, y), ry = of.head, of.radii[1]
    low = y - ry * 0.8
    canvas.polygon([(x - 0.05, low), (x, y - ry * 1.5), (x + 0.05, low)], own or shade(colour, -0.2))


def _spikes(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), ry = of.head, of.radii[1]
    low, high = y - ry * 0.7, y - ry * 1.3
    for step in (-0.2, -0.1, 0, 0.1, 0.2):
        points = [(x + step - 0.05, low), (x + step, high), (x + step + 0.05, low)]
        canvas.polygon(points, shade(colour, -0.3))


_PAIRED: Mapping[str, Callable[[Canvas, Anatomy, Rgb, int], None]] = {
    "round": _round,
    "pointed": _pointed,
    "floppy": _floppy,
    "long": _long,
    "side": _at_the_side,
    "horns": _horn,
    "eyes": _eye_bump,
    "tufts": _tuft,
}
_SINGLE: Mapping[str, Drawing] = {
    "mane": _mane,
    "comb": partial(_crest, own=(205, 40, 40)),
    "feathered": _crest,
    "antenna": partial(_spike, own=(200, 60, 60)),
    "horn": partial(_spike, own=(250, 220, 120)),
    "fin": _spike,
    "spikes": _spikes,
}
