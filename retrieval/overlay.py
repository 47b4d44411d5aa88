"""A second look at pictures that look alike: laid over one another, and compared pixel by pixel.

Vectors find what a cut-out is of, not which of a thousand near-identical tokens it was cut from. Where it
lies in its original is found on the likeliest tokens, coarse to fine, for all at once: the pictures of a
collection share their layout. Where the pixels then agree with no token, as after a change of colours, the
vectors decide.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from magpie.domain import TokenRef
from retrieval.views import inside_margins, on_white

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 50  # tokens that are looked at again
AGREE = 8.0  # mean levels, of 255, by which a picture may differ from its own token's
_LIKELIEST = 5  # tokens on which the place is found
_COARSE, _FINE = 32, 96  # pixels a side at which pictures are compared
_SMALLEST = 0.6  # share of each side that a cut-out has kept
_STEPS = (1 / 48, 1 / 96, 1 / 192, 1 / 384)  # of a side, by which a place is moved, then moved again
_FLOOR = 0.99  # the score above which the tokens stand whose pixels agree

Levels = npt.NDArray[np.float32]
Ranking = list[tuple[TokenRef, float]]


class Place(NamedTuple):
    """Where a cut-out lies in a whole: left and upper edge and side, as shares of the whole's sides."""

    left: float
    top: float
    side: float

    def moved(self, step: float) -> "Iterable[Place]":
        """Every place a step away in any direction or size that still lies within the whole."""
        for side in (self.side, self.side - step, self.side + step):
            for left in (self.left - step, self.left, self.left + step):
                for top in (self.top - step, self.top, self.top + step):
                    place = Place(max(0.0, left), max(0.0, top), min(side, 1.0))
                    if side > 0 and max(place.left, place.top) + place.side <= 1 + 1e-9:
                        yield place


def known_first(ranking: Ranking, known: Sequence[TokenRef]) -> Ranking:
    """``ranking`` with ``known`` before all others, whether in it or not, as near as the nearest."""
    nearest = max((score for _, score in ranking), default=1.0)
    return [(ref, nearest) for ref in known] + [pair for pair in ranking if pair[0] not in set(known)]


def second_look(picture: "Image", ranking: Ranking, opened: Callable[[TokenRef], "Image | None"]) -> Ranking:
    """``ranking``, best first, with the first `MOST` tokens in order of how well their pixels agree.

    Tokens that agree within `AGREE` levels come first, the best first, with scores from .99 to 1; the others
    keep their order, and score at most .99. ``opened`` gives a token's picture, None if it cannot be read.
    """
    candidates = [(at, seen) for at, (ref, _) in enumerate(ranking[:MOST]) if (seen := opened(ref))]
    if not candidates:
        return ranking
    found = differences(picture, [on_white(seen) for _, seen in candidates])
    agreeing = sorted(
        (difference, at)
        for (at, _), difference in zip(candidates, found.tolist(), strict=True)
        if difference <= AGREE
    )
    if not agreeing:
        return ranking
    first = [(ranking[at][0], 1 - (1 - _FLOOR) * difference / AGREE) for difference, at in agreeing]
    taken = {at for _, at in agreeing}
    return first + [(ref, min(score, _FLOOR)) for at, (ref, score) in enumerate(ranking) if at not in taken]


def differences(picture: "Image", wholes: "Sequence[Image]") -> npt.NDArray[np.float64]:
    """(n,): mean difference in levels of ``picture``, at its best place, from each of ``wholes``, all RGB.

    The likeliest whole comes first. The picture is tried as it is, without margins, and mirrored.
    """
    from PIL import ImageOps

    looks = [on_white(picture)]
    looks += [looks[0].crop(box) for box in dict.fromkeys(inside_margins(picture))]
    looks += [ImageOps.mirror(look) for look in looks]
    likeliest = wholes[:_LIKELIEST]
    small = np.stack([_levels(whole, _COARSE) for whole in likeliest])
    tried = [(*_coarse_place(look, small), look) for look in looks]
    _, nearest, place, look = min(tried, key=lambda one: one[0])
    fine = _levels(look, _FINE)
    place = _fine_place(fine, likeliest[nearest], place)
    return np.array([_difference(fine, whole, place) for whole in wholes])


def _coarse_place(look: "Image", wholes: Levels) -> tuple[float, int, Place]:
    """The least difference from any of (n, s, s, 3), from which one, and where."""
    found = (np.inf, 0, Place(0.0, 0.0, 1.0))
    size = wholes.shape[1]
    for side in range(size, int(size * _SMALLEST) - 1, -1):
        windows = np.lib.stride_tricks.sliding_window_view(wholes, (side, side), axis=(1, 2))
        apart = np.abs(windows - _levels(look, side).transpose(2, 0, 1)).mean(axis=(3, 4, 5))
        at, top, left = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[at, top, left] < found[0]:
            place = Place(int(left) / size, int(top) / size, side / size)
            found = (float(apart[at, top, left]), int(at), place)
    return found


def _fine_place(look: Levels, whole: "Image", place: Place) -> Place:
    """The place near ``place`` where ``look`` (s, s, 3) differs least from ``whole``."""
    least = _difference(look, whole, place)
    for step in _STEPS:
        better = True
        while better:
            tried = min((_difference(look, whole, near), near) for near in place.moved(step))
            better = tried[0] < least
            if better:
                least, place = tried
    return place


def _difference(look: Levels, whole: "Image", place: Place) -> float:
    """Mean absolute difference, in levels, of ``look`` from what ``whole`` shows at ``place``."""
    width, height = whole.size
    right, lower = (min(1.0, start + place.side) for start in (place.left, place.top))
    box = (place.left * width, place.top * height, right * width, lower * height)
    return float(np.abs(_levels(whole, look.shape[0], box) - look).mean())


def _levels(picture: "Image", side: int, box: tuple[float, float, float, float] | None = None) -> Levels:
    """(side, side, 3) of an RGB picture, or of what it shows in ``box``, by area."""
    from PIL import Image as Pillow

    return np.asarray(picture.resize((side, side), Pillow.Resampling.BOX, box), np.float32)
