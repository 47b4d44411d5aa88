"""A small canvas addressed in shares of its side, so that one drawing fits any grid; and named paints."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Rgb = tuple[int, int, int]
Point = tuple[float, float]
Pixels = npt.NDArray[np.uint8]

BLACK: Rgb = (22, 20, 24)
WHITE: Rgb = (250, 250, 250)
GOLD: Rgb = (240, 190, 40)
RED: Rgb = (220, 40, 40)
CYAN: Rgb = (40, 190, 220)
SILVER: Rgb = (190, 195, 205)


def shade(colour: Rgb, by: float) -> Rgb:
    """``colour`` towards black (``by`` < 0) or white (``by`` > 0), by that share."""
    to = 255 if by > 0 else 0
    red, green, blue = (round(part + (to - part) * abs(by)) for part in colour)
    return red, green, blue


@dataclass
class Canvas:
    """RGBA, ``grid`` x ``grid``, empty at first. x runs right and y down, both from 0 to 1.

    Shapes are filled; ``line`` adds the canvas's ``outline`` around them, where it has one.
    """

    grid: int
    outline: Rgb | None = None
    image: Image.Image = field(init=False)
    _pen: ImageDraw.ImageDraw = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._show(Image.new("RGBA", (self.grid, self.grid), (0, 0, 0, 0)))

    def _show(self, image: Image.Image) -> None:
        self.image, self._pen = image, ImageDraw.Draw(image)

    def _at(self, share: float) -> int:
        return round(share * self.grid)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """Pixels, both ends included; never thinner than one."""
        x, y = self._at(left), self._at(top)
        return x, y, max(x, self._at(right) - 1), max(y, self._at(bottom) - 1)

    def ellipse(self, centre: Point, radii: Point, colour: Rgb, *, line: bool = True) -> None:
        (x, y), (rx, ry) = centre, radii
        box = self._box(x - rx, y - ry, x + rx, y + ry)
        self._pen.ellipse(box, fill=colour, outline=self.outline if line else None)

    def dot(self, centre: Point, radius: float, colour: Rgb) -> None:
        """A circle without an outline."""
        self.ellipse(centre, (radius, radius), colour, line=False)

    def box(
        self, one: float, top: float, other: float, bottom: float, colour: Rgb, *, line: bool = True
    ) -> None:
        """A rectangle between two sides, ``one`` and ``other``, in either order."""
        outline = self.outline if line else None
        corners = self._box(min(one, other), top, max(one, other), bottom)
        self._pen.rectangle(corners, fill=colour, outline=outline)

    def round_box(self, left: float, top: float, right: float, bottom: float, by: float, colour: Rgb) -> None:
        """A rectangle whose corners are rounded by the radius ``by``, or by as much as fits."""
        box = self._box(left, top, right, bottom)
        most = min(box[2] - box[0], box[3] - box[1]) // 2
        self._pen.rounded_rectangle(box, min(self._at(by), most), fill=colour, outline=self.outline)

    def polygon(self, points: Sequence[Point], colour: Rgb, *, line: bool = True) -> None:
        outline = self.outline if line else None
        self._pen.polygon([(self._at(x), self._at(y)) for x, y in points], fill=colour, outline=outline)

    def line(self, points: Sequence[Point], colour: Rgb, width: float = 0.02) -> None:
        thick = max(1, self._at(width))
        self._pen.line([(self._at(x), self._at(y)) for x, y in points], fill=colour, width=thick)

    def arc(
        self, centre: Point, radii: Point, span: tuple[float, float], colour: Rgb, width: float = 0.02
    ) -> None:
        """A part of an ellipse's rim, ``span`` in degrees clockwise from three o'clock."""
        (x, y), (rx, ry) = centre, radii
        box = self._box(x - rx, y - ry, x + rx, y + ry)
        self._pen.arc(box, *span, fill=colour, width=max(1, self._at(width)))

    def paste(self, picture: Image.Image, centre: Point, width: float, height: float) -> None:
        """An RGBA picture, shrunk by area, its middle at ``centre``; what falls outside is cut off."""
        size = max(1, self._at(width)), max(1, self._at(height))
        layer = Image.new("RGBA", self.image.size, (0, 0, 0, 0))
        small = picture.resize(size, Image.Resampling.BOX)
        layer.paste(small, (self._at(centre[0]) - size[0] // 2, self._at(centre[1]) - size[1] // 2))
        self.image.alpha_composite(layer)

    def lit(self, depth: float, grain: float, seed: int) -> None:
        """Darken what is drawn towards its foot by ``depth``, and add the same ``grain`` to every picture."""
        pixels = np.array(self.image).astype(np.float32)
        fall = 1 - depth * np.linspace(0, 1, self.grid, dtype=np.float32)[:, None, None]
        noise = np.random.default_rng(seed).normal(0, 1, (self.grid, self.grid, 1)).astype(np.float32)
        pixels[..., :3] = np.clip(pixels[..., :3] * fall + grain * noise, 0, 255)
        self._show(Image.fromarray(pixels.astype(np.uint8)))

    def shadow(self, side: int, share: float, depth: float) -> None:
        """Darken what is drawn, but not the emptiness, on the left (-1) or the right (1) ``share``."""
        pixels = np.array(self.image)
        edge = round(self.grid * share)
        columns = slice(0, edge) if side < 0 else slice(self.grid - edge, self.grid)
        pixels[:, columns, :3] = (pixels[:, columns, :3] * (1 - depth)).astype(np.uint8)
        self._show(Image.fromarray(pixels))

    def over(self, below: Image.Image) -> None:
        """Put ``below``, of the same size, under what is drawn."""
        merged = below.convert("RGBA")
        merged.alpha_composite(self.image)
        self._show(merged)

    def pixels(self, size: int) -> Pixels:
        """(size, size, 4), enlarged without smoothing or shrunk by area."""
        how = Image.Resampling.NEAREST if self.grid <= size else Image.Resampling.BOX
        return np.asarray(self.image.resize((size, size), how))
