"""A picture laid upon a token's: both seen through one frame, and where they differ. Pure."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.copies.background import background
from retrieval.copies.candidates import Place, Pose, turned
from retrieval.copies.sketches import Levels, pixels
from retrieval.views import on_white

if TYPE_CHECKING:
    from PIL.Image import Image

Mask = npt.NDArray[np.bool_]
FINEST, COARSEST = 128, 16  # pixels a side of the frame
SMALL = 256  # pixels a side of what is laid
UNLIKE = 18  # levels beyond what a pixel's neighbours show, from which it is another
_MOST_OF = 5  # of the nine pixels around one that must be unlike for it to count: thin lines are noise


class Laid(NamedTuple):
    """``picture`` and ``token``, (s, s, 3), through one frame."""

    picture: Levels
    token: Levels


class Whole(NamedTuple):
    """A token's picture made ready: on white, ``picture`` as large as it is, ``small`` to be laid under.

    ``behind`` (256, 256) is its background.
    """

    picture: "Image"
    small: "Image"
    behind: Mask


def whole(picture: "Image") -> Whole:
    """A token's picture, of any mode."""
    flat = on_white(picture)
    return Whole(flat, shrunk(flat), background(picture, SMALL))


def shrunk(flat: "Image") -> "Image":
    """An RGB picture of at most 256 pixels a side."""
    from PIL import Image as Pillow

    if max(flat.size) <= SMALL:
        return flat
    small = flat.copy()
    small.thumbnail((SMALL, SMALL), Pillow.Resampling.BOX)
    return small


def frame_side(look: "Image") -> int:
    """How many pixels a side can be told of ``look``."""
    return int(np.clip(min(look.size), COARSEST, FINEST))


def lay(look: "Image", token: "Image", pose: Pose, side: int) -> Laid:
    """``look`` turned and placed upon ``token`` by ``pose``, in a frame of what both show. Both are RGB."""
    on_token, on_look = overlap(pose.place)
    # The look is turned after it was scaled, so the box is turned back before.
    seen = turned(pixels(look, side, pixels_of(_turned_back(on_look, pose.turn), look)), pose.turn)
    box = pixels_of(on_token, token)
    return Laid(seen, pixels(token, side, box))


def behind(token: Whole, pose: Pose, side: int) -> Mask:
    """(side, side): the token's background, through the frame of a look."""
    return _part(token.behind, overlap(pose.place)[0], side)


def overlap(place: Place) -> tuple[Place, Place]:
    """What a look at ``place`` shows of a token, and of itself: left, top, right, bottom, in shares."""
    left, top, width, height = place
    on_token = max(0.0, left), max(0.0, top), min(1.0, left + width), min(1.0, top + height)
    on_look = (
        (on_token[0] - left) / width,
        (on_token[1] - top) / height,
        (on_token[2] - left) / width,
        (on_token[3] - top) / height,
    )
    return on_token, on_look


def unlike(one: Levels, other: Levels) -> Mask:
    """(s, s): where neither shows what the other shows there or right beside it, but for single pixels."""
    apart = np.maximum(_beyond(one, other), _beyond(other, one)) > UNLIKE
    return mostly(apart)


def mostly(marks: Mask) -> Mask:
    """Those of ``marks`` (h, w) around which most are marked."""
    padded = np.pad(marks.astype(np.int8), 1, mode="edge")
    height, width = marks.shape
    around = sum(padded[dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3))
    return marks & (np.asarray(around) >= _MOST_OF)


def _beyond(one: Levels, other: Levels) -> npt.NDArray[np.int16]:
    """(s, s): by how many levels ``one`` lies outside of what ``other`` shows within a pixel."""
    least, most = reach(other)
    return np.asarray(np.maximum(one - most, least - one).max(axis=2))


def reach(levels: Levels) -> tuple[Levels, Levels]:
    """The least and the most of each channel within a pixel of each pixel."""
    padded = np.pad(levels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = [padded[at : at + levels.shape[0]] for at in range(3)]
    least, most = np.minimum.reduce(rows), np.maximum.reduce(rows)
    width = levels.shape[1]
    return (
        np.minimum.reduce([least[:, at : at + width] for at in range(3)]),
        np.maximum.reduce([most[:, at : at + width] for at in range(3)]),
    )


def _turned_back(box: Place, turn: int) -> Place:
    """Where a box of the turned look lies in the look as it was."""
    left, top, right, bottom = box
    for _ in range(turn % 4):  # a quarter to the right
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return (1 - right, top, 1 - left, bottom) if turn >= 4 else (left, top, right, bottom)


def pixels_of(box: Place, picture: "Image") -> Place:
    left, top, right, bottom = (min(max(end, 0.0), 1.0) for end in box)
    return left * picture.width, top * picture.height, right * picture.width, bottom * picture.height


def _part(mask: Mask, box: Place, side: int) -> Mask:
    """(side, side) of what (s, s) shows in a box of shares."""
    size = len(mask)
    down = ((box[1] + (box[3] - box[1]) * (np.arange(side) + 0.5) / side) * size).astype(int)
    across = ((box[0] + (box[2] - box[0]) * (np.arange(side) + 0.5) / side) * size).astype(int)
    return np.asarray(mask[np.ix_(down.clip(0, size - 1), across.clip(0, size - 1))])
