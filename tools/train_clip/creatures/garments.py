"""Clothes, by the drawings of `names.CLOTHES`; those that are worn at the neck are in `neckwear`."""

from collections.abc import Mapping, Sequence
from functools import partial

from tools.train_clip.creatures import neckwear
from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import BLACK, SILVER, WHITE, Canvas, Rgb, shade

_CLOTH: Rgb = (120, 120, 120)
# What a garment is painted in where its value says no colour.
_OWN: Mapping[str, Rgb] = {
    "leather": (35, 33, 38), "denim": (70, 105, 160), "tux": (25, 25, 30), "sailor": WHITE,
    "coat": (245, 245, 248), "trench": (195, 165, 115), "raincoat": (245, 205, 40), "space": (230, 232, 238),
    "armor": (160, 165, 175), "jump": (240, 120, 30), "toga": (245, 242, 230), "overalls": (60, 95, 165),
    "bullet": (60, 65, 60),
}  # fmt: skip


def behind(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """What of a garment is behind the head: a hood, a collar, a cape."""
    if kind in _BEHIND:
        _BEHIND[kind](canvas, of, colour or _OWN.get(kind, _CLOTH))


def clothes(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """A garment over the body; ``colour`` None is its usual one."""
    for draw in _WORN[kind]:
        draw(canvas, of, colour or _OWN.get(kind, _CLOTH))


def _hood(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    canvas.ellipse(of.head, (of.radii[0] * 1.25, of.radii[1] * 1.3), shade(paint, -0.2))


def _collar(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    radii = of.radii[0] * 0.95, of.radii[1] * 0.35
    canvas.ellipse((of.head[0], of.neck), radii, shade(paint, -0.2))


def _cape(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x = of.head[0]
    canvas.polygon([(x - of.shoulders - 0.12, 1), (x, of.neck - 0.1), (x + of.shoulders + 0.12, 1)], paint)


def _cover(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, wide = of.head[0], of.shoulders
    canvas.round_box(x - wide, of.neck + 0.03, x + wide, 1.2, 0.12, paint)


def _panel(canvas: Canvas, of: Anatomy, paint: Rgb, wide: float = 0.5, below: float = 0.1) -> None:
    x, half = of.head[0], of.shoulders
    canvas.box(x - half * wide, of.neck + 0.03 + below, x + half * wide, 1.2, paint)


def _straps(canvas: Canvas, of: Anatomy, paint: Rgb, sides: Sequence[int] = (-1, 1)) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for side in sides:
        inner, outer = x + side * wide * 0.35, x + side * wide * 0.6
        canvas.box(inner, neck, outer, neck + 0.2, paint, line=False)


def _opening(canvas: Canvas, of: Anatomy, paint: Rgb, inside: Rgb | None = WHITE) -> None:
    """A front that is open at the neck; ``inside`` None is a lighter ``paint``."""
    x, neck = of.head[0], of.neck + 0.03
    triangle = [(x - 0.08, neck), (x + 0.08, neck), (x, neck + 0.2)]
    canvas.polygon(triangle, inside or shade(paint, 0.55), line=False)
    canvas.line([(x, neck + 0.15), (x, 1)], shade(paint, -0.35), 0.02)


def _laces(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck = of.head[0], of.neck + 0.03
    for side in (-0.05, 0.05):
        canvas.line([(x + side, neck + 0.02), (x + side, neck + 0.14)], shade(paint, 0.55), 0.015)


def _dress_shirt(canvas: Canvas, of: Anatomy, _: Rgb, tie: Rgb) -> None:
    x, neck = of.head[0], of.neck + 0.03
    canvas.polygon([(x - 0.1, neck), (x + 0.1, neck), (x, neck + 0.28)], WHITE, line=False)
    canvas.polygon([(x - 0.025, neck), (x + 0.025, neck), (x, neck + 0.24)], tie)


def _high_neck(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, rx = of.head[0], of.neck + 0.03, of.radii[0]
    canvas.box(x - rx * 0.6, neck - 0.06, x + rx * 0.6, neck + 0.03, shade(paint, -0.12))


def _stripes(canvas: Canvas, of: Anatomy, paint: Rgb, own: Rgb | None = None) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for step in (0.06, 0.15, 0.24, 0.33):
        stripe = own or shade(paint, 0.55)
        canvas.box(x - wide, neck + step, x + wide, neck + step + 0.035, stripe, line=False)


def _dots(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for across in (-0.7, -0.25, 0.2, 0.65):
        for down in (0.08, 0.2, 0.32):
            canvas.dot((x + across * wide, neck + down), 0.022, shade(paint, 0.55))


def _seams(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for step in (0.08, 0.18, 0.28):
        canvas.line([(x - wide, neck + step), (x + wide, neck + step)], shade(paint, -0.35), 0.02)


def _warp(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for across in (-0.5, 0, 0.5):
        canvas.line([(x + across * wide, neck), (x + across * wide, 1)], shade(paint, -0.35), 0.02)


def _chest_plate(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    canvas.box(x - wide * 0.4, neck + 0.12, x + wide * 0.4, neck + 0.26, shade(paint, -0.35))
    canvas.box(x - 0.03, neck + 0.15, x + 0.03, neck + 0.19, (220, 60, 60), line=False)


def _zips(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, neck, wide = of.head[0], of.neck + 0.03, of.shoulders
    for side in (-0.6, 0.6):
        canvas.line([(x + side * wide, neck + 0.06), (x + side * wide * 0.6, neck + 0.2)], SILVER, 0.015)


def _number(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, neck = of.head[0], of.neck + 0.03
    canvas.box(x - 0.05, neck + 0.12, x + 0.05, neck + 0.28, WHITE, line=False)


_BEHIND: Mapping[str, Drawing] = {"hoodup": _hood, "hoodie": _collar, "robe": _collar, "cape": _cape}
_WORN: Mapping[str, Sequence[Drawing]] = {
    **dict.fromkeys(("shirt", "sweater", "jump", "dress", "poncho"), (_cover,)),
    **dict.fromkeys(("hoodie", "hoodup"), (_cover, _laces)),
    **dict.fromkeys(("jacket", "bomber", "denim", "coat", "trench", "raincoat"), (_cover, _opening)),
    "leather": (_cover, _opening, _zips),
    "puffer": (_cover, _opening, _seams),
    "robe": (_cover, partial(_opening, inside=None)),
    "turtle": (_cover, _high_neck),
    "suit": (_cover, partial(_dress_shirt, tie=(170, 30, 40))),
    "tux": (_cover, partial(_dress_shirt, tie=BLACK)),
    "striped": (_cover, _stripes),
    "sailor": (_cover, partial(_stripes, own=(50, 70, 150))),
    "dots": (_cover, _dots),
    "plaid": (_cover, _seams, _warp),
    **dict.fromkeys(("space", "armor", "bullet"), (_cover, _chest_plate)),
    "jersey": (_cover, _number),
    "tank": (partial(_panel, wide=0.7), _straps),
    "vest": (partial(_panel, wide=0.7, below=0.02), _straps, _opening),
    **dict.fromkeys(("overalls", "apron"), (_panel, _straps)),
    "toga": (_panel, partial(_straps, sides=(-1,))),
    "straps": (_straps,),
    "cape": (),
    **{kind: (draw,) for kind, draw in neckwear.NECKWEAR.items()},
}
