"""Which trait each pixel of each token shows, from many aligned pictures and their traits. Pure.

At one pixel, tokens that share a value mostly show one colour that other tokens rarely show, if the value's
layer reaches it and nothing covers it. So, pixel by pixel, the trait type whose values foretell colours best
claims the tokens that show those colours; then the next type is sought among the tokens that are left, until
none foretells anything. Claiming what is foretold best first is what makes occlusion harmless: a token whose
hat covers its hair is claimed by the hat, and no longer counts against the hair.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

UNCLAIMED = -1
ROUNDS = 12
MIN_BITS = 14.0  # of evidence for a value to claim a pixel: false by chance once in 16,000 tries
MIN_LIFT = 0.1  # by how much likelier the value makes the colour
NOVEL = 0.03  # share of the other tokens that may show a colour and leave it a surprise
GIVES_WAY = 0.6  # share of the tokens without a shared colour that another type must claim
FEW = 0.05  # share of all tokens that must be without it
OFTEN = 0.3  # share of some value's tokens that must show it
SELDOM = 0.25  # share of that, below which a value is without it
ABSENT = 5  # tokens without a type, from which it counts what they show
COLOURS = 96  # told apart at one pixel; what is rarer counts as surprise
PIXELS = 256  # handled at a time

Codes = npt.NDArray[np.uint32]
Values = npt.NDArray[np.int64]
Owners = npt.NDArray[np.int8]
Ranks = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]] | npt.NDArray[np.int64]


def colour_codes(pixels: npt.NDArray[np.uint8]) -> Codes:
    """(n, p, 4) RGBA as (n, p) numbers: 5 bits a channel, clear pixels alike whatever their colour."""
    visible = pixels[..., 3] >= 128
    red, green, blue = (pixels[..., channel].astype(np.uint32) >> 3 for channel in range(3))
    return np.where(visible, (red << 10) | (green << 5) | blue, np.uint32(1 << 15))


def owners(
    codes: Codes,
    values: Sequence[Values],
    parts: Sequence[int] = (),
    done: Callable[[int, int], None] = lambda done, total: None,
) -> Owners:
    """(n, p): the number of the trait type that each token shows at each pixel; `UNCLAIMED` for no type.

    ``codes`` is (n, p); ``values[t]`` (n,) numbers each token's value of type t from 0, -1 for none;
    ``parts[t]`` is the type that type t is a part of, such as its colour; itself if none.
    """
    claimed = np.full(codes.shape, UNCLAIMED, np.int8)
    for start in range(0, codes.shape[1], PIXELS):
        part = slice(start, start + PIXELS)
        done(min(part.stop, codes.shape[1]), codes.shape[1])
        claimed[:, part] = _claim(_ranked(codes[:, part]), values, parts or range(len(values)))
    return claimed


def _ranked(codes: Codes) -> Ranks:
    """Colours numbered at each pixel from the commonest, 0; what comes after `COLOURS` is `COLOURS`."""
    ranked = np.empty(codes.shape, np.int64)
    for column in range(codes.shape[1]):
        _, inverse, counts = np.unique(codes[:, column], return_inverse=True, return_counts=True)
        rank = np.empty(len(counts), np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
        ranked[:, column] = np.minimum(rank, COLOURS)[inverse]
    return ranked


def _claim(ranked: Ranks, values: Sequence[Values], parts: Sequence[int]) -> Owners:
    claimed = np.full(ranked.shape, UNCLAIMED, np.int8)
    columns = np.arange(ranked.shape[1])  # where the last round claimed something
    for _ in range(ROUNDS):
        here, before = ranked[:, columns], claimed[:, columns]
        best = _Best(here.shape)
        for number, value in enumerate(values):
            best.offer(number, *_foretells(here, before == UNCLAIMED, value))
        taken = best.claim(before)
        claimed[:, columns] = before
        columns = columns[taken]
        if not len(columns):
            break
    for _ in range(2):
        best = _Best(ranked.shape)
        for number, value in enumerate(values):
            best.offer(number, *_shared(ranked, claimed, value, np.asarray(parts) == number))
        if not best.claim(claimed).any():
            break
    best = _Best(ranked.shape)
    for number, value in enumerate(values):
        best.offer(number, *_surprises(ranked, claimed, value))
    best.claim(claimed)
    return claimed


class _Best:
    """At each pixel the type with the most evidence, and the tokens that it would claim."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._bits = np.zeros(shape[1])
        self._type = np.full(shape[1], UNCLAIMED, np.int8)
        self._shows = np.zeros(shape, bool)

    def offer(self, number: int, bits: Bits, shows: Flags) -> None:
        better = bits > self._bits
        self._bits[better], self._type[better] = bits[better], number
        self._shows[:, better] = shows[:, better]

    def claim(self, claimed: Owners) -> Flags:
        """Enter the claims on tokens that are still open; (p,) whether there were any."""
        taken = self._shows & (claimed == UNCLAIMED)
        claimed[taken] = np.broadcast_to(self._type, taken.shape)[taken]
        return np.asarray(taken.any(axis=0))


