"""Backgrounds, some with a texture, and a collection's tone: which shades it calls blue or brown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from tools.train_clip import colours
from tools.train_clip.creatures.canvas import Rgb

Plane = npt.NDArray[np.float32]
# What a collection draws from; plain ones are the commonest.
TEXTURES = ("flat", "flat", "flat", "flat", "flat", "noise", "gradient", "stars", "stripes", "half", "grid")


@dataclass(frozen=True)
class Tone:
    """How far a collection's colours lie from the plain ones, all of them towards white, grey or black."""

    towards: Rgb
    share: float
    plain: bool  # whether it names its colours by the plainest words only

    def of(self, colour: Rgb) -> Rgb:
        """This collection's shade of ``colour``."""
        red, green, blue = (
            round(part + (to - part) * self.share) for part, to in zip(colour, self.towards, strict=True)
        )
        return red, green, blue

    def draw(self, rng: np.random.Generator) -> tuple[str, Rgb]:
        """A name, and the shade that this collection has for it."""
        if self.plain:
            name = str(rng.choice(colours.PLAIN))
            return name, self.of(colours.jitter(name, rng))
        name, rgb = colours.draw(rng)
        return name, self.of(rgb)


def tone(rng: np.random.Generator, *, pale: float) -> Tone:
    """A collection's tone; ``pale`` is the chance of pastel colours."""
    plain = bool(rng.random() < 0.55)
    if rng.random() < pale:
        return Tone((255, 255, 255), rng.uniform(0.25, 0.68), plain)
    if rng.random() < 0.4:
        return Tone((128, 128, 128), rng.uniform(0.1, 0.4), plain)
    if rng.random() < 0.3:
        return Tone((0, 0, 0), rng.uniform(0.1, 0.35), plain)
    return Tone((128, 128, 128), 0.0, plain)


def backdrop(grid: int, colour: Rgb, texture: str, seed: int) -> Image.Image:
    """A square of ``colour``; what a texture adds is the same for every token of a collection."""
    plane = np.empty((grid, grid, 3), np.float32)
    plane[:] = colour
    if texture != "flat":
        _TEXTURES[texture](plane, np.random.default_rng(seed))
    return Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8))


def _noise(plane: Plane, rng: np.random.Generator) -> None:
    grid = len(plane)
    coarse = rng.normal(0, 10, (max(2, grid // 2), max(2, grid // 2))).astype(np.float32)
    plane += np.asarray(Image.fromarray(coarse).resize((grid, grid), Image.Resampling.NEAREST))[..., None]


def _gradient(plane: Plane, _: np.random.Generator) -> None:
    plane += np.linspace(-35, 35, len(plane), dtype=np.float32)[:, None, None]


def _stars(plane: Plane, rng: np.random.Generator) -> None:
    for y, x in rng.integers(0, len(plane), (max(4, len(plane) // 4), 2)):
        plane[y, x] = 250


def _stripes(plane: Plane, _: np.random.Generator) -> None:
    plane[(np.arange(len(plane)) * 8 // len(plane)) % 2 == 0] += 14


def _half(plane: Plane, _: np.random.Generator) -> None:
    plane[len(plane) // 2 :] -= 22


def _grid(plane: Plane, _: np.random.Generator) -> None:
    plane[:: max(2, len(plane) // 8)] -= 15
    plane[:, :: max(2, len(plane) // 8)] -= 15


_TEXTURES: Mapping[str, Callable[[Plane, np.random.Generator], None]] = {
    "noise": _noise,
    "gradient": _gradient,
    "stars": _stars,
    "stripes": _stripes,
    "half": _half,
    "grid": _grid,
}
