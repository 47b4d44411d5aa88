"""What is worn over the eyes, by the drawings of `names.EYEWEAR`."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tools.train_clip.creatures import symbols
from tools.train_clip.creatures.anatomy import Anatomy
from tools.train_clip.creatures.canvas import BLACK, CYAN, GOLD, RED, WHITE, Canvas, Point, Rgb, shade

_CLEAR: Rgb = (225, 240, 250)


def eyewear(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """``colour`` is the frame's, or the whole thing's where it has no frame; None is its usual one."""
    if kind in _GLASSES:
        made = _GLASSES[kind]
        if of.manner.round_lens is not None and made.lens in (_oval, _pane):
            made = made._replace(lens=_oval if of.manner.round_lens else _pane)
        _glasses(canvas, of, made, colour)
    elif kind in _BANDS:
        _band(canvas, of, _BANDS[kind], colour)
    else:
        _ONE_EYED[kind](canvas, of, colour)


def _monocle(canvas: Canvas, of: Anatomy, colour: Rgb | None) -> None:
    (x, y), size = of.eyes[1], of.eye * 1.6
    canvas.ellipse((x, y), (size, size), colour or GOLD)
    canvas.dot((x, y), size * 0.7, _CLEAR)
    canvas.line([(x + size, y), (x + size, y + 0.2)], colour or GOLD)


def _patch(canvas: Canvas, of: Anatomy, colour: Rgb | None) -> None:
    (left, y), middle, rx = of.eyes[0], of.head[0], of.radii[0]
    canvas.line([(middle - rx, y - 0.12), (middle + rx, y + 0.02)], BLACK, 0.025)
    canvas.dot((left, y), of.eye * 1.6 * 1.1, colour or BLACK)


_ONE_EYED: Mapping[str, Callable[[Canvas, Anatomy, Rgb | None], None]] = {
    "monocle": _monocle,
    "patch": _patch,
}


class Lens(NamedTuple):
    """One lens: its middle, its half width and half height, and how much of them the frame takes."""

    at: Point
    wide: float
    high: float
    rim: float


def _oval(canvas: Canvas, lens: Lens, frame: Rgb, glass: Rgb) -> None:
    inner = 1 - lens.rim
    canvas.ellipse(lens.at, (lens.wide, lens.high), frame, line=False)
    canvas.ellipse(lens.at, (lens.wide * inner, lens.high * inner), glass, line=False)


def _half(canvas: Canvas, lens: Lens, frame: Rgb, glass: Rgb) -> None:
    low = lens.at[0], lens.at[1] + lens.high * 0.5
    _oval(canvas, lens._replace(at=low, high=lens.high * 0.55), frame, glass)


def _pane(canvas: Canvas, lens: Lens, frame: Rgb, glass: Rgb) -> None:
    (x, y), wide, high, inner = lens.at, lens.wide, lens.high * 0.8, 1 - lens.rim
    canvas.box(x - wide, y - high, x + wide, y + high, frame)
    canvas.box(x - wide * inner, y - high * inner, x + wide * inner, y + high * inner, glass, line=False)


def _heart(canvas: Canvas, lens: Lens, _frame: Rgb, _glass: Rgb) -> None:
    symbols.heart(canvas, lens.at, lens.wide * 0.9)


def _star(canvas: Canvas, lens: Lens, _frame: Rgb, _glass: Rgb) -> None:
    symbols.star(canvas, lens.at, lens.wide * 0.9)


class Glasses(NamedTuple):
    """Two lenses and a bridge. ``size`` is in radii of the eye; ``tinted`` lenses take the frame's colour."""

    lens: Callable[[Canvas, Lens, Rgb, Rgb], None] = _oval
    left: Rgb = BLACK
    right: Rgb = BLACK
    frame: Rgb = BLACK
    size: float = 1.6
    tinted: bool = False


def _glasses(canvas: Canvas, of: Anatomy, made: Glasses, colour: Rgb | None) -> None:
    frame, glass = colour or made.frame, (made.left, made.right)
    if colour and made.tinted:
        glass = (shade(colour, -0.1), shade(colour, -0.1))
    wide = of.eye * made.size * of.manner.lens
    (left, y), (right, _) = of.eyes
    ends = (of.head[0] - of.radii[0], of.head[0] + of.radii[0]) if of.manner.arms else (left, right)
    canvas.line([(ends[0], y), (ends[1], y)], frame, 0.025)
    for at, fill in zip(of.eyes, glass, strict=True):
        made.lens(canvas, Lens(at, wide, wide * of.manner.lens_height, of.manner.rim), frame, fill)
        if of.manner.glint:
            canvas.dot((at[0] - wide * 0.35, at[1] - wide * 0.3 * of.manner.lens_height), wide * 0.15, WHITE)


_GLASSES: Mapping[str, Glasses] = {
    "shades": Glasses(_pane, tinted=True),
    "bigshades": Glasses(_pane, size=2.2, tinted=True),
    "smallshades": Glasses(size=1.2, tinted=True),
    "aviators": Glasses(frame=GOLD),
    "round": Glasses(_oval, _CLEAR, _CLEAR),
    "cat": Glasses(_oval, _CLEAR, _CLEAR),
    "square": Glasses(_pane, _CLEAR, _CLEAR),
    "half": Glasses(_half, _CLEAR, _CLEAR),
    "3d": Glasses(_pane, RED, CYAN, WHITE),
    "rose": Glasses(_oval, (245, 150, 175), (245, 150, 175)),
    "hearts": Glasses(_heart),
    "stars": Glasses(_star),
}


class Band(NamedTuple):
    """One piece over both eyes; ``high`` in radii of the eye, ``wide`` in half widths of the head."""

    own: Rgb = BLACK
    high: float = 1.4
    wide: float = 1.0
    strap: bool = False
    holes: bool = False
    glint: bool = False
    screen: bool = False


def _band(canvas: Canvas, of: Anatomy, made: Band, colour: Rgb | None) -> None:
    x, rx, y = of.head[0], of.radii[0], of.eyes[0][1]
    high, wide, paint = of.eye * made.high, rx * made.wide, colour or made.own
    if made.strap:
        canvas.box(x - rx, y - high * 0.3, x + rx, y + high * 0.3, (60, 45, 35), line=False)
    canvas.box(x - wide + of.look, y - high, x + wide + of.look, y + high, paint)
    if made.holes:
        for eye in of.eyes:
            canvas.dot(eye, of.eye * 0.9, WHITE)
    if made.glint:
        left, right = x - wide * 0.7 + of.look, x + of.look
        canvas.box(left, y - high * 0.5, right, y - high * 0.1, shade(paint, 0.6), line=False)
    if made.screen:
        left, right = x - wide * 0.6 + of.look, x + wide * 0.6 + of.look
        canvas.box(left, y - high * 0.5, right, y + high * 0.4, CYAN, line=False)


_BANDS: Mapping[str, Band] = {
    "vr": Band((45, 45, 55), high=2.2, wide=0.75, screen=True),
    "visor": Band(CYAN, high=1.2, glint=True),
    "blind": Band((235, 235, 230)),
    "mask": Band(holes=True),
    "goggles": Band((90, 90, 100), high=2, strap=True, glint=True),
    "pixel": Band(wide=0.75, glint=True),
}
