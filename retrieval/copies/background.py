"""What of a picture is its background: transparent, or of one run of colours with an edge of it. Pure."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

Mask = npt.NDArray[np.bool_]
_OPAQUE = 128  # alpha from which a pixel belongs to what is shown
_STEP = 10  # levels by which neighbours of one background differ, as in a gradient
_ROUNDS = 64  # a background winds around what is before it at most so often


def background(picture: "Image", side: int) -> Mask:
    """(side, side): where ``picture``, of any mode, scaled to a square, shows its background."""
    from PIL import Image as Pillow

    if picture.has_transparency_data:
        alpha = picture.convert("RGBA").getchannel("A").resize((side, side), Pillow.Resampling.BOX)
        clear = np.asarray(alpha) < _OPAQUE
        if clear.any():
            return clear
    levels = np.asarray(on_white(picture).resize((side, side), Pillow.Resampling.BOX), np.int16)
    return flooded(levels)


def flooded(levels: npt.NDArray[np.int16]) -> Mask:
    """(h, w): what of (h, w, 3) is reached from the left, upper and right edge in steps of nearly one colour.

    Not from the lower edge: bodies stand on it.
    """
    across = np.abs(np.diff(levels, axis=1)).max(axis=2) <= _STEP
    down = np.abs(np.diff(levels, axis=0)).max(axis=2) <= _STEP
    reached = _seeds(levels)
    for _ in range(_ROUNDS):
        before = int(reached.sum())
        for turned in (False, True):
            reached = _swept(reached, across, down, back=turned)
        if int(reached.sum()) == before:
            break
    return reached


def _seeds(levels: npt.NDArray[np.int16]) -> Mask:
    """The pixels of the left, upper and right edge that show the colour of most of them, or of a corner."""
    height, width = levels.shape[:2]
    edge = np.zeros((height, width), bool)
    edge[0] = edge[: height // 2, 0] = edge[: height // 2, -1] = True
    common = np.median(levels[edge], axis=0)
    corners = np.stack([common, levels[0, 0], levels[0, -1]])
    near = np.abs(levels[:, :, None].astype(np.float32) - corners).max(axis=3).min(axis=2) <= 2 * _STEP
    return np.asarray(edge & near)


def _swept(reached: Mask, across: Mask, down: Mask, *, back: bool) -> Mask:
    """``reached`` carried on row by row and column by column, forwards or ``back``."""
    found = reached.copy()
    height, width = found.shape
    rows = range(height - 2, -1, -1) if back else range(1, height)
    for row in rows:
        before, gate = (row + 1, row) if back else (row - 1, row - 1)
        found[row] |= found[before] & down[gate]
    columns = range(width - 2, -1, -1) if back else range(1, width)
    for column in columns:
        before, gate = (column + 1, column) if back else (column - 1, column - 1)
        found[:, column] |= found[:, before] & across[:, gate]
    return found
