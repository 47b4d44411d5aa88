"""Second owners: pixels that show a part and a colour at once. Pure.

A nose in the skin's darker shade is claimed by the skin's colour, as that foretells it best; but whether the
shade is there at all is decided by the nose. So is whether hair colour is seen where the eyebrows are.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from retrieval.layers.ownership import UNCLAIMED, Codes, Flags, Owners, Values, decided

_CODES = 2**15 + 1  # colours of `colour_codes`
_USUAL = 0.02  # share of what a colour's value claims that makes a shade one of its own
_BASE = 0.3  # share of what its commonest shade claims that makes a shade another base, not a shadow


def second_owners(
    codes: Codes, claimed: Owners, values: Sequence[Values], colours: Sequence[int], parts: Mapping[int, int]
) -> Owners:
    """(n, p): the type that decides a pixel beside the one that claims it; `UNCLAIMED` if there is none.

    ``colours`` are the types that are colours, ``parts`` the parts that some of them paint.
    """
    also = np.full(claimed.shape, UNCLAIMED, np.int8)
    for colour in colours:
        mine = claimed == colour
        if not mine.any():
            continue
        used = _used(codes, mine, values[colour])
        held = np.maximum(values[colour], 0)[:, None]
        base = mine & (used >= _BASE * used.max(axis=1, keepdims=True))[held, codes]
        elsewhere = (claimed != UNCLAIMED) & ~mine
        for number, value in enumerate(values):
            if number in colours or parts.get(colour) == number:
                continue
            own = np.isin(claimed, [number, *(c for c, part in parts.items() if part == number)])
            _, shaded = decided(mine & ~base, ~own, value)
            _, based = decided(base, elsewhere & ~own, value, majority=False)
            also[(shaded | based) & (also == UNCLAIMED)] = number
        if colour in parts:
            shade = used >= _USUAL * used.sum(axis=1, keepdims=True)
            tinted = shade[held, codes] & (values[colour] >= 0)[:, None]
            also[(claimed == parts[colour]) & tinted & (also == UNCLAIMED)] = colour
    return also


def _used(codes: Codes, mine: Flags, value: Values) -> npt.NDArray[np.int64]:
    """(kinds, colours): how many pixels each value of a colour claims in each shade."""
    kinds = int(value.max(initial=0)) + 1
    cells = np.maximum(value, 0)[:, None] * _CODES + codes.astype(np.int64)
    return np.bincount(cells[mine], minlength=kinds * _CODES).reshape(kinds, _CODES)
