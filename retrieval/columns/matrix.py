"""All vectors of one index as one matrix on disk: the nearest of any tokens, exactly."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from retrieval.columns.roster import Numbers, Roster, Selection, best
from retrieval.ports import Vectors
from retrieval.views import discounts

_ROWS = 4096  # at a time: they stay in the processor's cache between being gathered and being multiplied
_DENSE = 4  # where more than one row in four is asked for, all are multiplied and the others' scores dropped
# More than what float32 products of unit vectors differ by, in whichever order they are summed.
_ROUNDING = 4e-6


class Matrix:
    """Row ``r`` of ``vectors`` (m, d) is of token ``tokens[r]``, ascending."""

    def __init__(self, roster: Roster, tokens: Numbers, vectors: Vectors, *, threads: int = 0) -> None:
        """``threads`` 0: as many as this process may run at a time."""
        self.roster, self._tokens, self._vectors = roster, tokens, vectors
        self._threads = threads or _processors()

    def __len__(self) -> int:
        return len(self._tokens)

    def nearest(self, query: Vectors, among: Selection | None, k: int) -> list[tuple[int, float]]:
        """As `retrieval.gallery.Gallery.exact`, by number; ``among`` None: all tokens."""
        rows = None if among is None else self._rows(among.numbers)
        if not len(self) or (rows is not None and not rows.size):
            return []
        looks = np.atleast_2d(query)
        less = discounts(len(looks))
        scores = self._scores(looks, less, rows)
        found = best(scores, k, _ROUNDING)
        found = found if rows is None else rows[found]
        # Again, so that equal vectors have equal scores wherever they lie.
        exact = [(self._vectors[found].astype(np.float64) * look).sum(axis=1) for look in looks]
        again = (np.stack(exact, axis=1) - less).max(axis=1).astype(np.float32)
        order = np.lexsort((self.roster.reference_order(self._tokens[found]), -again))[:k]
        return list(zip(self._tokens[found[order]].tolist(), again[order].tolist(), strict=True))

    def by_collection(self) -> dict[str, Vectors]:
        """All vectors, (n, d) a collection."""
        found = {}
        for name, span in self.roster.spans().items():
            low, high = np.searchsorted(self._tokens, [span.start, span.stop])
            if high > low:
                found[name] = self._vectors[low:high]
        return found

    def _rows(self, numbers: Numbers) -> npt.NDArray[np.intp]:
        """The rows of those tokens that have one."""
        rows = self._row_of[numbers]
        return rows[rows >= 0]

    @cached_property
    def _row_of(self) -> npt.NDArray[np.intp]:
        rows = np.full(len(self.roster), -1, np.intp)
        rows[self._tokens] = np.arange(len(self))
        return rows

    def _scores(self, looks: Vectors, less: Vectors, rows: npt.NDArray[np.intp] | None) -> Vectors:
        """(n,), a score a row of ``rows``, or of all."""
        if rows is not None and len(rows) * _DENSE > len(self):
            return self._scores(looks, less, None)[rows]
        total = len(self) if rows is None else len(rows)
        scores = np.empty(total, np.float32)

        def fill(share: range) -> None:
            gathered = np.empty((min(_ROWS, total), self._vectors.shape[1]), np.float32)
            for start in share:
                if rows is None:
                    some = self._vectors[start : start + _ROWS]
                else:
                    asked = rows[start : start + _ROWS]
                    # With its default mode, numpy copies what it takes once more.
                    some = np.take(self._vectors, asked, axis=0, out=gathered[: len(asked)], mode="clip")
                found = some @ looks.T if len(looks) > 1 else (some @ looks[0])[:, None]
                scores[start : start + _ROWS] = (found - less).max(axis=1)

        # These threads are enough: BLAS's own beside them wait for each other, and take ten times as long.
        with _blas().limit(limits=1, user_api="blas"):
            _in_threads(fill, list(_shares(total, self._threads)))
        return scores


@cache
def _blas() -> ThreadpoolController:
    """NumPy's; looking for it takes milliseconds."""
    return ThreadpoolController()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shares(total: int, threads: int) -> Iterator[range]:
    """Starts of blocks, dealt to so many threads; one where there are few."""
    threads = max(1, min(threads, total // (4 * _ROWS)))
    for thread in range(threads):
        yield range(thread * _ROWS, total, threads * _ROWS)


def _in_threads(call: Callable[[range], None], shares: list[range]) -> None:
    if len(shares) == 1:
        call(shares[0])
        return
    with ThreadPoolExecutor(len(shares)) as pool:
        for done in [pool.submit(call, share) for share in shares]:
            done.result()
