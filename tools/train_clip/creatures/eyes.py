"""Looks of eyes, by the drawings of `names.EYES`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from tools.train_clip.creatures import symbols
from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import BLACK, GOLD, RED, WHITE, Canvas, Point, Rgb, shade


class Eye(NamedTuple):
    """One eye: its middle, its usual radius, -1 for the left and 1 for the right, and the iris's colour."""

    at: Point
    radius: float
    side: int
    iris: Rgb
    height: float = 1.0  # of the white, in radii
    pupil: float = 0.6  # of the iris, in radii


def eyes(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """Both eyes. ``colour`` is the iris; None is black."""
    iris = colour or BLACK
    if kind in _ACROSS:
        _ACROSS[kind](canvas, of, iris)
        return
    for side, at in zip((-1, 1), of.eyes, strict=True):
        _EYES[kind](canvas, Eye(at, of.eye, side, iris, of.manner.eye_height, of.manner.iris))
    if kind == "laser":
        _beams(canvas, of)


def _cyclops(canvas: Canvas, of: Anatomy, iris: Rgb) -> None:
    middle, radius = (of.head[0] + of.look, of.eyes[0][1]), of.eye
    canvas.ellipse(middle, (radius * 1.8, radius * 1.8), WHITE)
    canvas.dot(middle, radius * 0.8, iris)


def _bar(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    ((left, y), (right, _y)), radius = of.eyes, of.eye
    canvas.box(left - radius, y - radius * 0.7, right + radius, y + radius * 0.7, BLACK)
    canvas.box(left, y - radius * 0.2, right, y + radius * 0.3, RED, line=False)


def _beams(canvas: Canvas, of: Anatomy) -> None:
    for x, y in of.eyes:
        canvas.line([(x, y), (x + 0.6 * of.side, y + 0.12)], (255, 40, 60), 0.05)
        canvas.dot((x, y), of.eye * 0.7, (255, 220, 220))


def _white(canvas: Canvas, eye: Eye, paint: Rgb = WHITE) -> None:
    canvas.ellipse(eye.at, (eye.radius, eye.radius * eye.height), paint)


def _pupil(canvas: Canvas, eye: Eye, shift: float = 0) -> None:
    """The iris, ``shift`` radii to the right of the middle."""
    canvas.dot((eye.at[0] + shift * eye.radius, eye.at[1]), eye.radius * eye.pupil, eye.iris)


def _open(canvas: Canvas, eye: Eye) -> None:
    _white(canvas, eye)
    _pupil(canvas, eye)


def _sized(canvas: Canvas, eye: Eye, by: float) -> None:
    _open(canvas, eye._replace(radius=by * eye.radius))


def _lid(canvas: Canvas, eye: Eye, span: tuple[float, float] = (0, 180)) -> None:
    canvas.arc(eye.at, (eye.radius, eye.radius * 0.8), span, BLACK)


def _cross(canvas: Canvas, eye: Eye) -> None:
    (x, y), radius = eye.at, eye.radius
    canvas.line([(x - radius, y - radius), (x + radius, y + radius)], BLACK)
    canvas.line([(x - radius, y + radius), (x + radius, y - radius)], BLACK)


def _symbol(canvas: Canvas, eye: Eye, sign: Callable[[Canvas, Point, float], None]) -> None:
    sign(canvas, eye.at, eye.radius * 1.5)


def _wink(canvas: Canvas, eye: Eye) -> None:
    (_lid if eye.side > 0 else _open)(canvas, eye)


def _crossed(canvas: Canvas, eye: Eye) -> None:
    _white(canvas, eye)
    _pupil(canvas, eye, -eye.side * 0.4)


def _sideways(canvas: Canvas, eye: Eye) -> None:
    _white(canvas, eye)
    _pupil(canvas, eye, 0.5)


def _glowing(canvas: Canvas, eye: Eye) -> None:
    _white(canvas, eye, shade(eye.iris, 0.5))
    _pupil(canvas, eye)


def _rings(canvas: Canvas, eye: Eye) -> None:
    _white(canvas, eye)
    canvas.dot(eye.at, eye.radius * 0.65, BLACK)
    canvas.dot(eye.at, eye.radius * 0.35, WHITE)


def _bands(canvas: Canvas, eye: Eye) -> None:
    (x, y), size = eye.at, eye.radius
    _white(canvas, eye)
    for row, band in enumerate((RED, GOLD, (60, 180, 75), (50, 100, 220))):
        top, bottom = y - size + row * size / 2, y - size / 2 + row * size / 2
        canvas.box(x - size, top, x + size, bottom, band, line=False)


def _sleepy(canvas: Canvas, eye: Eye) -> None:
    (x, y), size = eye.at, eye.radius
    _open(canvas, eye)
    lid = shade(eye.iris if eye.iris != BLACK else (150, 130, 120), -0.3)
    canvas.box(x - size, y - size, x + size, y, lid, line=False)


def _browed(canvas: Canvas, eye: Eye, tilt: int) -> None:
    """With a brow that falls towards the nose (``tilt`` 1, angry) or away from it (-1, sad)."""
    (x, y), size = eye.at, eye.radius
    _open(canvas, eye)
    rise, high = tilt * eye.side * size * 0.6, y - size * 1.2
    canvas.line([(x - size * 1.2, high - rise), (x + size * 1.2, high + rise)], BLACK, 0.035)


def _crying(canvas: Canvas, eye: Eye) -> None:
    (x, y), size = eye.at, eye.radius
    _open(canvas, eye)
    canvas.box(x - size * 0.4, y + size * 0.6, x + size * 0.4, y + size * 3.5, (90, 170, 240), line=False)


_ACROSS: Mapping[str, Drawing] = {"cyclops": _cyclops, "bar": _bar}
_EYES: Mapping[str, Callable[[Canvas, Eye], None]] = {
    "open": _open,
    "laser": _open,
    "big": partial(_sized, by=1.5),
    "small": partial(_sized, by=0.6),
    "closed": _lid,
    "happy": partial(_lid, span=(180, 360)),
    "wink": _wink,
    "dead": _cross,
    "heart": partial(_symbol, sign=symbols.heart),
    "star": partial(_symbol, sign=symbols.star),
    "fire": partial(_symbol, sign=symbols.flame),
    "diamond": partial(_symbol, sign=symbols.gem),
    "dollar": partial(_symbol, sign=symbols.coin),
    "crossed": _crossed,
    "side": _sideways,
    "glow": _glowing,
    "blank": _white,
    "black": partial(_white, paint=BLACK),
    "hypno": _rings,
    "rainbow": _bands,
    "sleepy": _sleepy,
    "angry": partial(_browed, tilt=1),
    "sad": partial(_browed, tilt=-1),
    "crying": _crying,
}
