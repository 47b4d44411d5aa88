"""Numbers of tokens and what they stand for: token ``n`` is the ``n``-th by collection name and token id."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from magpie.catalog_columns import Home
from magpie.domain import TokenRef

Numbers = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]
_LARGEST = np.iinfo(np.int64).max  # stands for every token id that does not fit
_FETCH = 4096


class Roster:
    """All tokens of the catalogue."""

    def __init__(self, homes: Sequence[Home], ids: npt.NDArray[np.int64], large: dict[int, int]) -> None:
        """``ids`` are token ids by number; those that do not fit are in ``large``, by number."""
        self._homes, self._ids, self._large = homes, ids, large
        self._starts = np.cumsum([0, *(home.tokens for home in homes)])
        self._home_of = {(home.chain, home.contract): at for at, home in enumerate(homes)}
        by_reference = sorted(range(len(homes)), key=lambda at: (homes[at].chain, homes[at].contract))
        self._place = np.empty(len(homes), np.int64)
        self._place[by_reference] = np.arange(len(homes))

    def __len__(self) -> int:
        return len(self._ids)

    def spans(self) -> dict[str, slice]:
        """The numbers of each collection's tokens, by name."""
        ends = zip(self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True)
        return {home.name: slice(*span) for home, span in zip(self._homes, ends, strict=True)}

    def refs(self, numbers: Numbers) -> list[TokenRef]:
        """A reference a number, in order."""
        homes = (np.searchsorted(self._starts, numbers, side="right") - 1).tolist()
        found = []
        for number, at, token_id in zip(numbers.tolist(), homes, self._ids[numbers].tolist(), strict=True):
            home = self._homes[at]
            exact = self._large[number] if token_id == _LARGEST else token_id
            # Not validated again: it was when the catalogue took it in.
            found.append(TokenRef.model_construct(chain=home.chain, contract=home.contract, token_id=exact))
        return found

    def number(self, ref: TokenRef) -> int | None:
        """None if the token is not here."""
        at = self._home_of.get((ref.chain, ref.contract))
        if at is None:
            return None
        start, end = self._starts[at : at + 2].tolist()
        if ref.token_id < _LARGEST:
            found = start + int(np.searchsorted(self._ids[start:end], ref.token_id))
            return found if found < end and self._ids[found] == ref.token_id else None
        return next(
            (n for n, large in self._large.items() if start <= n < end and large == ref.token_id), None
        )

    def selection(self, refs: Sequence[TokenRef]) -> "Selection":
        """Those of ``refs`` that are here."""
        if isinstance(refs, Selection) and refs.roster is self:
            return refs
        numbers = {number for ref in refs if (number := self.number(ref)) is not None}
        return Selection(self, np.array(sorted(numbers), np.int64))

    def reference_order(self, numbers: Numbers) -> npt.NDArray[np.int64]:
        """Keys that sort as `retrieval.fusion.reference_order` sorts the references."""
        places = self._place[np.searchsorted(self._starts, numbers, side="right") - 1]
        keys: npt.NDArray[np.int64] = places * (len(self) + 1) + numbers
        return keys


class Selection(Sequence[TokenRef]):
    """Some tokens by their ``numbers``, ascending: references are made of those that are looked at."""

    def __init__(self, roster: Roster, numbers: Numbers) -> None:
        self.roster, self.numbers = roster, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> TokenRef: ...
    @overload
    def __getitem__(self, at: slice) -> list[TokenRef]: ...
    def __getitem__(self, at: int | slice) -> TokenRef | list[TokenRef]:
        if isinstance(at, slice):
            return self.roster.refs(self.numbers[at])
        return self.roster.refs(self.numbers[[at]])[0]

    def __iter__(self) -> Iterator[TokenRef]:
        for start in range(0, len(self), _FETCH):
            yield from self[start : start + _FETCH]

    def __contains__(self, ref: object) -> bool:
        number = self.roster.number(ref) if isinstance(ref, TokenRef) else None
        at = None if number is None else int(np.searchsorted(self.numbers, number))
        return at is not None and at < len(self) and int(self.numbers[at]) == number

    def mask(self) -> Mask:
        """Of all tokens, those that are in it."""
        found = np.zeros(len(self.roster), bool)
        found[self.numbers] = True
        return found


def held(refs: Sequence[TokenRef]) -> Container[TokenRef]:
    """``refs``, to be asked whether tokens are among them."""
    return refs if isinstance(refs, Selection) else frozenset(refs)


def best(scores: npt.NDArray[np.floating[Any]], k: int, margin: float = 0.0) -> npt.NDArray[np.intp]:
    """Where the ``k`` highest are, and all that are within ``margin`` of the last of them."""
    if k >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, -k)[-k]
    return np.flatnonzero(scores >= least - margin)
