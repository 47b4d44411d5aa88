"""Hats, caps, helmets and what is tied around a head. Each is one drawing or several, the lowest first."""

from collections.abc import Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import BLACK, GOLD, RED, WHITE, Canvas, Rgb, shade

# What a hat is painted in where its value says no colour.
OWN: Mapping[str, Rgb] = {
    "top": BLACK, "bowler": BLACK, "cowboy": (140, 95, 55), "straw": (230, 205, 130), "chef": WHITE,
    "santa": RED, "pirate": (30, 28, 34), "captain": WHITE, "police": (35, 45, 90), "hard": (250, 200, 30),
    "army": (85, 100, 60), "knight": (165, 170, 180), "viking": (170, 165, 160), "fez": (190, 35, 45),
    "propeller": (60, 120, 220), "grad": (30, 30, 38), "jester": (120, 50, 160), "miner": (240, 180, 40),
    "robin": (60, 130, 60), "frog": (90, 180, 80), "shark": (120, 145, 165), "cone": (245, 120, 30),
}  # fmt: skip


def _brim(of: Anatomy) -> float:
    """The y where a hat sits."""
    return of.head[1] - of.radii[1] * 0.5


def _low_brim(of: Anatomy) -> float:
    """The y where a cap or a helmet sits."""
    return of.head[1] - of.radii[1] * 0.45


def _crown(
    canvas: Canvas, of: Anatomy, paint: Rgb, tall: float, narrow: float = 0.75, by: float = 0.03
) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.round_box(x - rx * narrow, brim - tall, x + rx * narrow, brim, by, paint)


def _brimmed(
    canvas: Canvas, of: Anatomy, paint: Rgb, wide: float, ribbon: Rgb | None = None, darker: float = 0
) -> None:
    """A brim and a ribbon; ``darker`` is the share by which the brim is darker than the crown."""
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    edge = shade(paint, -darker)
    canvas.round_box(x - rx * wide, brim - 0.04, x + rx * wide, brim + 0.02, 0.03, edge)
    canvas.box(
        x - rx * 0.75, brim - 0.07, x + rx * 0.75, brim - 0.04, ribbon or shade(paint, -0.3), line=False
    )


