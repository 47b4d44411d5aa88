"""What was done to a token's picture that would make it this one, and how much that leaves unexplained. Pure.

Every explanation has a misfit in its own measure, 0 if nothing is left over. Those that let a part of the
picture be anything (words upon it, another background) also ask that this part be foreign to the collections
that look like it (`retrieval.copies.natives`); so do other colours.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.copies import coarse
from retrieval.copies.candidates import Pose
from retrieval.copies.laid import Laid, Mask, unlike
from retrieval.copies.recolouring import applied, recolouring

if TYPE_CHECKING:
    from PIL.Image import Image

Means = Literal["same", "coarse", "recoloured", "background", "written"]
MEANS: tuple[Means, ...] = ("same", "coarse", "recoloured", "background", "written")

_RIM = 2  # pixels beside a background that show neither it nor what is before it
_BEFORE = 0.04  # share of the frame that must be before a background to tell a token by it
_CHANGED = 0.7  # share of the background that must be another
_UPON = 0.25  # share of the frame that a box around words or a badge takes at most
_SPECKS = 0.005  # share of the frame that a palette's or a compression's specks take, wherever they are
_STRAY = 0.02  # share of what differs that may lie above such a box, below, and on either side
_LEAST_COLOURS = 0.02  # share of the frame that other colours change at least
_LOUD = 30.0  # levels by which what is before the background must vary to tell a token by it


class Explanation(NamedTuple):
    """``misfit`` in the measure of its ``means``; ``differs``: what must be foreign, if anything."""

    means: Means
    misfit: float
    differs: Mask | None = None


def explanations(laid: Laid, differs: Mask, behind: Mask) -> list[Explanation]:
    """Every explanation of ``differs`` that is possible at all, but for coarseness.

    All are seen through one frame; ``behind`` (s, s) is the token's background.
    """
    share = float(differs.mean())
    found = [Explanation("same", share)]
    if share <= _SPECKS or spread(differs) <= _UPON:
        found.append(Explanation("written", 0.0, differs))
    before = background_misfit(laid, differs, behind)
    if before is not None:
        found.append(Explanation("background", before, differs & behind))
    if share >= _LEAST_COLOURS:
        colours = colour_misfit(laid)
        if colours is not None:
            found.append(Explanation("recoloured", colours, differs))
    return found


def spread(differs: Mask) -> float:
    """The share of (s, s) that a box around what differs takes, but for strays: what is put on is in a place.

    A sibling, or a picture that lies askew, differs here and there.
    """
    return float(boxed(differs).mean())


def boxed(marks: Mask) -> Mask:
    """(s, s): a box around ``marks``, but for strays, and a rim around it; nothing around nothing."""
    down, across = (_between(marks.sum(axis=axis)) for axis in (1, 0))
    return _grown(np.outer(down, across))


def _between(counts: npt.NDArray[np.int_]) -> Mask:
    """Which of ``counts`` lie between the strays at both ends."""
    gone = np.cumsum(counts)
    stray = _STRAY * float(gone[-1])
    return np.asarray((gone > stray) & (gone - counts < gone[-1] - stray) & (gone[-1] > 0))


def background_misfit(laid: Laid, differs: Mask, behind: Mask) -> float | None:
    """The share of what is before the background that differs; None if it may not be another background."""
    before = ~_grown(behind)
    if not behind.any() or before.mean() < _BEFORE or differs[behind].mean() < _CHANGED:
        return None
    if np.ptp(laid.token[before], axis=0).max() < _LOUD:
        return None
    return float(differs[before].sum() / before.sum())


def colour_misfit(laid: Laid) -> float | None:
    """The share of the frame that differs after the best rule for all colours."""
    found = recolouring(laid)
    if found is None or found.missed > 0.1:
        return None
    return float(unlike(laid.picture, applied(found.rule, laid.token)).mean())


def coarse_misfit(look: "Image", token: "Image", pose: Pose, squares: int) -> Explanation:
    """``token`` is RGB."""
    return Explanation("coarse", coarse.missed(look, token, pose, squares))


def _grown(mask: Mask) -> Mask:
    found = mask.copy()
    for _ in range(_RIM):
        grown = found.copy()
        grown[1:] |= found[:-1]
        grown[:-1] |= found[1:]
        grown[:, 1:] |= found[:, :-1]
        grown[:, :-1] |= found[:, 1:]
        found = grown
    return found
