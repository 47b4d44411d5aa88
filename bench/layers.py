"""Recovered layers against exact ones: precision and recall of visible pixels, by style of generated art.

``python -m bench.layers [--tokens 400] [--styles dylan micah ...]`` draws collections whose layers are known,
recovers them from the flat pictures, and prints the mean over trait values. ``--home HOME`` adds the share of
trait values with a layer in the collections there (run ``magpie train layers`` first).

A pixel belongs to a value if most of its tokens show it there. Values of too few tokens are counted apart. So
are pixels that most tokens without the value show in the same colour: no statistic can tell whose they are.
"""

import argparse
import io
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ingest import images
from ingest.sources.dicebear import GeneratedSource
from ingest.sources.layers import exact_layers
from ingest.sources.styles import STYLES
from magpie.domain import Token, Trait
from magpie.layers import read_index
from retrieval.layers.grid import FINEST, read_at
from retrieval.layers.ownership import Codes, colour_codes
from retrieval.layers.recover import FEWEST, SEEN_BY_MOST, recover
from retrieval.layers.stack import Stack, stack

# Clay, moods, landscape and planets move or turn their parts from token to token.
ALIGNED = ("dylan", "big-smile", "voxel-art", "avataaars", "critters", "micah", "miniavs", "personas")


class Score(NamedTuple):
    """One trait value: pixels found, true, both; true ones that differ between tokens, and those found."""

    found: int
    true: int
    both: int
    telling: int
    told: int


def score(found: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]) -> Score:
    """Pixel counts of one value's masks, all (h, w)."""
    told = true & ~same
    return Score(*(int(mask.sum()) for mask in (found, true, found & true, told, found & told)))


def alike(codes: Codes, has: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(p,): most tokens without the value show what the tokens with it mostly show."""
    usual = np.empty(codes.shape[1], codes.dtype)
    for column in range(codes.shape[1]):
        colours, counts = np.unique(codes[has, column], return_counts=True)
        usual[column] = colours[counts.argmax()]
    return np.asarray((codes[~has] == usual).mean(axis=0) > 0.5)


class Means(NamedTuple):
    """Means over a style's values; ``told`` is the recall of the pixels that differ between tokens."""

    precision: float
    recall: float
    told: float


def drawn(source: GeneratedSource, width: int) -> Stack:
    """All tokens of the source, flat, as ingest stores them."""
    tokens, pictures = [], []
    for raw in source.items():
        if raw.read_image is None:
            continue
        attributes = [Trait(type=a["trait_type"], value=a["value"]) for a in raw.metadata["attributes"]]
        ref = source.collection.ref(raw.token_id)
        tokens.append(Token(ref=ref, collection="bench", name="", traits=tuple(attributes)))
        with Image.open(io.BytesIO(images.to_png(raw.read_image()))) as image:
            pictures.append(read_at(image, width))
    return stack(np.stack(pictures), tokens)


def having(made: Stack) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
    """Which tokens (n,) have each trait, by its key."""
    return {
        trait.key: value == number
        for known, value in zip(made.traits, made.values, strict=True)
        for number, trait in enumerate(known)
    }


def measure(name: str, count: int, examples: int, width: int) -> Means:
    """Prints one row of the table."""
    source = GeneratedSource(next(style for style in STYLES if style.name == name), count)
    made = drawn(source, width)
    began = perf_counter()
    found = {layer.trait.key: layer.mask for layer in recover(made).layers}
    seconds = perf_counter() - began
    has = having(made)
    codes = colour_codes(made.pixels.reshape(len(made.pixels), -1, 4))
    scores, few = [], 0
    for layer in exact_layers(source, range(count), width, examples):
        true = layer.seen >= SEEN_BY_MOST
        if has[layer.trait.key].sum() < FEWEST:
            few += 1
        elif true.any():
            same = alike(codes, has[layer.trait.key]).reshape(true.shape)
            scores.append(score(found.get(layer.trait.key, np.zeros_like(true)), true, same))
    means = Means(
        float(np.mean([s.both / s.found for s in scores if s.found])),
        float(np.mean([s.both / s.true for s in scores])),
        float(np.mean([s.told / s.telling for s in scores if s.telling])),
    )
    with_mask = sum(s.found > 0 for s in scores)
    figures = " | ".join(f"{mean:.3f}" for mean in means)
    print(f"| {name} | {len(scores)} | {few} | {with_mask} | {figures} | {seconds:.0f} |", flush=True)
    return means


def real(home: Path) -> None:
    """The share of trait values with a layer, for each collection below ``home`` that has an index."""
    print("\n| collection | values with a layer | without | mean agreement | grid |\n|---|---|---|---|---|")
    for folder in sorted((home / "dataset").iterdir()):
        index = read_index(home / "dataset", folder.name)
        if index:
            agreement = np.mean([layer.agreement for layer in index.layers]) if index.layers else 0.0
            kept, lost = len(index.layers), len(index.left_out)
            print(f"| {folder.name} | {kept} | {lost} | {agreement:.3f} | {index.width} x {index.height} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--styles", nargs="+", default=list(ALIGNED), choices=[style.name for style in STYLES]
    )
    parser.add_argument("--tokens", type=int, default=400)
    parser.add_argument("--examples", type=int, default=8, help="tokens drawn for a value's exact mask")
    parser.add_argument("--width", type=int, default=FINEST // 2)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    print("| style | values | too few tokens | with a mask | precision | recall | of telling pixels | s |")
    print("|---|---|---|---|---|---|---|---|")
    rows = [measure(name, asked.tokens, asked.examples, asked.width) for name in asked.styles]
    means = " | ".join(f"{mean:.3f}" for mean in np.array(rows).mean(axis=0))
    print(f"| mean | | | | {means} | |")
    if asked.home:
        real(asked.home)


if __name__ == "__main__":
    main()
