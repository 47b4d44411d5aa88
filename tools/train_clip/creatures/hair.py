"""Hair, in two parts: what falls behind the head, and what lies on it."""

from collections.abc import Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import Canvas, Rgb

BROWN: Rgb = (80, 55, 40)


def _curtain(canvas: Canvas, of: Anatomy, paint: Rgb, length: float) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.round_box(x - rx * 1.2, y - ry, x + rx * 1.2, y + ry * length, 0.1, paint)


def _ball(canvas: Canvas, of: Anatomy, paint: Rgb, size: float = 1.3) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.ellipse((x, y - ry * 0.35), (rx * size, ry * size), paint)


def _tails(canvas: Canvas, of: Anatomy, paint: Rgb, sides: tuple[int, ...]) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    for side in sides:
        canvas.ellipse((x + side * rx * 1.2, y), (rx * 0.28, ry * 0.8), paint)


def _locks(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    for step in (-1.1, -0.9, 0.9, 1.1):
        canvas.box(x + step * rx - 0.03, y - ry * 0.6, x + step * rx + 0.03, y + ry * 1.2, paint)


def _wild(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    for turn in (-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2):
        foot, low = x + turn * rx * 0.6, y - ry * 0.4
        canvas.polygon([(foot - 0.07, low), (x + turn * rx * 1.3, y - ry * 1.6), (foot + 0.07, low)], paint)


def _mohawk(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), ry = of.head, of.radii[1]
    canvas.round_box(x - 0.05, of.top - ry * 0.5, x + 0.05, y - ry * 0.4, 0.03, paint)


def _spikes(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    low = y - ry * 0.55
    for step in (-0.8, -0.4, 0, 0.4, 0.8):
        tip = x + step * rx * 1.2, of.top - ry * 0.45
        canvas.polygon([(x + step * rx - 0.06, low), tip, (x + step * rx + 0.06, low)], paint)


def _bun(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, (rx, ry) = of.head[0], of.radii
    canvas.ellipse((x, of.top - 0.04), (0.09, 0.08), paint)
    canvas.ellipse((x, of.top + 0.05), (rx * 0.9, ry * 0.3), paint)


def _quiff(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, (rx, ry) = of.head[0], of.radii
    canvas.round_box(x - rx * 0.8, of.top - ry * 0.35, x + rx * 0.9, of.top + ry * 0.35, 0.1, paint)


def _fringe(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.round_box(x - rx * 1.05, of.top - 0.03, x + rx * 1.05, y - ry * 0.35, 0.1, paint)


def _crown(canvas: Canvas, of: Anatomy, paint: Rgb, deep: float) -> None:
    x, (rx, ry) = of.head[0], of.radii
    canvas.ellipse((x, of.top + ry * 0.2), (rx * 0.95, ry * deep), paint)


BEHIND: Mapping[str, Drawing] = {
    "long": partial(_curtain, length=1.6),
    "bob": partial(_curtain, length=0.9),
    "afro": partial(_ball, size=1.55),
    "clown": _ball,
    "curly": _ball,
    "pony": partial(_tails, sides=(1,)),
    "pigtails": partial(_tails, sides=(-1, 1)),
    "dreads": _locks,
    "wild": _wild,
}
ABOVE: Mapping[str, tuple[Drawing, ...]] = {
    "mohawk": (_mohawk,),
    "spiky": (_spikes,),
    "bun": (_bun,),
    "pomp": (_quiff,),
    "wild": (),
    **dict.fromkeys(("bowl", "bob", "long"), (_fringe,)),
    **dict.fromkeys(("short", "dreads", "pony", "pigtails"), (partial(_crown, deep=0.35),)),
    **dict.fromkeys(("afro", "curly", "clown"), (partial(_crown, deep=0.45),)),
}