def _shared(ranked: Ranks, claimed: Owners, value: Values, same_part: Flags) -> tuple[Bits, Flags]:
    """Of one type: tokens that show a colour which many of its values have in common.

    Such a colour is common, so no single value foretells it. It is the type's if the values without it give
    way to another type's colours there; if they show the type's own, then it is what lies below.
    """
    open_ = (claimed == UNCLAIMED) & (ranked < COLOURS)
    commonest = _counts(ranked, open_, np.zeros_like(value), 1)[:, 0].argmax(axis=1)
    by_others = (claimed != UNCLAIMED) & ~same_part[claimed]
    return decided(open_ & (ranked == commonest), by_others, value)


def decided(shows: Flags, yields: Flags, value: Values, *, majority: bool = True) -> tuple[Bits, Flags]:
    """Bits at each pixel that a type's values decide who ``shows`` something there, and the tokens that do.

    Some values, or the tokens without the type, must hardly ever show it, and what they show instead must
    mostly be in ``yields``. Without ``majority`` at most half of the tokens may have a value that shows it.
    """
    member, size = membership(value)
    absent = (value < 0)[:, None]
    bare = int(absent.sum())
    rate = member @ shows.astype(np.float32) / size[:, None]  # (kinds, p)
    top = rate.max(axis=0, initial=0)
    with_it, without = rate >= 0.5 * top, rate < SELDOM * top
    bare_shows = (shows & absent).sum(axis=0)
    bare_rate = bare_shows / max(bare, 1)
    tokens_without = without.T @ size + bare
    giving = (without * (member @ yields.astype(np.float32))).sum(axis=0) + (yields & absent).sum(axis=0)
    elsewhere = ((without * rate).T @ size + bare_shows + 0.5) / (tokens_without + 1)
    likely = (
        (top >= OFTEN)
        & (tokens_without >= FEW * len(value))
        & (giving >= GIVES_WAY * tokens_without)
        & (bare_rate < SELDOM * top)
    )
    if not majority and bare < ABSENT:
        likely &= with_it.T @ size <= 0.5 * len(value)
    bits = np.where(with_it & likely, evidence(rate * size[:, None], size[:, None], elsewhere), 0)
    sure = bits >= MIN_BITS
    return np.where(sure, bits, 0).sum(axis=0), shows & ~absent & sure[np.maximum(value, 0)]


