"""From a stack of pictures with traits to layers: what each trait covers, and how it looks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from magpie import text
from magpie.domain import Trait
from magpie.progress import Tick, unseen
from retrieval.layers.grid import Pixels
from retrieval.layers.ownership import UNCLAIMED, Owners, colour_codes, owners
from retrieval.layers.shades import second_owners
from retrieval.layers.stack import Stack

SEEN_BY_MOST = 0.5
FEWEST = 4  # tokens with a trait, below which what they share may be chance
SMALLEST = 3  # cells
ALIGNED = 0.4  # share of what differs between pictures that masks must cover
_COLOUR = frozenset({"color", "colour", "tint", "hue", "shade"})
_PRESENCE = 0.8  # share of the variance of having a colour that the part's value must explain


class Recovered(NamedTuple):
    """One trait: ``mask`` (h, w), ``component`` (h, w, 4) RGBA; the rest as in `LayerFile`."""

    trait: Trait
    mask: npt.NDArray[np.bool_]
    component: Pixels
    tokens: int
    agreement: float


@dataclass(frozen=True)
class Recovery:
    """What was found. ``explained``: of the pixels that differ from the usual, the share that masks cover."""

    layers: tuple[Recovered, ...]
    left_out: dict[str, str]
    explained: float


def recover(stack: Stack, *, tick: Tick = unseen, name: str = "layers") -> Recovery:
    """The layers of every trait that enough tokens have and that most of those show somewhere.

    Pictures that are not aligned explain nothing by their traits: then there are no layers, and "" in
    ``left_out`` says so.
    """
    tokens, height, width = stack.pixels.shape[:3]
    flat = stack.pixels.reshape(tokens, height * width, 4)
    codes = colour_codes(flat)
    painted = hosts(stack)
    parts = [painted.get(number, number) for number in range(len(stack.values))]
    claimed = owners(codes, stack.values, parts, lambda done, total: tick(f"{name}: recover", done, total))
    colours = [number for number, type_ in enumerate(stack.types) if is_colour(type_)]
    also = second_owners(codes, claimed, stack.values, colours, painted)
    found: list[Recovered] = []
    left_out: dict[str, str] = {}
    for number, known in enumerate(stack.traits):
        group = [number, *(colour for colour, part in painted.items() if part == number)]
        for value, trait in enumerate(known):
            rows = np.flatnonzero(stack.values[number] == value)
            layer = _layer(trait, flat[rows], claimed[rows], also[rows], group, (height, width))
            if isinstance(layer, str):
                left_out[str(trait)] = layer
            else:
                found.append(layer)
    explained = _explained(codes, stack, found)
    if explained < ALIGNED:
        reason = f"pictures are not aligned: traits explain {explained:.0%} of what differs between them"
        return Recovery((), {"": reason}, explained)
    return Recovery(tuple(found), left_out, explained)


def _layer(
    trait: Trait, flat: Pixels, claimed: Owners, also: Owners, group: Sequence[int], size: tuple[int, int]
) -> Recovered | str:
    """The trait's layer from the tokens that have it, or why there is none."""
    if len(flat) < FEWEST:
        return f"only {len(flat)} tokens have it"
    shown = np.isin(claimed, group) | np.isin(also, group)
    mask = shown.mean(axis=0) >= SEEN_BY_MOST
    if mask.sum() < SMALLEST:
        return "no part of the pictures is told apart by it"
    uncovered = shown | (claimed == UNCLAIMED)
    agreement = shown[:, mask].sum() / uncovered[:, mask].sum()
    clearest_first = np.argsort(-shown[:, mask].sum(axis=1), kind="stable")
    first = clearest_first[shown[clearest_first].argmax(axis=0)]
    component = np.where(mask[:, None], flat[first, np.arange(flat.shape[1])], 0).astype(np.uint8)
    return Recovered(
        trait, mask.reshape(size), component.reshape(*size, 4), len(flat), round(float(agreement), 3)
    )


def _explained(codes: npt.NDArray[np.uint32], stack: Stack, layers: Sequence[Recovered]) -> float:
    """Of the pixels that differ from the commonest colour there, the share in masks of the token's traits."""
    unusual = np.zeros(codes.shape, bool)
    for column in range(codes.shape[1]):
        _, inverse, counts = np.unique(codes[:, column], return_inverse=True, return_counts=True)
        unusual[:, column] = inverse != counts.argmax()
    covered = np.zeros(codes.shape, bool)
    masks = {layer.trait: layer.mask.ravel() for layer in layers}
    for known, value in zip(stack.traits, stack.values, strict=True):
        for number, trait in enumerate(known):
            if trait in masks:
                covered[value == number] |= masks[trait]
    return float(covered[unusual].mean()) if unusual.any() else 1.0


def is_colour(type_: str) -> bool:
    """Whether a trait type is by its name the colour of something."""
    return bool(set(text.words(type_)) & _COLOUR)


def hosts(stack: Stack) -> dict[int, int]:
    """Which part each type of colour paints, by number of the type: what shows the colour shows the part.

    Told by their names ("Hair Color" paints "Hair"); else by the tokens, if the value of the part decides who
    has a colour at all ("Hat Color" of "Top", where only hats have one); else by a word in common.
    """
    words = [set(text.words(type_)) for type_ in stack.types]
    parts = [number for number, type_ in enumerate(stack.types) if not is_colour(type_)]
    found = {}
    for colour in set(range(len(words))) - set(parts):
        meant = words[colour] - _COLOUR
        decides = {part: _decides(stack.values[part], stack.values[colour] >= 0) for part in parts}
        likely = [part for part in parts if words[part] == meant]
        likely += sorted((p for p in parts if decides[p] >= _PRESENCE), key=lambda p: -decides[p])
        likely += [part for part in parts if words[part] & meant]
        if likely:
            found[colour] = likely[0]
    return found


def _decides(value: npt.NDArray[np.int64], present: npt.NDArray[np.bool_]) -> float:
    """Share of the variance of ``present`` that the value explains; 0 if it does not vary."""
    spread = present.var()
    if spread == 0:
        return 0.0
    counts = np.bincount(value + 1)
    rate = np.bincount(value + 1, weights=present) / np.maximum(counts, 1)
    return float((counts / len(value) * (rate - present.mean()) ** 2).sum() / spread)
