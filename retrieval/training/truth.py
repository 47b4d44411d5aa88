"""Sets of facts as matrices: what is true of which picture. Pure."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from magpie.facts import Fact

Facts = Collection[Fact]


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
