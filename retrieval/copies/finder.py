"""Is this picture a known token: candidates laid under the picture, differences explained or not."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retrieval.copies import coarse, placing
from retrieval.copies.candidates import (
    Candidate,
    Pose,
    Probe,
    distances,
    nearest,
    turned,
    turned_back,
    whole_probes,
)
from retrieval.copies.explain import Explanation, Means, boxed, coarse_misfit, explanations
from retrieval.copies.laid import Laid, Mask, Whole, behind, frame_side, lay, shrunk, unlike, whole
from retrieval.copies.natives import foreign
from retrieval.copies.sketchbook import Sketchbook
from retrieval.copies.sketches import pixels
from retrieval.views import inside_margins, on_white

if TYPE_CHECKING:
    from PIL.Image import Image

_HELD = 192  # tokens' pictures that are kept for the next look
EACH = 8  # candidates of each family of probes
_CUT = 5  # candidates of a place
_ASKED = 2  # tokens, for each way, whose difference is looked for in their collection
_PLACED = 6  # tokens on which the place of a cut-out is made fine
_FINE = 3  # such places that are looked for in all tokens
_STARTS = 5  # places from which a cut-out is moved on a token: one may lead astray
_BLANK = 16  # levels: a picture that varies by less shows nothing
_NATIVE = 0.5  # share of what must be foreign that the collection's own tokens may show there
_NATIVE_UPON = 0.8  # the same of words and badges, which lie upon what is native
_BESIDE = 0.001  # share of the frame that may differ beside them
_FOREIGN: tuple[Means, ...] = ("recoloured", "background", "written")


class Found(NamedTuple):
    """A token's ``row``, how the picture lies on it, and why; ``ratio``: misfit over its limit."""

    row: int
    pose: Pose
    explanation: Explanation
    ratio: float


class Limits(NamedTuple):
    """Beyond which misfit an explanation is refused, and the logistic line of ratio to certainty."""

    limits: dict[Means, float]
    level: float
    slope: float


@cache
def frozen() -> Limits:
    """The limits chosen on validation tokens: see `made_by` in the file."""
    held = json.loads(files("retrieval.copies").joinpath("limits.json").read_text("utf-8"))
    return Limits(held["limits"], held["level"], held["slope"])


