"""An invented collection: which layers it has, and its tokens drawn one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from tools.train_clip.creatures import anatomy, garments, headgear, heads, mouths, names, scenery, wardrobe
from tools.train_clip.creatures.canvas import Canvas, Pixels, Rgb, shade
from tools.train_clip.creatures.eyes import eyes
from tools.train_clip.creatures.eyewear import eyewear
from tools.train_clip.creatures.manner import draw_manner
from tools.train_clip.creatures.sprites import NO_SPRITES, Sprites
from tools.train_clip.creatures.wardrobe import Layer, Value, called
from tools.train_clip.pack import SIZE, Pack, make

_GRIDS = (24, 28, 32, 36, 40, 42, 48, 50, 56, 64, 128, 192)  # pixel art of any grain, and smooth drawings
_BARE: Rgb = (225, 180, 140)  # of skin that says no colour
_INK: Rgb = (90, 60, 40)  # of beards that say no colour
_BEAK: Rgb = (245, 170, 50)
_NONE: Mapping[str, int] = MappingProxyType({})
Worn = Mapping[str, Value]  # part: what a token has there


@dataclass(frozen=True)
class Look:
    """How a collection draws: its grid, its anatomy, its layers."""

    subject: str
    grid: int
    outline: Rgb | None
    anatomy: anatomy.Anatomy
    layers: tuple[Layer, ...]
    texture: str
    seed: int

    def said(self, worn: Worn) -> list[tuple[str, str]]:
        """The trait types and values of a token that wears ``worn``."""
        layers = [layer for layer in self.layers if layer.part in worn]
        return [trait for layer in layers for trait in layer.said(worn[layer.part])]


def invent(name: str, count: int, seed: int, sprites: Sprites = NO_SPRITES) -> Pack:
    """``count`` tokens of one invented collection; the same for the same name, count, seed and sprites."""
    rng = np.random.default_rng([seed, *name.encode()])
    look = design(rng, sprites.counts)
    tokens = [dress(look, rng) for _ in range(count)]
    pictures = np.stack([paint(look, worn, sprites) for worn in tokens])
    return make(name, look.subject, [look.said(worn) for worn in tokens], pictures, licence="CC0-1.0")


def design(rng: np.random.Generator, pictured: Mapping[str, int] = _NONE) -> Look:
    """A new collection; no two of its layers have one trait type. ``pictured`` as `Sprites.counts`."""
    subject = str(rng.choice(list(anatomy.SUBJECTS)))
    shape = replace(anatomy.draw_anatomy(subject, rng), manner=draw_manner(rng, pictured))
    outline: Rgb | None = None
    if rng.random() >= 0.35:
        outline = (18, 16, 20) if rng.random() < 0.8 else (70, 50, 45)
    return Look(
        subject=subject,
        grid=int(rng.choice(_GRIDS)),
        outline=outline,
        anatomy=shape,
        layers=_distinct(_layers(shape, rng), rng),
        texture=str(rng.choice(scenery.TEXTURES)),
        seed=int(rng.integers(2**31)),
    )


def dress(look: Look, rng: np.random.Generator) -> Worn:
    """A token's values. What is hidden is left out: eyes behind shades, mostly hair under a hat."""
    worn = {layer.part: layer.draw(rng) for layer in look.layers if rng.random() < layer.share}
    if "headgear" in worn and "hair" in worn and rng.random() < 0.7:
        del worn["hair"]
    if "eyewear" in worn and worn["eyewear"].drawing not in names.SEEN_THROUGH:
        worn.pop("eyes", None)
    return worn


def paint(look: Look, worn: Worn, sprites: Sprites = NO_SPRITES) -> Pixels:
    """(64, 64, 4): the layers from the back to the front. ``worn`` has at least a background and a skin."""
    canvas, shape = Canvas(look.grid, look.outline), look.anatomy
    skin, clothes = worn["skin"], worn.get("clothes")
    above = [worn[part] for part in ("hair", "headgear") if part in worn]
    for piece in above:
        headgear.behind(canvas, shape, piece.drawing, piece.colour)
    if clothes:
        garments.behind(canvas, shape, clothes.drawing, clothes.colour)
    heads.body(canvas, shape, shade(skin.colour or _BARE, -0.06))
    if clothes:
        garments.clothes(canvas, shape, clothes.drawing, clothes.colour)
    heads.head(canvas, shape, skin.colour or _BARE, skin.drawing, np.random.default_rng(look.seed))
    if "mark" in worn:
        _stamp(canvas, shape, int(worn["mark"].drawing), look.seed)
    if shape.shadow[2]:
        canvas.shadow(*shape.shadow)
    canvas.lit(shape.manner.light, shape.manner.grain, look.seed)
    _face(canvas, shape, worn)
    if "eyewear" in worn:
        _put_on(canvas, shape, worn["eyewear"], eyewear, sprites)
    for piece in above:
        _put_on(canvas, shape, piece, headgear.headgear, sprites)
    canvas.over(scenery.backdrop(look.grid, worn["background"].colour or _BARE, look.texture, look.seed))
    return canvas.pixels(SIZE)


