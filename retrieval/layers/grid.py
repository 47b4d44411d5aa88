"""The grid that pixel art was drawn on, and pictures read at that grid. Pure, but for Pillow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]

COARSEST, FINEST = 8, 128  # cells across: what is not drawn on a grid is read ``FINEST`` wide
_JITTER = 1  # pixels by which enlarging twice may move the border of a cell
_SMALL_CELL = 6  # pixels: in smaller cells that jitter would let any picture pass


def cells_across(pictures: Sequence[Pixels]) -> int:
    """How many cells wide the (h, w, 4) pictures, all of one size, were drawn; `FINEST` if on no grid.

    The coarsest grid on which every change of colour, in every picture, falls on the border of a cell.
    """
    height, width = pictures[0].shape[:2]
    across, down = np.zeros(width - 1, bool), np.zeros(height - 1, bool)
    for picture in pictures:
        seen = picture.copy()
        seen[picture[..., 3] == 0] = 0
        across |= (seen[:, 1:] != seen[:, :-1]).any(axis=(0, 2))
        down |= (seen[1:] != seen[:-1]).any(axis=(1, 2))
    if not across.any():
        return FINEST
    for cells in range(COARSEST, min(FINEST, width) + 1):
        rows = max(1, round(cells * height / width))
        if not (across & ~_borders(cells, width)).any() and not (down & ~_borders(rows, height)).any():
            return cells
    return FINEST


def _borders(cells: int, length: int) -> npt.NDArray[np.bool_]:
    """(length - 1,): whether a cell may end between pixel i and pixel i + 1."""
    jitter = _JITTER if length / cells >= _SMALL_CELL else 0
    nearest = ((np.arange(length) + 0.5) * cells / length).astype(np.int64)
    ends = np.flatnonzero(np.diff(nearest))
    borders = np.zeros(length - 1, bool)
    for offset in range(-jitter, jitter + 1):
        borders[np.clip(ends + offset, 0, length - 2)] = True
    return borders


def read_at(image: "Image", cells: int) -> Pixels:
    """(rows, cells, 4) RGBA: the colour in the middle of each cell, so that no two colours are mixed."""
    from PIL import Image as Pillow

    size = cells, max(1, round(image.height * cells / image.width))
    return np.array(image.convert("RGBA").resize(size, Pillow.Resampling.NEAREST))
