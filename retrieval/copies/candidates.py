"""Which tokens a picture may be a copy of: the nearest sketches, however it was turned. Pure."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from retrieval.copies.background import flooded
from retrieval.copies.sketches import COLOURS, GRID, Bytes, Floats, Levels, sketch_of

TURNS = 8  # as it is, turned by quarters, and the same mirrored
WHOLE = (0.0, 0.0, 1.0, 1.0)
_CHUNK = 4096  # sketches compared at a time
_POOLED = 256  # rows that are compared cell by cell
_MOST = 0.95  # share of a cell that must be before the background, or within the picture, to count
_FEW = 12  # cells: fewer say nothing

_MIDDLES = ((4, 14, 5), (6, 16, 5), (5, 13, 4), (8, 16, 4))  # first and last rows of cells, from both sides

Place = tuple[float, float, float, float]  # left, top, width, height, in shares of the token's sides


class Pose(NamedTuple):
    """How a look lies on a token: turned so, and over this part of it."""

    look: int
    turn: int = 0
    place: Place = WHOLE


class Candidate(NamedTuple):
    """A token's row, and how the picture would lie on it."""

    row: int
    pose: Pose


class Probe(NamedTuple):
    """What sketches are compared with: ``target`` (d,), where ``weight`` (d,) is not 0."""

    pose: Pose
    target: Floats
    weight: Floats


def turned(levels: npt.NDArray[Any], turn: int) -> npt.NDArray[Any]:
    """(h, w, ...) turned by ``turn`` % 4 quarters to the left; from 4 on, mirrored before."""
    return np.rot90(levels[:, ::-1] if turn >= 4 else levels, turn % 4)


def turned_back(levels: npt.NDArray[Any], turn: int) -> npt.NDArray[Any]:
    """What `turned` by ``turn`` gives ``levels``."""
    upright = np.rot90(levels, -(turn % 4))
    return upright[:, ::-1] if turn >= 4 else upright


def whole_probes(looks: Sequence[Levels]) -> list[list[Probe]]:
    """By colours, by those before the background, by edges: ``looks`` (64, 64, 3) in all turns; by middles.

    Where a background has many colours, what is before it is not told from it, but is mostly in the middle.
    """
    families: list[list[Probe]] = [[], [], [], []]
    for number, look in enumerate(looks):
        before = ~flooded(look)
        for turn in range(TURNS):
            pose = Pose(number, turn)
            found = sketch_of(turned(look, turn)).astype(np.float32)
            colours = found[:COLOURS]
            families[0].append(Probe(pose, colours, np.ones(COLOURS, np.float32)))
            shown = cells(turned(before, turn)) >= _MOST
            if _FEW <= shown.sum() < shown.size:
                families[1].append(Probe(pose, colours, np.repeat(shown.ravel(), 3).astype(np.float32)))
            if found[COLOURS:].any():
                families[2].append(Probe(pose, found[COLOURS:], np.ones(len(found) - COLOURS, np.float32)))
    if looks:
        upright = sketch_of(looks[0])[:COLOURS].astype(np.float32)
        families[3] = [Probe(Pose(0), upright, weight) for weight in _middles()]
    return families


@cache
def _middles() -> list[Floats]:
    """Weights of a sketch's colours in some middles."""
    found = np.zeros((len(_MIDDLES), GRID, GRID, 3), np.float32)
    for weight, (top, bottom, side) in zip(found, _MIDDLES, strict=True):
        weight[top:bottom, side : GRID - side] = 1
    return list(found.reshape(len(_MIDDLES), -1))


def cells(mask: npt.NDArray[np.generic]) -> Floats:
    """(16, 16): the share of each cell of (64, 64) that is marked."""
    return np.asarray(mask.reshape(GRID, 4, GRID, 4).mean(axis=(1, 3)), np.float32)


def nearest(sketches: Bytes, pooled: "Pooled", probes: Sequence[Probe], k: int) -> list[Candidate]:
    """The ``k`` nearest rows of all probes together, nearest first, each with its best probe.

    All probes compare colours, or all compare edges. Rows are chosen by ``pooled`` sketches, then ordered.
    """
    if not probes or not len(sketches):
        return []
    rows = np.arange(len(sketches))
    if len(rows) > _POOLED:
        apart = pooled.least(probes)
        rows = np.sort(np.argpartition(apart, _POOLED)[:_POOLED])
    apart = distances(sketches[rows], probes)
    best = apart.argmin(axis=1)
    order = np.argsort(apart[np.arange(len(best)), best], kind="stable")[:k]
    return [Candidate(int(rows[at]), probes[best[at]].pose) for at in order]


def distances(sketches: Bytes, probes: Sequence[Probe]) -> Floats:
    """(n, p): mean squared difference in levels of each sketch from each probe, where that has weight."""
    part = slice(None, COLOURS) if len(probes[0].target) == COLOURS else slice(COLOURS, None)
    targets = np.stack([probe.target for probe in probes], axis=1)
    weights = np.stack([probe.weight for probe in probes], axis=1)
    return _apart(sketches[:, part].astype(np.float32), targets, weights)


class Pooled:
    """Sketches of half as many cells a side, as floats: a quarter of the numbers to compare."""

    def __init__(self, sketches: Bytes) -> None:
        self._colours = np.empty((len(sketches), COLOURS // 4), np.float32)
        self._edges = np.empty((len(sketches), (sketches.shape[1] - COLOURS) // 4), np.float32)
        for start in range(0, len(sketches), _CHUNK):
            some = sketches[start : start + _CHUNK].astype(np.float32)
            self._colours[start : start + _CHUNK] = pooled_colours(some[:, :COLOURS])
            self._edges[start : start + _CHUNK] = pooled_edges(some[:, COLOURS:])

    def least(self, probes: Sequence[Probe]) -> Floats:
        """(n,): the least of `distances`, by the halved cells that a probe has weight in altogether."""
        colours = len(probes[0].target) == COLOURS
        held, pool = (self._colours, pooled_colours) if colours else (self._edges, pooled_edges)
        targets = pool(np.stack([probe.target for probe in probes])).T
        weights = (pool(np.stack([probe.weight for probe in probes])).T >= 1).astype(np.float32)
        found = np.empty(len(held), np.float32)
        for start in range(0, len(held), _CHUNK):
            found[start : start + _CHUNK] = _apart(held[start : start + _CHUNK], targets, weights).min(axis=1)
        return found


def pooled_colours(colours: Floats) -> Floats:
    """(n, 192) of (n, 768)."""
    half = GRID // 2
    return np.asarray(colours.reshape(-1, half, 2, half, 2, 3).mean(axis=(2, 4)).reshape(len(colours), -1))


def pooled_edges(edges: Floats) -> Floats:
    """(n, 128) of (n, 512)."""
    half = GRID // 2
    return np.asarray(edges.reshape(-1, 2, half, 2, half, 2).mean(axis=(3, 5)).reshape(len(edges), -1))


def _apart(held: Floats, targets: Floats, weights: Floats) -> Floats:
    """(n, p) from (n, d), and (d, p) twice; infinite where a probe has no weight."""
    total, own = weights.sum(axis=0), (weights * targets * targets).sum(axis=0)
    squares = held * held
    sums = squares.sum(axis=1)[:, None] if weights.all() else squares @ weights
    found = sums + held @ (-2 * weights * targets) + own
    return np.asarray(np.divide(found, total, out=np.full_like(found, np.inf), where=total > 0))
