"""Plain English names of colours. Pure."""

from functools import cache

# Told apart by eye at a glance. The nearest as the eye sees it (CIELAB) is the name; ties by this order.
NAMES = {
    "Black": "#000000", "White": "#ffffff", "Gray": "#8f8f8f", "Light Gray": "#d3d3d3",
    "Dark Gray": "#4b4b4b", "Charcoal": "#25282d", "Red": "#dc2626", "Dark Red": "#8b1a1a",
    "Coral": "#ff6f61", "Salmon": "#f59797", "Pink": "#f9b9cf", "Hot Pink": "#ff488e", "Magenta": "#c026d3",
    "Orchid": "#cf72c4", "Purple": "#7e3fb0", "Violet": "#6d28d9", "Lavender": "#c4b5fd",
    "Indigo": "#4338ca", "Navy": "#1e2a52", "Blue": "#2563eb", "Sky Blue": "#4ab3f4",
    "Light Blue": "#b6dcf6", "Steel Blue": "#5b7c9b", "Slate": "#334155", "Teal": "#0f766e",
    "Dark Teal": "#0b3533", "Turquoise": "#2dd4bf", "Mint": "#a7f3d0", "Green": "#40a843",
    "Light Green": "#9bd78d", "Lime": "#a3e635", "Dark Green": "#1f5f35", "Olive": "#7a7a2a",
    "Sage": "#a3b899", "Yellow": "#fde047", "Light Yellow": "#fff2ae", "Gold": "#d9a520",
    "Cream": "#fdf1dc", "Peach": "#ffd1a8", "Light Orange": "#fdba74", "Orange": "#f5841f",
    "Rust": "#b5481e", "Tan": "#d2a679", "Light Brown": "#b07a4a", "Brown": "#8a5a33",
    "Dark Brown": "#5a3a26", "Espresso": "#2c1b18", "Maroon": "#5c1f33",
}  # fmt: skip


@cache
def colour_name(colour: str) -> str:
    """The nearest plain name of ``#rrggbb`` (an alpha after it is ignored): ``#d2a679`` is ``Tan``."""
    wanted = _lab(colour)
    return min(NAMES, key=lambda name: _distance(wanted, _lab(NAMES[name])))


@cache
def _lab(colour: str) -> tuple[float, float, float]:
    """CIELAB under D65; see IEC 61966-2-1 for the sRGB curve."""
    digits = colour.removeprefix("#")
    if len(digits) in (3, 4):
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (_linear(int(digits[place : place + 2], 16) / 255) for place in (0, 2, 4))
    x = _lightness((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _lightness(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _lightness((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _lightness(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def _distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