def _layers(shape: anatomy.Anatomy, rng: np.random.Generator) -> list[Layer]:
    human, behind = shape.mouth == "human", scenery.tone(rng, pale=0.5)
    ink, split = scenery.tone(rng, pale=0.15), bool(rng.random() < 0.25)
    skin = "feathers" if shape.mouth == "beak" else "skin" if human or rng.random() < 0.4 else "fur"
    skins = wardrobe.skins(rng, scenery.tone(rng, pale=0.25), human=human)
    clothes = wardrobe.things(names.CLOTHES, rng, 8, 40, ink)
    backgrounds = called("background", rng), 1.0, wardrobe.tinted(rng, int(rng.integers(5, 14)), behind)
    found = [
        Layer("background", *backgrounds),
        Layer("skin", called(skin, rng), 1.0, skins),
        Layer("clothes", called("clothes", rng), rng.uniform(0.4, 1), clothes, split),
        Layer("eyes", called("eyes", rng), rng.uniform(0.7, 1), wardrobe.eyes(rng, ink), split),
    ]
    if rng.random() < 0.8:
        worn = wardrobe.features(names.EYEWEAR, names.COLOURED_EYEWEAR, rng, 4, 16, ink)
        found.append(Layer("eyewear", called("eyewear", rng), rng.uniform(0.2, 0.6), worn, split))
    found.append(_beak(rng) if shape.mouth == "beak" else _mouth(ink, split, rng))
    found += _head(human, ink, split, rng)
    return [*found, wardrobe.mark(rng)] if rng.random() < 0.6 else found


def _beak(rng: np.random.Generator) -> Layer:
    chosen = [str(name) for name in rng.permutation(list(names.BEAKS))[:3]]
    return Layer("beak", called("beak", rng), 1.0, [Value(name, str(names.BEAKS[name])) for name in chosen])


def _mouth(ink: scenery.Tone, split: bool, rng: np.random.Generator) -> Layer:
    values = wardrobe.features(names.MOUTHS, names.COLOURED_MOUTHS, rng, 5, 18, ink, _INK)
    return Layer("mouth", called("mouth", rng), rng.uniform(0.5, 1), values, split)


def _head(human: bool, ink: scenery.Tone, split: bool, rng: np.random.Generator) -> list[Layer]:
    """Hair and hats as two layers, or as one."""
    if human and rng.random() < 0.6:
        hair = wardrobe.things(wardrobe.HAIR, rng, 5, 20, ink)
        hats = wardrobe.things(wardrobe.HATS, rng, 8, 30, ink)
        return [
            Layer("hair", called("hair", rng), rng.uniform(0.5, 1), hair, split),
            Layer("headgear", called("headgear", rng), rng.uniform(0.3, 0.7), hats, split),
        ]
    both = wardrobe.things(wardrobe.HATS | wardrobe.HAIR, rng, 10, 45, ink)
    return [Layer("headgear", called("headgear", rng), rng.uniform(0.5, 1), both, split)]


def _distinct(layers: Sequence[Layer], rng: np.random.Generator) -> tuple[Layer, ...]:
    """No two of one name, which would be one trait type; half of the time in another order."""
    taken: set[str] = set()
    kept = []
    for layer in layers:
        named = layer.type if layer.type not in taken else wardrobe.TYPES[layer.part][0]
        if named in taken or f"{named} Color" in taken:
            named = f"{named} 2"
        taken |= {named, f"{named} Color"} if layer.split else {named}
        kept.append(layer._replace(type=named))
    return tuple(kept[row] for row in rng.permutation(len(kept))) if rng.random() < 0.5 else tuple(kept)


def _stamp(canvas: Canvas, shape: anatomy.Anatomy, number: int, seed: int) -> None:
    """A small mark on the body that differs from value to value."""
    rng = np.random.default_rng([seed, number])
    red, green, blue = (int(part) for part in rng.integers(0, 256, 3))
    at = shape.head[0] + rng.uniform(-0.8, 0.8) * shape.shoulders, rng.uniform(0.85, 0.97)
    canvas.ellipse(at, (rng.uniform(0.02, 0.06), rng.uniform(0.02, 0.06)), (red, green, blue), line=False)


def _face(canvas: Canvas, shape: anatomy.Anatomy, worn: Worn) -> None:
    if "beak" in worn:
        mouths.beak(canvas, shape, float(worn["beak"].drawing), _BEAK)
    elif shape.mouth in ("slot", "teeth", "wide"):
        x, y = shape.lips
        canvas.box(x - shape.radii[0] * 0.6, y - 0.01, x + shape.radii[0] * 0.6, y + 0.05, (40, 25, 30))
    if "mouth" in worn:
        mouths.mouth(canvas, shape, worn["mouth"].drawing, worn["mouth"].colour or _INK)
    looking = worn.get("eyes", Value("", "open"))
    eyes(canvas, shape, looking.drawing, looking.colour)


def _put_on(
    canvas: Canvas,
    shape: anatomy.Anatomy,
    piece: Value,
    draw: Callable[[Canvas, anatomy.Anatomy, str, Rgb | None], None],
    sprites: Sprites,
) -> None:
    """A picture of the piece where the collection's manner has one, else our drawing of it."""
    which = shape.manner.sprites.get(piece.drawing)
    if which is None:
        draw(canvas, shape, piece.drawing, piece.colour)
    else:
        sprites.draw(canvas, shape, piece.drawing, which, piece.colour or headgear.usual(piece.drawing))
