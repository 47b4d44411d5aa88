"""Whether what differs from a token is shown, in that place, by other tokens of its collection. Pure.

A token that has another token's hat is no copy of a third that lacks it: what sets them apart is native to
the collection; what a copyist put there is not. So the difference is covered, piece by piece, with what the
collection's other tokens show; what nobody shows is foreign.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from retrieval.copies.candidates import Pose
from retrieval.copies.laid import Mask, Whole, lay, overlap, unlike
from retrieval.copies.placing import probe
from retrieval.copies.sketches import GRID, Bytes, pixels

if TYPE_CHECKING:
    from PIL.Image import Image

ROUNDS, EACH = 3, 4  # times that others are looked for, and how many each time
_LEAST = 0.1  # of a cell that must differ for it to be looked for elsewhere


def foreign(
    look: "Image",
    pose: Pose,
    differs: Mask,
    rows: Sequence[int],
    sketches: Bytes,
    opened: "Callable[[int], Whole | None]",
) -> Mask:
    """What of ``differs`` (s, s) no token of ``rows`` that was looked at shows there.

    ``sketches`` are of all tokens, by row; ``rows`` are the collection's, but for those not to be asked.
    """
    left = differs.copy()
    seen = probe(pixels(look, 64), pose)
    asked: set[int] = set()
    among = np.asarray(rows)
    for _ in range(ROUNDS):
        weight = _weight(left, pose) * seen.weight
        if not weight.any() or not left.any():
            break
        held = np.flatnonzero(weight)
        apart = np.abs(sketches[np.ix_(among, held)] - seen.target[held]).sum(axis=1)
        for at in np.argsort(apart, kind="stable")[: EACH + len(asked)].tolist():
            token = None if int(among[at]) in asked else opened(int(among[at]))
            asked.add(int(among[at]))
            if token is not None:
                laid = lay(look, token.small, pose, len(left))
                left &= unlike(laid.picture, laid.token)
    return left


def _weight(marks: Mask, pose: Pose) -> np.ndarray:
    """(768,): 1 for the cells of the token's sketch in which much is marked."""
    left, top, right, bottom = overlap(pose.place)[0]
    size = len(marks)
    down, across = np.nonzero(marks)
    rows = ((top + (down + 0.5) / size * (bottom - top)) * GRID).astype(int).clip(0, GRID - 1)
    columns = ((left + (across + 0.5) / size * (right - left)) * GRID).astype(int).clip(0, GRID - 1)
    found = np.zeros((GRID, GRID))
    np.add.at(found, (rows, columns), 1)
    a_cell = max(1.0, size * size / (GRID * GRID) / max((right - left) * (bottom - top), 1e-6))
    return np.repeat((found / a_cell >= _LEAST).ravel(), 3).astype(np.float32)