class Finder:
    """Looks pictures up in a sketchbook. ``opened`` gives the picture of a row, None if it cannot be read."""

    def __init__(
        self, book: Sketchbook, opened: "Callable[[int], Image | None]", limits: Limits | None = None
    ) -> None:
        self._book = book
        self._opened = lru_cache(_HELD)(lambda row: None if (seen := opened(row)) is None else whole(seen))
        self._limits = limits or frozen()

    def find(self, picture: "Image", *, without: Collection[int] = ()) -> Found | None:
        """The best explained token, if any is explained; rows ``without`` are not looked at."""
        return best(self.considered(picture, without=without))

    def considered(
        self,
        picture: "Image",
        *,
        without: Collection[int] = (),
        among: Sequence[Candidate] | None = None,
        kin: Sequence[int] = (),
    ) -> list[Found]:
        """What was tried, the cheapest first, up to the first way in which any token is explained.

        With ``among``, only those are laid under the picture as a whole, as they say. ``kin`` are other
        tokens of the picture's own collection, if that is known: what they show is native too.
        """
        large = looks_of(picture)
        if not large:
            return []
        squares = coarse.squares_across(large[0])
        looks = [shrunk(look) for look in large]
        seen: list[Found] = []
        left_out = frozenset(without)
        candidates = self._candidates(looks, left_out) if among is None else among
        laid = self._laid(looks, candidates)
        stages: list[Callable[[], Iterable[Found]]] = [
            lambda: (self._judged(at, Explanation("same", float(differs.mean()))) for at, _, differs in laid),
            lambda: self._coarse(large[0], laid, squares),
        ]
        if among is None:
            # Before what leaves a part unexplained: a cut-out may lie on a sibling with "words" upon it.
            stages.append(lambda: self._cut(looks, left_out))
        stages.append(lambda: self._disguised(looks, self._drawn_in(squares, laid), left_out, kin))
        for stage in stages:
            seen += stage()
            if any(one.ratio <= 1 for one in seen):
                break
        return seen

    def _laid(
        self, looks: "Sequence[Image]", candidates: Sequence[Candidate]
    ) -> list[tuple[Candidate, Laid, Mask]]:
        """``candidates`` under the picture as a whole, with where they differ, the least first."""
        found = []
        for candidate in candidates:
            token = self._opened(candidate.row)
            if token is not None:
                look = looks[candidate.pose.look]
                pair = lay(look, token.small, candidate.pose, frame_side(look))
                found.append((candidate, pair, unlike(pair.picture, pair.token)))
        return sorted(found, key=lambda one: float(one[2].mean()))

    def _drawn_in(
        self, squares: int | None, laid: list[tuple[Candidate, Laid, Mask]]
    ) -> list[tuple[Candidate, Laid, Mask]]:
        """Those of tokens that are drawn in as many squares as the picture, if it is drawn in squares.

        What coarse squares show of any part is foreign to a collection that is drawn finer.
        """
        if squares is None:
            return laid
        drawn = [(one, self._opened(one[0].row)) for one in laid]
        return [one for one, token in drawn if token and coarse.squares_across(token.picture) == squares]

    def _coarse(
        self, look: "Image", laid: list[tuple[Candidate, Laid, Mask]], squares: int | None
    ) -> "Iterator[Found]":
        for candidate, _, _ in laid if squares is not None else ():
            token = self._opened(candidate.row)
            if token is not None and candidate.pose.look == 0 and squares is not None:
                yield self._judged(candidate, coarse_misfit(look, token.picture, candidate.pose, squares))

    def _disguised(
        self,
        looks: "Sequence[Image]",
        laid: list[tuple[Candidate, Laid, Mask]],
        without: frozenset[int],
        kin: Sequence[int],
    ) -> "Iterator[Found]":
        names = {self._book.collections[candidate.row] for candidate, _, _ in laid}
        natives = [row for name in sorted(names) for row in self._book.spans[name] if row not in without]
        possible = [
            (candidate, one)
            for candidate, pair, differs in laid
            for one in self._explained(candidate, pair, differs)
        ]
        for means in _FOREIGN:
            likely = [
                (one.misfit, number)
                for number, (_, one) in enumerate(possible)
                if one.means == means and one.misfit <= self._limits.limits[means]
            ]
            for _, number in sorted(likely)[:_ASKED]:
                candidate, one = possible[number]
                yield self._judged(candidate, self._with_natives(looks, candidate, one, natives, kin))

    def _explained(self, candidate: Candidate, pair: Laid, differs: Mask) -> list[Explanation]:
        token = self._opened(candidate.row)
        if token is None:
            return []
        return explanations(pair, differs, behind(token, candidate.pose, len(differs)))[1:]

    def _with_natives(
        self,
        looks: "Sequence[Image]",
        candidate: Candidate,
        one: Explanation,
        natives: Sequence[int],
        kin: Sequence[int],
    ) -> Explanation:
        """``one`` with what is native in its difference counted against it."""
        if one.differs is None:
            return one
        pose, sketches = candidate.pose, self._book.sketches
        left = foreign(looks[pose.look], pose, one.differs, natives, sketches, self._opened)
        if kin:
            differs = turned_back(one.differs, pose.turn)
            left &= turned(foreign(looks[0], Pose(0), differs, kin, sketches, self._opened), pose.turn)
        limit = self._limits.limits[one.means]
        native = 1 - float(left.sum()) / max(int(one.differs.sum()), 1)
        if one.means != "written":
            return one._replace(misfit=max(one.misfit, native / _NATIVE * limit))
        # A sibling's own differences lie elsewhere than what was put on; under it, some of it is native too.
        beside = float((one.differs & ~boxed(left)).mean()) / _BESIDE
        return one._replace(misfit=max(beside, native / _NATIVE_UPON))

    def _cut(self, looks: "Sequence[Image]", without: frozenset[int]) -> "Iterator[Found]":
        """As a part of a token's picture."""
        small = [pixels(look, 64) for look in looks]
        probes = [one for number, look in enumerate(small) for one in placing.cut_probes(look, number)]
        placed = []
        for near in self._nearest(probes, _PLACED, without):
            token = self._opened(near.row)
            if token is not None:
                placed.append(placing.settled(looks[near.pose.look], token.small, near.pose))
        poses = [pose for _, pose in sorted(placed)[:_FINE]]
        fine = [placing.probe(small[pose.look], pose) for pose in poses]
        for near in self._nearest(fine, _CUT, without):
            token = self._opened(near.row)
            if token is None:
                continue
            one = min(self._moved(looks, token, near, probes), key=lambda found: found.ratio)
            yield one
            if one.ratio <= 1:
                break

    def _moved(
        self, looks: "Sequence[Image]", token: Whole, near: Candidate, probes: Sequence[Probe]
    ) -> Iterator[Found]:
        """A cut-out upon one token, moved from several places, up to the first where all is explained."""
        apart = distances(self._book.sketches[near.row : near.row + 1], probes)[0]
        starts = [probes[at].pose for at in np.argsort(apart, kind="stable")[:_STARTS]]
        for pose in (near.pose, *starts):
            steps = placing.STEPS[2:] if pose is near.pose else placing.STEPS
            look = looks[pose.look]
            _, settled = placing.settled(look, token.small, pose, steps)
            pair = lay(look, token.small, settled, frame_side(look))
            share = float(unlike(pair.picture, pair.token).mean())
            found = self._judged(Candidate(near.row, settled), Explanation("same", share))
            yield found
            if found.ratio <= 1:
                break

    def _candidates(self, looks: "Sequence[Image]", without: frozenset[int]) -> list[Candidate]:
        """The nearest by each family of probes, without repeats."""
        families = whole_probes([pixels(look, 64) for look in looks])
        lists = [self._nearest(probes, EACH, without) for probes in families]
        return list(dict.fromkeys(one for many in lists for one in many))

    def _nearest(self, probes: Sequence[Probe], k: int, without: frozenset[int]) -> list[Candidate]:
        found = nearest(self._book.sketches, self._book.pooled, probes, k + len(without))
        return [one for one in found if one.row not in without]

    def _judged(self, candidate: Candidate, one: Explanation) -> Found:
        return Found(candidate.row, candidate.pose, one, one.misfit / self._limits.limits[one.means])


def best(considered: Iterable[Found]) -> Found | None:
    """The best explained, None if none is. Of those about as good, the least turned and trimmed."""

    def order(one: Found) -> tuple[float, int, int, float]:
        return round(one.ratio, 1), one.pose.turn, one.pose.look, one.ratio

    return min((one for one in considered if one.ratio <= 1), key=order, default=None)


def looks_of(picture: "Image") -> "list[Image]":
    """The picture on white, and what margins surround in it, twice; none if it shows one colour only."""
    flat = on_white(picture)
    if min(flat.size) < 8 or np.ptp(pixels(flat, 64), axis=(0, 1)).max() < _BLANK:
        return []
    looks = [flat]
    for look in looks[:3]:
        looks += [look.crop(box) for box in dict.fromkeys(inside_margins(look))][: 3 - len(looks)]
    inner = looks[-1]
    if len(looks) > 1:
        looks += [inner.crop(box) for box in dict.fromkeys(inside_margins(inner))][:1]
    return [
        look
        for look in looks
        if min(look.size) >= 8 and np.ptp(pixels(look, 64), axis=(0, 1)).max() >= _BLANK
    ]
