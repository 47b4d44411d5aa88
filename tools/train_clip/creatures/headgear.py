"""What a head wears, by the drawings of `names.HEADGEAR`: hats, hair, and things that float over it."""

from collections.abc import Mapping

from tools.train_clip.creatures import hair, hats, toppers
from tools.train_clip.creatures.anatomy import Anatomy, Drawing
from tools.train_clip.creatures.canvas import Canvas, Rgb

_CLOTH: Rgb = (120, 120, 120)
_DRAWINGS: Mapping[str, tuple[Drawing, ...]] = {**hair.ABOVE, **hats.HATS, **toppers.TOPPERS}
_OWN: Mapping[str, Rgb] = {**dict.fromkeys(hair.ABOVE, hair.BROWN), **hats.OWN, **toppers.OWN}


def behind(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """Hair behind the head."""
    if kind in hair.BEHIND:
        hair.BEHIND[kind](canvas, of, colour or hair.BROWN)


def headgear(canvas: Canvas, of: Anatomy, kind: str, colour: Rgb | None) -> None:
    """What is on top of, or over, the head; ``colour`` None is its usual one."""
    for draw in _DRAWINGS[kind]:
        draw(canvas, of if kind in hair.ABOVE else of.hatted, colour or usual(kind))


def usual(kind: str) -> Rgb:
    """What is painted where the value says no colour."""
    return _OWN.get(kind, _CLOTH)
