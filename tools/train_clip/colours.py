"""Colours by the names that people use for them: a draw of a name and a shade that deserves it.

The basic names are those that Magpie calls colours by (`ingest.sources.colours`). The others are words of
CSS and of the ``color-name-list`` package (MIT) that most readers can picture; some shades were set by eye.
"""

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from ingest.sources.colours import NAMES as BASIC

RGB = tuple[int, int, int]

# What a collection is likeliest to say, and for the widest range of shades.
PLAIN = (
    "Black",
    "White",
    "Gray",
    "Red",
    "Orange",
    "Yellow",
    "Green",
    "Blue",
    "Purple",
    "Pink",
    "Brown",
    "Teal",
)
OTHER = {
    "Almond": "#eddcc8", "Amber": "#ffbf00", "Amethyst": "#9966cc", "Apricot": "#ffb16d", "Aqua": "#2ee6e6",
    "Aquamarine": "#7fffd4", "Army Green": "#4b5320", "Ash": "#b2b2a8", "Aubergine": "#472c4c",
    "Avocado": "#568203", "Azure": "#007fff", "Baby Blue": "#a2cffe", "Baby Pink": "#f4c2c2",
    "Banana": "#fffc79", "Beige": "#e6daa6", "Blond": "#f3dfa0", "Blood Red": "#980002",
    "Blueberry": "#464196", "Blush": "#f29e8e", "Bone": "#e3dac9", "Brass": "#b5a642", "Bronze": "#b08030",
    "Bubblegum": "#ff85cf", "Burgundy": "#800020", "Burnt Orange": "#c04e01", "Butter": "#ffff99",
    "Butterscotch": "#fdb147", "Camel": "#c69f59", "Canary": "#fdff63", "Caramel": "#af6f29",
    "Carrot": "#fd6f3b", "Cerulean": "#2a9fd8", "Champagne": "#f0dcb4", "Chartreuse": "#c1f80a",
    "Cherry": "#cf0234", "Chestnut": "#742802", "Chocolate": "#6b3a1e", "Cinnamon": "#b8621b",
    "Clay": "#b66a50", "Cobalt": "#0047ab", "Cocoa": "#875f42", "Coffee": "#6f4e37", "Copper": "#b87333",
    "Cornflower": "#6495ed", "Crimson": "#dc143c", "Cyan": "#00f0f0", "Dandelion": "#fedf08",
    "Dark Blue": "#12277a", "Dark Gold": "#a67c10", "Dark Orange": "#d9660a",
    "Dark Pink": "#cb416b", "Dark Purple": "#3f1460", "Deep Blue": "#0a1f8f", "Denim": "#3b638c",
    "Eggplant": "#430541", "Eggshell": "#f0ead6", "Emerald": "#10a557", "Fern": "#548d44",
    "Flamingo": "#fc8eac", "Forest": "#0b5509", "Forest Green": "#1e7a1e", "Fuchsia": "#ed0dd9",
    "Ginger": "#b06500", "Goldenrod": "#daa520", "Grape": "#6c3461", "Graphite": "#3b3b3d",
    "Grass": "#5cac2d", "Hazel": "#8e7618", "Honey": "#eba937", "Honeydew": "#e0fce0", "Ice": "#d6fffa",
    "Iris": "#5a4fcf", "Ivory": "#fffff0", "Jade": "#00a86b", "Khaki": "#c3b091", "Kiwi": "#8ab84c",
    "Lava": "#e0281a", "Leaf": "#71aa34", "Lemon": "#fff44f", "Light Gold": "#ecd07a",
    "Light Pink": "#ffc9d8", "Light Purple": "#c8a2e8", "Light Red": "#ff6b6b", "Lilac": "#cea2fd",
    "Lime Green": "#5fd02f", "Linen": "#faf0e6", "Mahogany": "#6e2a14", "Mango": "#ffa62b",
    "Marigold": "#fcb006", "Mauve": "#c79bd0", "Melon": "#ff9a7a", "Midnight": "#0c1033",
    "Midnight Blue": "#191970", "Mint Green": "#8fffb0", "Mocha": "#7f5a41", "Moss": "#728639",
    "Mulberry": "#920a4e", "Mustard": "#ceb301", "Navy Blue": "#0b1a5c", "Neon Green": "#2cff18",
    "Neon Pink": "#fe1c9a", "Neon Blue": "#1f51ff", "Obsidian": "#1c1c24", "Ochre": "#cc7722",
    "Off White": "#faf6ea", "Olive Green": "#677a04", "Onyx": "#25262a", "Oxblood": "#5c0a14",
    "Pale Blue": "#cfe6f5", "Pale Green": "#bff0bf", "Pale Pink": "#fadadd", "Papaya": "#fe985c",
    "Pastel Blue": "#aec6ef", "Pastel Green": "#b2e8b2", "Pastel Pink": "#f8c8dc", "Pastel Yellow": "#fdf5a6",
    "Pearl": "#eeeae0", "Periwinkle": "#8e90fe", "Pine": "#2b5d34", "Pistachio": "#a9cf80",
    "Platinum": "#e1e3e6", "Plum": "#7c3a70", "Pumpkin": "#ff7518", "Raspberry": "#c21452",
    "Rose": "#f0508a", "Rose Gold": "#d9a09a", "Royal Blue": "#3050d0", "Royal Purple": "#6c2cb0",
    "Ruby": "#ca0f45", "Saffron": "#f4c430", "Sand": "#e2ca8c", "Sapphire": "#0f52ba", "Scarlet": "#f01e10",
    "Sea Green": "#2e9b67", "Seafoam": "#80f0c0", "Sepia": "#704214", "Sienna": "#a9561e",
    "Silver": "#bfc3c9", "Sky": "#86cdf5", "Slate Gray": "#708090", "Snow": "#fbfbfe", "Steel": "#7c8a96",
    "Stone": "#ada587", "Strawberry": "#fb2943", "Sunflower": "#ffc512", "Tangerine": "#ff9408",
    "Taupe": "#a08e78", "Terracotta": "#cb6843", "Thistle": "#d8bfd8", "Toffee": "#8a5a34",
    "Tomato": "#f04830", "Ultramarine": "#2410c8", "Vanilla": "#f3e5ab", "Vermilion": "#f4320c",
    "Walnut": "#60412b", "Watermelon": "#fd5a6a", "Wheat": "#f0dba0", "Wine": "#6a1233",
    "Wisteria": "#a87dc2",
}  # fmt: skip
_BASIC = tuple(BASIC)
_OTHER = tuple(name for name in OTHER if name not in BASIC)
_WEIGHTS = np.array([3.0 if name in PLAIN else 1.0 for name in _BASIC])
_WEIGHTS /= _WEIGHTS.sum()


