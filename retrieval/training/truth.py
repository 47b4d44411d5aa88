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


class Held:
    """What is true of many pictures, kept as numbers: `truth` for thousands of them, some at a time."""

    def __init__(self, holds: Sequence[Facts]) -> None:
        self._numbers: dict[Fact, int] = {}
        known = [[self._numbers.setdefault(f, len(self._numbers)) for f in sorted(held)] for held in holds]
        self._starts = np.concatenate([[0], np.cumsum([len(held) for held in known])]).astype(np.int64)
        self._facts = np.array([number for held in known for number in held], np.int64)

    def answers(self, claims: Sequence[Facts], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """(len(claims), len(rows)): all that i claims holds of row j. Claims are facts of some picture."""
        numbered = [[self._numbers[fact] for fact in claim] for claim in claims]
        said = np.array([number for claim in numbered for number in claim], np.int64)
        asked, column = np.unique(said, return_inverse=True)
        claimed = np.zeros((len(claims), len(asked)), np.float32)
        claimed[np.repeat(np.arange(len(claims)), [len(claim) for claim in numbered]), column] = 1
        place_of = np.full(len(self._numbers), -1, np.int64)
        place_of[asked] = np.arange(len(asked))
        sizes = self._starts[rows + 1] - self._starts[rows]
        before = np.repeat(self._starts[rows] - np.cumsum(sizes) + sizes, sizes)
        columns = place_of[self._facts[before + np.arange(sizes.sum())]]
        held = np.zeros((len(rows), len(asked)), np.float32)
        held[np.repeat(np.arange(len(rows)), sizes)[columns >= 0], columns[columns >= 0]] = 1
        return np.asarray(claimed @ held.T > claimed.sum(1, keepdims=True) - 0.5)
