"""Where a cut-out, or a picture with something around it, lies on a token: coarse to fine. Pure.

A sketch tells a place to about a twentieth of a side, on any token at once; on the pictures of the tokens
that it lies on best, the place is then moved until they agree.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retrieval.copies.candidates import (
    WHOLE,
    Place,
    Pose,
    Probe,
    turned,
)
from retrieval.copies.laid import overlap
from retrieval.copies.sketches import COLOURS, GRID, Floats, Levels, pixels

if TYPE_CHECKING:
    from PIL.Image import Image

_SIDES = (0.62, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)  # shares of a token's sides that a cut-out shows
_STEP = 0.0625  # by which its place is moved
_FRAME = 48  # pixels a side in which a place is made fine
STEPS = (1 / 32, 1 / 64, 1 / 128, 1 / 256, 1 / 512)
_INSIDE = 0.99  # of a cell that must be covered to be compared


def cut_probes(look: Levels, number: int, turns: Sequence[int] = (0, 4)) -> list[Probe]:
    """``look``, (64, 64, 3), as a cut-out of a token, wherever it may lie."""
    return [probe(look, Pose(number, turn, place)) for turn in turns for place in _places() if place != WHOLE]


def probe(look: Levels, pose: Pose) -> Probe:
    """The colours of a look (64, 64, 3) at its place; cells that it does not cover have no weight."""
    left, top, width, height = pose.place
    seen = np.asarray(turned(look, pose.turn), np.float32)
    down, across = (_weights(start, size, len(seen)) for start, size in ((top, height), (left, width)))
    colours = np.tensordot(np.tensordot(down, seen, 1), across, (1, 1)).transpose(0, 2, 1)
    covered = np.outer(down.sum(axis=1) >= _INSIDE, across.sum(axis=1) >= _INSIDE)
    weight = np.repeat(covered.ravel(), 3).astype(np.float32)
    return Probe(pose, colours.reshape(COLOURS).astype(np.float32), weight)


def settled(look: "Image", token: "Image", pose: Pose, steps: Sequence[float] = STEPS) -> tuple[float, Pose]:
    """How much ``look`` differs from ``token``, in levels, at the best place near ``pose``; and where."""
    whole = pixels(token, 3 * _FRAME)
    seen = np.asarray(turned(pixels(look, _FRAME), pose.turn), np.float32)
    place, least = pose.place, _apart(seen, whole, pose.place)
    for step in steps:
        better = True
        while better:
            tried = min((_apart(seen, whole, near), near) for near in _moved(place, step))
            better = tried[0] < least - 1e-6
            if better:
                least, place = tried
    return least, pose._replace(place=place)


def _apart(seen: Floats, whole: Levels, place: Place) -> float:
    """Mean difference of what both show at ``place``; a pixel counts for at most 64 levels."""
    on_token, on_look = overlap(place)
    if min(on_token[2] - on_token[0], on_token[3] - on_token[1]) < 0.4:
        return np.inf
    shown = _sampled(whole, on_token)
    own = seen if on_look == (0.0, 0.0, 1.0, 1.0) else _sampled(seen, on_look)
    return float(np.minimum(np.abs(own - shown).max(axis=2), 64).mean())


def _sampled(levels: "Levels | Floats", box: Place) -> Floats:
    """(48, 48, 3) of what is in a box of shares, linear between pixels."""
    height, width = levels.shape[:2]
    down = _linear(box[1], box[3], height)
    across = _linear(box[0], box[2], width)
    rows = levels[down[0]] * down[2][:, None, None] + levels[down[1]] * (1 - down[2])[:, None, None]
    mixed = (
        rows[:, across[0]] * across[2][None, :, None] + rows[:, across[1]] * (1 - across[2])[None, :, None]
    )
    return np.asarray(mixed, np.float32)


def _linear(start: float, end: float, length: int) -> tuple[np.ndarray, np.ndarray, Floats]:
    at = np.clip((start + (end - start) * (np.arange(_FRAME) + 0.5) / _FRAME) * length - 0.5, 0, length - 1)
    low = np.floor(at).astype(int)
    return low, np.minimum(low + 1, length - 1), (1 - (at - low)).astype(np.float32)


def _moved(place: Place, step: float) -> Iterator[Place]:
    left, top, width, height = place
    for way in (-step, step):
        yield left + way, top, width, height
        yield left, top + way, width, height
        for fixed in (0, 0.5, 1):  # of the place, while it grows: its start, its middle, its end
            tall = way * height / width
            yield left - way * fixed, top - tall * fixed, width + way, height + tall


def _places() -> Iterator[Place]:
    for side in _SIDES:
        starts = np.linspace(0, 1 - side, max(2, round((1 - side) / _STEP) + 1))
        for left in starts.tolist():
            for top in starts.tolist():
                yield left, top, side, side


@lru_cache(1024)
def _weights(start: float, size: float, length: int) -> Floats:
    """(16, length): how each pixel along one side adds to the mean of each cell that the look lies on."""
    ends = start + size * np.arange(length + 1) / length
    cells = np.arange(GRID + 1) / GRID
    shared = np.minimum(ends[None, 1:], cells[1:, None]) - np.maximum(ends[None, :-1], cells[:-1, None])
    return np.asarray(np.clip(shared, 0, None) * GRID, np.float32)
