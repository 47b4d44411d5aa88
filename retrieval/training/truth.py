"""Sets of facts as matrices: what is true of which picture, and what the fact head is taught. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from retrieval.training.captions import Fact

Facts = Collection[Fact]


def common(known: Iterable[Facts], limit: int) -> dict[Fact, int]:
    """The ``limit`` most frequent facts that do not hold of everything, numbered; ties by name."""
    counts: Counter[Fact] = Counter()
    sets = 0
    for held in known:
        counts.update(held)
        sets += 1
    telling = [(-count, fact) for fact, count in counts.items() if count < sets]
    return {fact: number for number, (_, fact) in enumerate(sorted(telling)[:limit])}


def table(sets: Sequence[Facts], numbers: Mapping[Fact, int]) -> npt.NDArray[np.float32]:
    """(len(sets), len(numbers)): 1 where the set has that numbered fact. Others are left out."""
    found = np.zeros((len(sets), len(numbers)), np.float32)
    for row, held in enumerate(sets):
        found[row, [numbers[fact] for fact in held if fact in numbers]] = 1
    return found


def truth(claims: Sequence[Facts], holds: Sequence[Facts]) -> npt.NDArray[np.bool_]:
    """(len(claims), len(holds)): everything that i claims holds of j. No claim at all is true of anything."""
    claimed = {fact: number for number, fact in enumerate(sorted(set().union(*claims)))}
    return np.asarray(table(claims, claimed) @ (1 - table(holds, claimed)).T == 0)
