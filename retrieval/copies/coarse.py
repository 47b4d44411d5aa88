"""Whether a picture is another one made coarse: squares of one colour each, compared one by one. Pure."""

from typing import TYPE_CHECKING

import numpy as np

from retrieval.copies.candidates import Place, Pose, turned
from retrieval.copies.laid import overlap, pixels_of
from retrieval.copies.sketches import Floats
from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

FEWEST, MOST = 8, 64  # squares across
_STEP = 14  # levels by which two squares differ
_SHARE = 0.95  # of all changes of colour that must fall between squares
_NEAR = 10.0  # levels by which a square may differ from the mean of what it covers


def squares_across(look: "Image") -> int | None:
    """How many squares wide ``look`` is; None if it does not consist of squares."""
    levels = np.asarray(on_white(look), np.int16)
    if levels.shape[1] < 2 * FEWEST:
        return None
    changes = (np.abs(np.diff(levels, axis=1)).max(axis=2) > _STEP).sum(axis=0)
    if not changes.any():
        return None
    for squares in range(FEWEST, min(MOST, levels.shape[1] // 2) + 1):
        ends = np.round(np.arange(1, squares) * levels.shape[1] / squares).astype(int)
        near = np.unique(np.clip(np.concatenate([ends - 2, ends - 1, ends]), 0, len(changes) - 1))
        if changes[near].sum() >= _SHARE * changes.sum() and len(near) < 0.7 * len(changes):
            return squares
    return None


def missed(look: "Image", token: "Image", pose: Pose, squares: int) -> float:
    """The share of squares that are not the mean of what they cover on ``token``, an RGB picture."""
    down = max(1, round(squares * look.height / look.width))
    seen = turned(_middles(look, squares, down), pose.turn)
    on_token, _ = overlap(pose.place)
    box = pixels_of(on_token, token)
    return min(
        float((np.abs(seen - _scaled(token, seen.shape, box, how)).max(axis=2) > _NEAR).mean())
        for how in ("BOX", "BILINEAR", "BICUBIC", "NEAREST")
    )


def _middles(look: "Image", squares: int, down: int) -> Floats:
    """(down, squares, 3): the colour in the middle of each square."""
    levels = np.asarray(on_white(look), np.float32)
    rows = ((np.arange(down) + 0.5) * levels.shape[0] / down).astype(int)
    columns = ((np.arange(squares) + 0.5) * levels.shape[1] / squares).astype(int)
    return levels[np.ix_(rows, columns)]


def _scaled(token: "Image", shape: tuple[int, ...], box: Place, how: str) -> Floats:
    from PIL import Image as Pillow

    small = token.resize((shape[1], shape[0]), Pillow.Resampling[how], box)
    return np.asarray(small, np.float32)
