"""Whether a picture is another in other colours: by one rule for all of them, not those of a part. Pure.

A token that differs from another in the colour of its hat is no copy of it. So colours are not fitted one by
one: hues turn, channels are exchanged or inverted, saturation, brightness and contrast change, for all alike.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from retrieval.copies.laid import Laid, reach
from retrieval.copies.sketches import Floats, Levels

Rule = Callable[[Floats], Floats]  # (n, 3) levels to (n, 3)

_FLAT = 12  # levels: pixels whose neighbours differ by less show one colour
_SHADES = 16  # levels in which two pixels are one colour of the palette
_MOST_COLOURS = 24
_NEAR = 20.0  # levels by which a colour may miss what the rule makes of it
_MIXED = 0.03  # share of flat pixels of one colour that may have become different ones: compression, edges
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_ORDERS = ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


class Palette(NamedTuple):
    """The token's flat ``colours`` (n, 3), what the picture shows in their places, and how much of it.

    ``mixed``: the share of flat pixels where the picture shows something else than it mostly does for theirs.
    """

    colours: Floats
    shown: Floats
    shares: Floats
    mixed: float


class Recolouring(NamedTuple):
    """``rule`` is what was done to all colours; ``missed``: the share of flat pixels it leaves out."""

    rule: Rule
    missed: float


def palette(laid: Laid) -> Palette | None:
    """None if the token shows no flat colour, or one only."""
    least, most = reach(laid.token)
    flat = (most - least).max(axis=2) <= _FLAT
    token, picture = laid.token[flat], laid.picture[flat]
    _, number, counts = np.unique(
        (token // _SHADES) @ np.array([256, 16, 1], np.int16), return_inverse=True, return_counts=True
    )
    if len(counts) < 2:
        return None
    number = number.reshape(-1)
    largest = np.argsort(-counts, kind="stable")[:_MOST_COLOURS]
    colours = np.stack([np.median(token[number == at], axis=0) for at in largest]).astype(np.float32)
    shown = np.stack([np.median(picture[number == at], axis=0) for at in largest]).astype(np.float32)
    place = np.full(len(counts), -1)
    place[largest] = np.arange(len(largest))
    kept = place[number] >= 0
    apart = np.abs(picture[kept] - shown[place[number[kept]]]).max(axis=1)
    mixed = float((apart > _NEAR + _SHADES).mean())
    return Palette(colours, shown, (counts[largest] / counts[largest].sum()).astype(np.float32), mixed)


def recolouring(laid: Laid) -> Recolouring | None:
    """The rule that explains most; None where there are no colours to tell it by."""
    seen = palette(laid)
    if seen is None or seen.mixed > _MIXED:
        return None
    best: Recolouring | None = None
    for rule in _rules(seen):
        apart = np.abs(rule(seen.colours) - seen.shown).max(axis=1)
        missed = float(seen.shares[apart > _NEAR].sum()) + 1e-4 * float((seen.shares * apart).sum())
        if best is None or missed < best.missed:
            best = Recolouring(rule, missed)
    return best


def applied(rule: Rule, levels: Levels) -> Levels:
    """``levels`` (h, w, 3) in the colours that ``rule`` makes of them."""
    flat = rule(levels.reshape(-1, 3).astype(np.float32))
    return np.rint(flat).astype(np.int16).reshape(levels.shape)


def _rules(seen: Palette) -> Iterator[Rule]:
    yield from (partial(_turned, float(turn)) for turn in np.arange(2, 256, 3) / 256)
    yield from (partial(_saturated, float(factor)) for factor in np.arange(0, 3.6, 0.1))
    yield from (partial(_exchanged, order) for order in _ORDERS)
    yield from (partial(_inverted, order) for order in ((0, 1, 2), *_ORDERS))
    yield from (partial(_mixed, _rotation(float(angle))) for angle in np.deg2rad(np.arange(10, 360, 5)))
    yield _contrast(seen)


def _exchanged(order: tuple[int, ...], colours: Floats) -> Floats:
    return colours[:, list(order)]


def _inverted(order: tuple[int, ...], colours: Floats) -> Floats:
    return np.asarray(255 - colours[:, list(order)])


def _mixed(matrix: Floats, colours: Floats) -> Floats:
    return np.asarray(np.clip(colours @ matrix.T, 0, 255), np.float32)


def _scaled(slope: float, offset: float, colours: Floats) -> Floats:
    return np.asarray(np.clip(slope * colours + offset, 0, 255), np.float32)


def _turned(turn: float, colours: Floats) -> Floats:
    """Hues of (n, 3) turned by a share of the circle; saturation and value as they are (HSV)."""
    most, least = colours.max(axis=1), colours.min(axis=1)
    span = np.maximum(most - least, 1e-6)
    red, green, blue = colours.T
    hue = np.select(
        [most == red, most == green],
        [((green - blue) / span) % 6, (blue - red) / span + 2],
        (red - green) / span + 4,
    )
    hue = (hue + 6 * turn) % 6
    places = (np.array([5.0, 3.0, 1.0], np.float32) + hue[:, None]) % 6
    fall = np.clip(np.minimum(places, 4 - places), 0, 1)
    return np.asarray(most[:, None] - (most - least)[:, None] * fall, np.float32)


def _saturated(factor: float, colours: Floats) -> Floats:
    """(n, 3) away from their grey by a factor; at 0 they are grey."""
    grey = (colours @ _LUMA)[:, None]
    return np.asarray(np.clip(grey + (colours - grey) * np.float32(factor), 0, 255), np.float32)


def _rotation(angle: float) -> Floats:
    """(3, 3): hues turned and luma kept, as CSS's ``hue-rotate`` does."""
    luma = np.array([0.213, 0.715, 0.072])
    base = np.tile(luma, (3, 1))
    cosine = np.eye(3) - base
    sine = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])
    return np.asarray(base + np.cos(angle) * cosine + np.sin(angle) * sine, np.float32)


def _contrast(seen: Palette) -> Rule:
    """One factor and one offset for all channels, by least squares."""
    weight = np.repeat(seen.shares, 3)
    before, after = seen.colours.ravel(), seen.shown.ravel()
    centre = float((weight * before).sum() / weight.sum()), float((weight * after).sum() / weight.sum())
    spread = float((weight * (before - centre[0]) ** 2).sum())
    slope = float((weight * (before - centre[0]) * (after - centre[1])).sum()) / max(spread, 1e-6)
    return partial(_scaled, slope, centre[1] - slope * centre[0])
