"""Some of a collection's tokens as pictures of one size, one above the other, with their traits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from magpie.domain import Token, Trait
from magpie.layers import is_absent
from magpie.layout import picture_file
from magpie.progress import Tick
from retrieval.layers.grid import Pixels, cells_across, read_at
from retrieval.pictures import open_picture

ENOUGH = 1200  # tokens to look at in a collection
OF_EACH = 24  # tokens to look at for a trait, as far as there are so many
_PROBED = 24  # pictures by which the grid is told


@dataclass(frozen=True)
class Stack:
    """``pixels`` (n, h, w, 4) RGBA. ``values[t]`` (n,) is each token's place in ``traits[t]``, -1 for none.

    ``other_size`` pictures were left out because most of the collection's have another size.
    """

    pixels: Pixels
    traits: tuple[tuple[Trait, ...], ...]
    values: tuple[npt.NDArray[np.int64], ...]
    other_size: int = 0

    @property
    def types(self) -> tuple[str, ...]:
        """The trait types, as published."""
        return tuple(known[0].type for known in self.traits)


def choose(tokens: Sequence[Token], seed: int = 0) -> list[Token]:
    """At most about `ENOUGH` tokens: `OF_EACH` of every trait, the rarest traits first, then any; seeded."""
    rng = np.random.default_rng(seed)
    order = [tokens[i] for i in rng.permutation(len(tokens)) if tokens[i].image]
    having = Counter(trait.key for token in order for trait in set(token.traits))
    seen: Counter[tuple[str, str]] = Counter()
    chosen: dict[int, Token] = {}
    by_rarity = sorted(
        range(len(order)), key=lambda i: min((having[t.key] for t in order[i].traits), default=len(order))
    )
    for place in by_rarity:
        keys = {trait.key for trait in order[place].traits}
        if len(chosen) < ENOUGH and any(seen[key] < OF_EACH for key in keys):
            chosen[place] = order[place]
            seen.update(keys)
    for place, token in enumerate(order):
        if len(chosen) >= ENOUGH:
            break
        chosen.setdefault(place, token)
    return [chosen[place] for place in sorted(chosen)]


def read(dataset: Path, tokens: Sequence[Token], tick: Tick) -> Stack | None:
    """The tokens' pictures at the grid they were drawn on; None if fewer than two can be read.

    Pictures of another size than most are left out: they are drawn otherwise, or animated.
    """
    sized = [(token, size) for token in tokens if (size := _size(dataset, token))]
    if len(sized) < 2:
        return None
    usual = Counter(size for _, size in sized).most_common(1)[0][0]
    alike = [token for token, size in sized if size == usual]
    step = -(-len(alike) // _PROBED)
    cells = cells_across(
        [shown for token in alike[::step] if (shown := _picture(dataset, token, None)) is not None]
    )
    kept, pictures = [], []
    for done, token in enumerate(alike):
        if (shown := _picture(dataset, token, cells)) is not None:
            kept.append(token)
            pictures.append(shown)
        tick(f"{token.collection}: read", done + 1, len(alike))
    if len(kept) < 2:
        return None
    return stack(np.stack(pictures), kept, other_size=len(sized) - len(alike))


def stack(pixels: Pixels, tokens: Sequence[Token], other_size: int = 0) -> Stack:
    """Pictures (n, h, w, 4) with the traits of their tokens, but for values that say "nothing"."""
    spelled: dict[str, dict[str, Trait]] = {}
    for trait in (t for token in tokens for t in token.traits if not is_absent(t)):
        type_, value = trait.key
        spelled.setdefault(type_, {}).setdefault(value, trait)
    numbers = {
        type_: {value: number for number, value in enumerate(sorted(known))}
        for type_, known in sorted(spelled.items())
    }
    values = {type_: np.full(len(tokens), -1) for type_ in numbers}
    for row, token in enumerate(tokens):
        for trait in token.traits:
            type_, value = trait.key
            if value in numbers.get(type_, {}):
                values[type_][row] = numbers[type_][value]
    traits = tuple(tuple(spelled[type_][value] for value in known) for type_, known in numbers.items())
    return Stack(pixels, traits, tuple(values.values()), other_size)


def _size(dataset: Path, token: Token) -> tuple[int, int] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(picture_file(dataset, token.image) or "") as image:
            return image.size
    except (OSError, UnidentifiedImageError):
        return None


def _picture(dataset: Path, token: Token, cells: int | None) -> Pixels | None:
    """The picture, at full size without ``cells``; None if it cannot be read."""
    file = picture_file(dataset, token.image)
    try:
        if file is None:
            return None
        image = open_picture(file)
        return read_at(image, cells or image.width)
    except (OSError, ValueError):
        return None
