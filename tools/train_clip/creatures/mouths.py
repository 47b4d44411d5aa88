"""Mouths, what is held in them, and beards, by the drawings of `names.MOUTHS`; and beaks."""

from collections.abc import Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import BLACK, CYAN, GOLD, RED, WHITE, Canvas, Rgb

_SHAPED = ("smile", "frown", "open", "laugh", "beard")  # instead of the line of closed lips


def mouth(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb) -> None:
    """The mouth and what is in or around it. ``colour`` is of hair or cloth."""
    if kind == "flat" or (of.mouth == "human" and kind not in _SHAPED):
        (x, y), wide = of.lips, of.radii[0] * 0.4 * of.manner.mouth
        canvas.line([(x - wide * 0.7, y + 0.02), (x + wide * 0.7, y + 0.02)], BLACK)
    if kind in _MOUTHS:
        _MOUTHS[kind](canvas, of, colour)


def beak(canvas: Canvas, of: Anatomy, length: float, colour: Rgb) -> None:
    """A beak as long as ``length`` says, to the side that the face looks to."""
    x, y = of.lips[0], of.lips[1] - 0.04
    if of.look:
        tip = x + of.side * 0.16 * length
        canvas.polygon([(x - 0.03, y - 0.06), (tip, y + 0.02), (x - 0.03, y + 0.07)], colour)
    else:
        canvas.polygon([(x - 0.07, y - 0.02), (x + 0.07, y - 0.02), (x, y + 0.1 * length)], colour)


def _smile(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = of.lips
    canvas.arc((x, y - 0.02), (of.radii[0] * 0.4 * of.manner.mouth, 0.05), (10, 170), BLACK)


def _frown(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = of.lips
    canvas.arc((x, y + 0.03), (of.radii[0] * 0.4 * of.manner.mouth, 0.05), (190, 350), BLACK)


def _beard(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), rx = of.lips, of.radii[0]
    canvas.ellipse((x, y + 0.06), (rx * 0.85, 0.14), colour)
    canvas.ellipse((x, y + 0.01), (rx * 0.3, 0.02), (150, 60, 60), line=False)


def _goatee(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    canvas.ellipse((of.lips[0], of.lips[1] + 0.1), (of.radii[0] * 0.25, 0.08), colour)


def _mustache(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), rx = of.lips, of.radii[0]
    for side in (-1, 1):
        canvas.ellipse((x + side * rx * 0.28, y - 0.02), (rx * 0.32, 0.035), colour)


def _hole(canvas: Canvas, of: Anatomy, _: Rgb, wide: float = 0.9) -> None:
    (x, y), half = of.lips, of.radii[0] * 0.4 * of.manner.mouth
    canvas.ellipse((x, y + 0.02), (half * wide, 0.05), (110, 20, 30))


def _tongue(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), half = of.lips, of.radii[0] * 0.4 * of.manner.mouth
    _hole(canvas, of, colour)
    canvas.ellipse((x, y + 0.07), (half * 0.4, 0.05), (240, 110, 130), line=False)


def _teeth(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb = WHITE) -> None:
    (x, y), wide = of.lips, of.radii[0] * 0.4 * of.manner.mouth
    canvas.box(x - wide, y, x + wide, y + 0.05, paint)
    canvas.line([(x, y), (x, y + 0.05)], BLACK, 0.01)


def _two_teeth(canvas: Canvas, of: Anatomy, _: Rgb, apart: float) -> None:
    (x, y), wide = of.lips, of.radii[0] * 0.4 * of.manner.mouth
    for step in (-apart, apart):
        canvas.box(x + step * wide - 0.015, y + 0.02, x + step * wide + 0.02, y + 0.08, WHITE, line=False)


def _smoked(
    canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb, width: float = 0.05, tip: Rgb = (240, 90, 30)
) -> None:
    x, y = of.lips
    _stick(canvas, of, 0.2, paint, width)
    _smoke(canvas, of, x + of.side * 0.2, y + 0.04, tip)


def _pipe(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    (x, y), paint = of.lips, (90, 50, 30)
    far = x + of.side * 0.14
    _stick(canvas, of, 0.14, paint, 0.05)
    canvas.box(far, y, far + of.side * 0.08, y + 0.1, paint)
    _smoke(canvas, of, far, y, (240, 90, 30))


def _stick(canvas: Canvas, of: Anatomy, length: float, paint: Rgb, width: float) -> None:
    x, y = of.lips
    canvas.line([(x, y + 0.02), (x + of.side * length, y + 0.04)], paint, width)


def _smoke(canvas: Canvas, of: Anatomy, x: float, y: float, tip: Rgb) -> None:
    """A glowing ``tip`` at (x, y), and smoke that rises from the height of the lips."""
    canvas.dot((x, y), 0.018, tip)
    for rise in (0.06, 0.13, 0.2):
        canvas.dot((x + of.side * 0.02, of.lips[1] - rise), 0.022, (215, 215, 220))


def _cloth(canvas: Canvas, of: Anatomy, colour: Rgb) -> None:
    (x, y), rx = of.lips, of.radii[0]
    canvas.polygon([(x - rx * 0.9, y - 0.05), (x + rx * 0.9, y - 0.05), (x, y + 0.2)], colour)


def _medical(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    _cloth(canvas, of, (170, 215, 225))


def _held(
    canvas: Canvas,
    of: Anatomy,
    _: Rgb,
    paint: Rgb = RED,
    radii: tuple[float, float] = (0.05, 0.035),
    aside: float = 0,
) -> None:
    x, y = of.lips
    canvas.ellipse((x + aside, y + 0.03), radii, paint)


_MOUTHS: Mapping[str, Drawing] = {
    "smile": _smile,
    "frown": _frown,
    "beard": _beard,
    "goatee": _goatee,
    "mustache": _mustache,
    "open": partial(_hole, wide=0.5),
    "laugh": _hole,
    "tongue": _tongue,
    "grin": _teeth,
    "teeth": _teeth,
    "grill": partial(_teeth, paint=GOLD),
    "fangs": partial(_two_teeth, apart=0.6),
    "buck": partial(_two_teeth, apart=0.2),
    "cigarette": partial(_smoked, paint=WHITE, width=0.03),
    "cigar": partial(_smoked, paint=(110, 65, 35)),
    "vape": partial(_smoked, paint=(60, 60, 70), tip=CYAN),
    "pipe": _pipe,
    "medmask": _medical,
    "bandana": _cloth,
    "bubble": partial(_held, paint=(250, 150, 190), radii=(0.09, 0.09)),
    "pacifier": partial(_held, paint=CYAN),
    "drool": partial(_held, paint=(120, 190, 240)),
    "lips": _held,
    "rose": partial(_held, aside=0.06),
    "horn": partial(_held, aside=0.06),
}