def _badge(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.box(x - rx * 0.9, brim - 0.05, x + rx * 0.9, brim, BLACK)
    canvas.dot((x, brim - 0.09), 0.03, GOLD)


def _cone(canvas: Canvas, of: Anatomy, paint: Rgb, bent: float = 0) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    tip = x + bent * of.side
    canvas.polygon([(x - rx * 0.8, brim), (tip, brim - 0.38), (x + rx * 0.8, brim)], paint)


def _wide_brim(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.round_box(x - rx * 1.3, brim - 0.03, x + rx * 1.3, brim + 0.02, 0.02, shade(paint, -0.3))


def _bobble(canvas: Canvas, of: Anatomy, _: Rgb, hem: Rgb, bent: float = 0) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.ellipse((x + bent * of.side, brim - 0.36), (0.045, 0.045), WHITE)
    canvas.round_box(x - rx * 0.9, brim - 0.03, x + rx * 0.9, brim + 0.03, 0.03, hem)


def _ring(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.box(x - rx * 0.5, brim - 0.2, x + rx * 0.5, brim - 0.14, paint, line=False)


def _wrap(canvas: Canvas, of: Anatomy, paint: Rgb, high: float = 0.2, by: float = 0.12) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.round_box(x - rx, brim - high, x + rx, brim + 0.02, by, paint)


def _knot(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim, side = of.head[0], of.radii[0], _brim(of), of.side
    ends = (x - side * (rx + 0.12), brim - 0.1), (x - side * (rx + 0.1), brim + 0.06)
    canvas.polygon([(x - side * rx, brim - 0.03), *ends], shade(paint, -0.3))


def _fold(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _brim(of)
    canvas.line([(x - rx * 0.8, brim), (x + rx * 0.3, brim - 0.18)], shade(paint, -0.3))


def _dome(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim, top = of.head[0], of.radii[0], _low_brim(of), of.top
    left = (x - rx * 1.02, brim), (x - rx * 0.9, top), (x - rx * 0.45, top - 0.09)
    right = (x + rx * 0.45, top - 0.09), (x + rx * 0.9, top), (x + rx * 1.02, brim)
    canvas.polygon([*left, *right], paint)


def _peak(canvas: Canvas, of: Anatomy, paint: Rgb, toward: int = 1) -> None:
    """``toward`` 1: over the face; -1: over the neck."""
    x, rx, brim = of.head[0], of.radii[0], _low_brim(of)
    canvas.box(x, brim - 0.05, x + toward * of.side * rx * 1.55, brim, shade(paint, -0.3))


def _cuff(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _low_brim(of)
    canvas.box(x - rx * 1.05, brim - 0.08, x + rx * 1.05, brim, shade(paint, -0.3))


def _pompom(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    canvas.ellipse((of.head[0], of.top - 0.12), (0.06, 0.06), WHITE)


def _stalk(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    canvas.ellipse((of.head[0], of.top - 0.12), (0.02, 0.03), shade(paint, -0.3))


def _horns(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _low_brim(of)
    for turn in (-1, 1):
        tip = x + turn * (rx + 0.15), of.top - 0.12
        canvas.polygon([(x + turn * rx * 0.8, brim - 0.04), tip, (x + turn * rx * 0.9, brim - 0.12)], WHITE)


def _ridge(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb) -> None:
    x = of.head[0]
    canvas.box(x - 0.02, of.top - 0.14, x + 0.02, _low_brim(of), paint)


def _propeller(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, top = of.head[0], of.top
    canvas.box(x - 0.14, top - 0.15, x + 0.14, top - 0.11, RED)
    canvas.box(x - 0.01, top - 0.12, x + 0.01, top - 0.08, GOLD)


def _disc(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb) -> None:
    canvas.ellipse((of.head[0], _low_brim(of) - 0.12), (0.05, 0.05), paint)


def _tricorn(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, brim = of.head[0], of.radii[0], _low_brim(of)
    canvas.polygon([(x - rx * 1.4, brim), (x, of.top - 0.2), (x + rx * 1.4, brim)], paint)


def _mortarboard(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, rx, top = of.head[0], of.radii[0], of.top
    left, right = (x - rx * 1.3, top - 0.06), (x + rx * 1.3, top - 0.06)
    canvas.polygon([left, (x, top - 0.15), right, (x, top + 0.03)], paint)
    canvas.line([(x + rx, top - 0.05), (x + rx, top + 0.12)], GOLD)


def _frog_eyes(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    for turn in (-1, 1):
        middle = of.head[0] + turn * of.radii[0] * 0.5, of.top - 0.1
        canvas.ellipse(middle, (0.06, 0.06), WHITE)
        canvas.dot(middle, 0.025, BLACK)


def _fin(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, top = of.head[0], of.top
    points = [(x - 0.08, top - 0.07), (x + 0.04, top - 0.26), (x + 0.09, top - 0.07)]
    canvas.polygon(points, shade(paint, -0.3))


HATS: Mapping[str, tuple[Drawing, ...]] = {
    "top": (partial(_crown, tall=0.3), partial(_brimmed, wide=1.2, ribbon=RED)),
    "bucket": (partial(_crown, tall=0.17), partial(_brimmed, wide=1.25, darker=0.3)),
    "fedora": (partial(_crown, tall=0.16), partial(_brimmed, wide=1.35)),
    "cowboy": (partial(_crown, tall=0.17), partial(_brimmed, wide=1.7)),
    "bowler": (partial(_crown, tall=0.16, by=0.08), partial(_brimmed, wide=1.2)),
    "straw": (partial(_crown, tall=0.14), partial(_brimmed, wide=1.8)),
    "captain": (partial(_crown, tall=0.15), _badge),
    "police": (partial(_crown, tall=0.15), _badge),
    "chef": (partial(_crown, tall=0.28),),
    "fez": (partial(_crown, tall=0.18, narrow=0.55),),
    "wizard": (_cone, _wide_brim),
    "robin": (partial(_cone, bent=0.1), _wide_brim),
    "santa": (partial(_cone, bent=0.1), partial(_bobble, hem=WHITE, bent=0.1)),
    "party": (_cone, partial(_bobble, hem=GOLD)),
    "cone": (_cone, partial(_ring, paint=WHITE)),
    "jester": (_cone, partial(_ring, paint=GOLD)),
    "band": (partial(_wrap, high=0.06, by=0.03), _knot),
    "bandana": (_wrap, _knot),
    "turban": (_wrap, _fold),
    **dict.fromkeys(("cap", "flat", "hard"), (_dome, _peak)),
    "backcap": (_dome, partial(_peak, toward=-1)),
    "propeller": (_dome, _peak, _propeller),
    "miner": (_dome, _peak, partial(_disc, paint=(255, 250, 200))),
    "frog": (_dome, _peak, _frog_eyes),
    "shark": (_dome, _peak, _fin),
    "beanie": (_dome, _cuff),
    "pom": (_dome, _cuff, _pompom),
    "beret": (_dome, _stalk),
    "army": (_dome,),
    "viking": (_dome, _horns),
    "knight": (_dome, partial(_ridge, paint=RED)),
    "helmet": (_dome, partial(_ridge, paint=WHITE)),
    "pirate": (_dome, _tricorn, partial(_disc, paint=WHITE)),
    "grad": (_dome, _mortarboard),
}