def draw(rng: np.random.Generator) -> tuple[str, RGB]:
    """A name, three times in four a basic one, and a shade of it. "Gray" is at times spelled "Grey"."""
    if rng.random() < 0.75:
        name = _BASIC[int(rng.choice(len(_BASIC), p=_WEIGHTS))]
    else:
        name = _OTHER[int(rng.integers(len(_OTHER)))]
    shade = jitter(name, rng)
    return (name.replace("Gray", "Grey") if rng.random() < 0.4 else name), shade


def other(rng: np.random.Generator, *taken: RGB, apart: float = 32.0) -> tuple[str, RGB]:
    """A draw that the eye tells from the ``taken`` shades: ``apart`` or more away from each in CIELAB."""
    best, reach = draw(rng), -1.0
    for _ in range(20):
        found = draw(rng)
        near = min((distance(found[1], shade) for shade in taken), default=1e9)
        if near >= apart:
            return found
        if near > reach:
            best, reach = found, near
    return best


def rgb(name: str) -> RGB:
    """The shade that a name means by itself, in any case and either spelling of gray. KeyError if unknown."""
    return _table()[name.lower().replace("grey", "gray")]


def jitter(name: str, rng: np.random.Generator) -> RGB:
    """A shade near the name's own. A plain name (Blue) is at times stretched to all that no other plain one
    fits better; a basic name stays the nearest basic one.
    """
    own = rgb(name)
    wide = name in PLAIN and rng.random() < 0.35
    among = PLAIN if wide else _BASIC if name in BASIC else ()
    for _ in range(12):
        spread = 9.0 if not wide else 15.0 if name in ("Black", "White", "Gray") else 45.0
        shade = _near(own, spread, rng)
        if not among or min(among, key=lambda each: distance(shade, rgb(each))) == name:
            return shade
    return own


def distance(one: RGB, other_: RGB) -> float:
    """How far apart the eye sees two shades: Euclidean in CIELAB, D65."""
    return float(np.linalg.norm(_lab(one) - _lab(other_)))


def hexed(shade: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*shade)


@cache
def _table() -> dict[str, RGB]:
    merged = {**OTHER, **BASIC}
    return {name.lower(): _parsed(code) for name, code in merged.items()}


def _parsed(code: str) -> RGB:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _near(shade: RGB, spread: float, rng: np.random.Generator) -> RGB:
    red, green, blue = np.clip(rng.normal(shade, spread), 0, 255).round().astype(int).tolist()
    return red, green, blue


_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])


@lru_cache(maxsize=65_536)
def _lab(shade: RGB) -> npt.NDArray[np.float64]:
    value = np.asarray(shade, float) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    x, y, z = (linear @ _TO_XYZ.T) / _WHITE
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def names() -> tuple[str, ...]:
    """Every name that `draw` may give, the basic ones first."""
    return tuple(_table())
