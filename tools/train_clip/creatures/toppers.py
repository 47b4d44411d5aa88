"""What a head wears that is neither hat nor hair: crowns, horns, flowers, weather and food."""

from collections.abc import Mapping
from functools import partial

from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import BLACK, GOLD, RED, WHITE, Canvas, Point, Rgb

OWN: Mapping[str, Rgb] = {
    "phones": BLACK,
    "catears": BLACK,
    "flower": (240, 120, 170),
    "bow": (240, 120, 170),
}
_BLOOMS: tuple[Rgb, ...] = (RED, GOLD, (240, 130, 190), (120, 90, 210))
_BONE: Rgb = (240, 235, 220)


def _crown(canvas: Canvas, of: Anatomy, _: Rgb, high: float, metal: Rgb) -> None:
    x, rx, top = of.head[0], of.radii[0], of.top
    left = (x - rx * 0.8, top + 0.06), (x - rx * 0.9, top - high), (x - rx * 0.4, top - high * 0.3)
    right = (x + rx * 0.4, top - high * 0.3), (x + rx * 0.9, top - high), (x + rx * 0.8, top + 0.06)
    canvas.polygon([*left, (x, top - high * 1.2), *right], metal)
    canvas.dot((x, top), 0.025, RED)


def _halo(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    canvas.arc((of.head[0], of.top - 0.1), (of.radii[0] * 0.8, 0.05), (0, 360), (255, 225, 90), 0.03)


def _glass_helmet(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    rx, ry = of.radii
    canvas.arc(of.head, (rx * 1.35, ry * 1.35), (0, 360), (225, 230, 240), 0.05)
    canvas.arc(of.head, (rx * 1.15, ry * 1.15), (200, 260), WHITE, 0.025)


def _headphones(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    (x, y), (rx, ry) = of.head, of.radii
    canvas.arc(of.head, (rx * 1.1, ry * 1.1), (180, 360), paint, 0.04)
    for side in (-1, 1):
        middle = x + side * rx * 1.05
        canvas.round_box(middle - 0.05, y - 0.08, middle + 0.05, y + 0.08, 0.03, paint)


def _spike(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb) -> None:
    x, top = of.head[0], of.top
    canvas.polygon([(x - 0.04, top + 0.03), (x, top - 0.22), (x + 0.04, top + 0.03)], paint)


def _ball(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    canvas.ellipse((of.head[0], of.top - 0.2), (0.04, 0.04), RED)


def _bunny_ears(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    for side in (-1, 1):
        middle = of.head[0] + side * of.radii[0] * 0.55, of.top - 0.12
        canvas.ellipse(middle, (0.06, 0.19), WHITE)
        canvas.ellipse(middle, (0.03, 0.13), (245, 170, 185), line=False)


def _points(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    low, high = of.top + 0.08, of.top - 0.15
    for side in (-1, 1):
        foot = of.head[0] + side * of.radii[0] * 0.55
        canvas.polygon([(foot - 0.06, low), (foot + side * 0.05, high), (foot + 0.06, low)], paint)


def _devil_horns(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    _points(canvas, of, (190, 30, 35))


def _bow(canvas: Canvas, of: Anatomy, paint: Rgb) -> None:
    x, top = of.head[0], of.top
    for side in (-1, 1):
        canvas.polygon([(x, top), (x + side * 0.14, top - 0.09), (x + side * 0.14, top + 0.09)], paint)


def _blossom(canvas: Canvas, of: Anatomy, paint: Rgb, step: float = 0.7) -> None:
    """A flower ``step`` half widths of the head to the right of its middle."""
    x, y = of.head[0] + step * of.radii[0], of.top + 0.05 + 0.08 * abs(step)
    for across, down in ((-0.04, 0), (0.04, 0), (0, -0.04), (0, 0.04)):
        canvas.dot((x + across, y + down), 0.035, paint)
    canvas.dot((x, y), 0.025, (250, 240, 120))


def _wreath(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    for step, bloom in zip((-0.7, -0.25, 0.25, 0.7), _BLOOMS, strict=True):
        _blossom(canvas, of, bloom, step)


def _fire(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    for size, paint in ((1.0, (235, 70, 20)), (0.7, (250, 150, 30)), (0.4, (255, 230, 90))):
        _flames(canvas, of, size, paint)


def _flames(canvas: Canvas, of: Anatomy, size: float, paint: Rgb) -> None:
    x, top, wide, high = of.head[0], of.top, of.radii[0] * size, 0.36 * size
    left = (x - wide, top + 0.06), (x - wide * 0.6, top - high * 0.7), (x - wide * 0.3, top - high * 0.3)
    right = (x + wide * 0.4, top - high * 0.35), (x + wide * 0.7, top - high * 0.6), (x + wide, top + 0.06)
    canvas.polygon([*left, (x, top - high), *right], paint, line=False)


def _cloud(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb = (225, 230, 238)) -> None:
    for step in (-0.1, 0, 0.1):
        canvas.ellipse((of.head[0] + step, of.top - 0.12), (0.09, 0.07), paint, line=False)


def _rain(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, top = of.head[0], of.top
    for step in (-0.1, 0, 0.1):
        canvas.line([(x + step, top - 0.05), (x + step - 0.02, top + 0.03)], (70, 140, 230))


def _plate(of: Anatomy) -> Point:
    """The middle of what stands on a head."""
    return of.head[0], of.top - 0.06


def _stem(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb) -> None:
    x, y = _plate(of)
    canvas.box(x - 0.05, y - 0.05, x + 0.05, y + 0.08, paint)


def _lump(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb, radii: Point = (0.1, 0.1)) -> None:
    x, y = _plate(of)
    canvas.ellipse((x, y - 0.05), radii, paint)


def _spot(canvas: Canvas, of: Anatomy, _: Rgb, paint: Rgb, up: float = 0.05) -> None:
    x, y = _plate(of)
    canvas.dot((x + 0.02, y - up), 0.035, paint)


def _diamond(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = _plate(of)
    table = (x + 0.06, y - 0.16), (x - 0.06, y - 0.16)
    canvas.polygon([(x - 0.12, y - 0.08), (x, y + 0.08), (x + 0.12, y - 0.08), *table], (150, 225, 245))


def _banana(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = _plate(of)
    canvas.arc((x, y - 0.12), (0.14, 0.14), (20, 160), (250, 220, 60), 0.07)


def _pizza(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = _plate(of)
    canvas.polygon([(x - 0.14, y - 0.14), (x + 0.14, y - 0.14), (x, y + 0.08)], (245, 205, 90))
    for across, down in ((-0.05, -0.09), (0.05, -0.09), (0, -0.02)):
        canvas.dot((x + across, y + down), 0.025, RED)


def _plant(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = _plate(of)
    canvas.round_box(x - 0.035, y - 0.2, x + 0.035, y + 0.08, 0.03, (60, 150, 70))
    for side in (-1, 1):
        canvas.ellipse((x + side * 0.08, y - 0.12), (0.06, 0.035), (80, 170, 80))


def _bone(canvas: Canvas, of: Anatomy, _: Rgb) -> None:
    x, y = _plate(of)
    canvas.box(x - 0.14, y - 0.03, x + 0.14, y + 0.02, _BONE, line=False)
    for side in (-1, 1):
        canvas.ellipse((x + side * 0.14, y - 0.03), (0.04, 0.05), _BONE, line=False)


_FLAT: Point = (0.13, 0.09)
TOPPERS: Mapping[str, tuple[Drawing, ...]] = {
    "crown": (partial(_crown, high=0.16, metal=GOLD),),
    "tiara": (partial(_crown, high=0.08, metal=(215, 225, 240)),),
    "halo": (_halo,),
    "space": (_glass_helmet,),
    "phones": (_headphones,),
    "horns": (_devil_horns,),
    "catears": (_points,),
    "bunny": (_bunny_ears,),
    "unicorn": (partial(_spike, paint=(250, 200, 230)),),
    "antenna": (partial(_spike, paint=(150, 150, 160)), _ball),
    "bow": (_bow,),
    "flower": (_blossom,),
    "flowers": (_wreath,),
    "fire": (_fire,),
    "cloud": (_cloud,),
    "rain": (partial(_cloud, paint=(130, 140, 155)), _rain),
    "mushroom": (
        partial(_stem, paint=(240, 230, 210)),
        partial(_lump, paint=RED, radii=_FLAT),
        partial(_spot, paint=WHITE),
    ),
    "icecream": (partial(_stem, paint=(215, 165, 95)), partial(_lump, paint=(250, 170, 200))),
    "egg": (partial(_lump, paint=WHITE, radii=_FLAT), partial(_spot, paint=(250, 190, 40))),
    "apple": (partial(_lump, paint=RED), partial(_spot, paint=(90, 160, 60), up=0.14)),
    "bulb": (partial(_lump, paint=(255, 240, 130)), partial(_spot, paint=WHITE)),
    "moon": (partial(_lump, paint=(245, 235, 170)), partial(_spot, paint=(225, 210, 140))),
    "diamond": (_diamond,),
    "banana": (_banana,),
    "pizza": (_pizza,),
    "cactus": (_plant,),
    "plant": (_plant,),
    "bone": (_bone,),
}
