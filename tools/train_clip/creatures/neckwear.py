"""Chains, beads, scarves and ties: the drawings of `names.CLOTHES` that leave the body bare."""

from collections.abc import Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import GOLD, SILVER, Canvas, Rgb, shade


def _chain(canvas: Canvas, of: Anatomy, _: Rgb, metal: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.02, of.radii[0] * 0.75
    canvas.arc((x, neck), (wide, 0.14), (0, 180), metal, 0.04)
    canvas.dot((x, neck + 0.15), 0.035, metal)


def _beads(canvas: Canvas, of: Anatomy, paint: Rgb, own: Rgb | None = None) -> None:
    """Beads of their ``own`` colour have an outline; flowers, which have none, are of ``paint``."""
    x, neck, wide = of.head[0], of.neck + 0.02, of.radii[0] * 0.75
    for step in (-1, -0.6, -0.2, 0.2, 0.6, 1):
        at = x + step * wide, neck + 0.14 - 0.1 * step * step
        canvas.ellipse(at, (0.035, 0.035), own or paint, line=own is not None)


def _wrap(canvas: Canvas, of: Anatomy, paint: Rgb, thick: float) -> None:
    x, neck, wide = of.head[0], of.neck + 0.02, of.radii[0] * 0.75
    canvas.round_box(x - wide * 1.1, neck - 0.03, x + wide * 1.1, neck - 0.03 + thick, 0.04, paint)


def _scarf(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.02, of.radii[0] * 0.75
    _wrap(canvas, of, paint, 0.09)
    canvas.box(x + wide * 0.3, neck, x + wide * 0.7, neck + 0.25, shade(paint, -0.12))


def _bow(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck = of.head[0], of.neck + 0.02
    for side in (-1, 1):
        end = x + side * 0.12
        canvas.polygon([(x, neck + 0.04), (end, neck - 0.03), (end, neck + 0.11)], paint)
    canvas.ellipse((x, neck + 0.04), (0.025, 0.03), shade(paint, -0.3), line=False)


def _tie(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck = of.head[0], of.neck + 0.02
    knot = (x - 0.035, neck), (x + 0.035, neck)
    canvas.polygon([*knot, (x + 0.06, neck + 0.26), (x, neck + 0.33), (x - 0.06, neck + 0.26)], paint)


NECKWEAR: Mapping[str, Drawing] = {
    "chain": partial(_chain, metal=GOLD),
    "silver": partial(_chain, metal=SILVER),
    "diamonds": partial(_beads, own=(160, 225, 250)),
    "pearls": partial(_beads, own=(245, 240, 235)),
    "bones": partial(_beads, own=(235, 225, 200)),
    "lei": _beads,
    "scarf": _scarf,
    "boa": partial(_wrap, thick=0.13),
    "choker": partial(_wrap, thick=0.06),
    "bow": _bow,
    "tie": _tie,
}
