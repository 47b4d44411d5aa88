"""Sketches: what is kept of a picture to find it again among many, whatever encoder is in use. Pure.

A sketch is coarse: it says which few of many pictures are worth laying over the one in question.
Colours find what was framed, mirrored, written upon or made coarse; edges find what was recoloured.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.int16]
Box = tuple[float, float, float, float]

GRID = 16  # cells a side
COLOURS = GRID * GRID * 3  # first in a sketch
LENGTH = COLOURS + GRID * GRID * 2  # then edges: across and down
VERSION = 2  # bump when a sketch changes, or what is kept beside it
_FINE = 4 * GRID  # pixels a side in which edges are seen
_EDGE = 24  # levels from which two neighbours differ


def sketch(picture: "Image") -> Bytes:
    """(`LENGTH`,) of a picture of any mode and size: mean colours of its cells on white, then their edges."""
    return sketch_of(pixels(picture, _FINE))


def pixel_digest(picture: "Image") -> str:
    """The same for pictures of any mode that show the same pixels on white, and for no others."""
    flat = on_white(picture)
    return sha256(f"{flat.size}".encode() + flat.tobytes()).hexdigest()


def sketch_of(levels: Levels) -> Bytes:
    """(`LENGTH`,) of (64, 64, 3) levels."""
    cells = levels.reshape(GRID, 4, GRID, 4, 3).mean(axis=(1, 3))
    return np.concatenate([np.rint(cells).astype(np.uint8).ravel(), _edges(levels)])


def pixels(picture: "Image", side: int, box: Box | None = None) -> Levels:
    """(side, side, 3) levels of the whole picture, or of a box in its pixels, on white, by area."""
    from PIL import Image as Pillow

    plain = (
        picture
        if picture.mode == "RGB"
        else picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    )
    if plain.mode == "RGB":
        return np.asarray(plain.resize((side, side), Pillow.Resampling.BOX, box), np.int16)
    return np.asarray(on_white(plain.resize((side, side), Pillow.Resampling.BOX, box)), np.int16)


def _edges(levels: Levels) -> Bytes:
    """(2 * 256,): the share of each cell's pixels unlike their right, then their lower, neighbours."""
    found = np.zeros((2, _FINE, _FINE), np.float32)
    found[0, :, :-1] = np.abs(np.diff(levels, axis=1)).max(axis=2) > _EDGE
    found[1, :-1] = np.abs(np.diff(levels, axis=0)).max(axis=2) > _EDGE
    cells = found.reshape(2, GRID, 4, GRID, 4).mean(axis=(2, 4))
    return np.asarray(np.rint(cells * 255), np.uint8).ravel()