def _surprises(ranked: Ranks, claimed: Owners, value: Values) -> tuple[Bits, Flags]:
    """Of one type: tokens that show what no other value's tokens show, though each may show something else.

    That is how see-through parts, soft edges, and a shape that comes in many colours look.
    """
    member, size = membership(value)
    kinds, pixels = len(size), ranked.shape[1]
    own = np.where(value >= 0, value, kinds)
    counts = _counts(ranked, np.ones(ranked.shape, bool), own, kinds + 1)
    columns = np.arange(pixels)
    rest = counts.sum(axis=1)[columns, ranked] - counts[columns, own[:, None], ranked]
    rest[ranked == COLOURS] = 0
    others = len(value) - np.append(size, 0)[own]
    novel = (claimed == UNCLAIMED) & (rest <= NOVEL * others[:, None])
    hits = member @ novel.astype(np.float32)  # (kinds, p)
    rate = hits / size[:, None]
    elsewhere = (novel.sum(axis=0) - hits + 0.5) / (len(value) - size + 1)[:, None]
    bits = evidence(hits, size[:, None], elsewhere)
    sure = (rate > elsewhere + MIN_LIFT) & (rate >= OFTEN) & (bits >= MIN_BITS)
    known = np.maximum(value, 0)
    return np.where(sure, bits, 0).sum(axis=0), novel & (value >= 0)[:, None] & sure[known]


def evidence(hits: Numbers, size: Numbers, elsewhere: Numbers) -> Bits:
    """Bits by which ``hits`` of ``size`` speak for a rate of their own, not the rate seen elsewhere."""
    rate = hits / np.maximum(size, 1)
    hit = hits * np.log2(np.maximum(rate, 1e-9) / elsewhere)
    missed = (size - hits) * np.log2(np.maximum(1 - rate, 1e-9) / (1 - elsewhere))
    return np.asarray(hit + missed, np.float64)


def membership(value: Values) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(kinds, n) of 0 and 1: which tokens have each value; and how many do, at least 1."""
    member = (value == np.arange(value.max(initial=-1) + 1)[:, None]).astype(np.float32)
    return member, np.maximum(member.sum(axis=1), 1)


def _foretells(ranked: Ranks, open_: Flags, value: Values) -> tuple[Bits, Flags]:
    """Of one type: bits of evidence at each pixel, and the tokens that show what their value foretells."""
    kinds = int(value.max(initial=-1)) + 1
    held = np.where(value >= 0, value, kinds)
    pixels, width = ranked.shape[1], COLOURS + 1
    counts = _counts(ranked, open_, held, kinds + 1)
    size = counts.sum(axis=2)
    total = counts.sum(axis=1)  # (p, colours), tokens without the type included
    pixel, kind, colour = np.nonzero(counts >= 2)
    usable = (kind < kinds) & (colour < COLOURS)
    pixel, kind, colour = pixel[usable], kind[usable], colour[usable]
    count = counts[pixel, kind, colour].astype(np.float64)
    rate = count / size[pixel, kind]
    others = size.sum(axis=1)[pixel] - size[pixel, kind]
    elsewhere = (total[pixel, colour] - count + 0.5) / (others + 1)
    bits = np.where(rate > elsewhere + MIN_LIFT, evidence(count, size[pixel, kind], elsewhere), 0)
    weakest_first = np.argsort(bits, kind="stable")
    weakest_first = weakest_first[bits[weakest_first] >= MIN_BITS]
    foretold = np.full((pixels, kinds + 1), width)
    strength = np.zeros((pixels, kinds + 1))
    where = pixel[weakest_first], kind[weakest_first]
    foretold[where], strength[where] = colour[weakest_first], bits[weakest_first]  # the strongest stays
    return strength.sum(axis=1), ranked == foretold[np.arange(pixels), held[:, None]]


def _counts(ranked: Ranks, open_: Flags, value: Values, kinds: int) -> npt.NDArray[np.int64]:
    """(p, kinds, colours + 1): open tokens of each value by the colour they show; last, the rare ones."""
    columns, width = np.arange(ranked.shape[1]), COLOURS + 1
    cells = (columns * kinds + value[:, None]) * width + ranked
    counted = np.bincount(cells[open_], minlength=len(columns) * kinds * width)
    return counted.reshape(len(columns), kinds, width)
