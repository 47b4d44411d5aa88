"""The ingested tokens as training material: pictures, decoded once and small, and what is true of each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from magpie.catalog import Catalog
from magpie.domain import Collection, Token
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.settings import Settings
from magpie.splits import split_of
from retrieval.training.captions import Fact, facts

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """``n`` tokens with pictures. ``pixels`` is (n, size, size, 4) RGBA; row i belongs to ``tokens[i]``.

    ``train``, ``validation`` and ``held_out`` are row numbers, each row in one of them: weights are fitted on
    the first, chosen by the second and reported on the third. ``fact_ids`` numbers every fact.
    """

    tokens: tuple[Token, ...]
    collections: dict[str, Collection]
    pixels: Pixels
    facts: tuple[frozenset[Fact], ...]
    fact_ids: dict[Fact, int]
    train: Rows
    validation: Rows
    held_out: Rows

    def home(self, row: int) -> Collection:
        return self.collections[self.tokens[row].collection]

    def by_collection(self, rows: Rows) -> dict[str, Rows]:
        """``rows`` grouped by their collection, in order of name."""
        names = np.array([self.tokens[row].collection for row in rows], dtype=object)
        return {name: rows[names == name] for name in sorted(set(names))}

    def multi_hot(self, claimed: Sequence[frozenset[Fact]]) -> npt.NDArray[np.float32]:
        """(len(claimed), facts): 1 where the fact is in the set."""
        table = np.zeros((len(claimed), len(self.fact_ids)), np.float32)
        for row, held in enumerate(claimed):
            table[row, [self.fact_ids[fact] for fact in held]] = 1
        return table


def load(settings: Settings, run: Path, size: int, names: Sequence[str] = (), *, tick: Tick) -> Corpus:
    """The tokens of the named collections (all if none) whose pictures can be read, from the home's dataset.

    Decoded pictures are kept in ``run``, for the next start. Raises `InputError` if too few are left.
    """
    with Catalog(settings.catalog_path) as catalog:
        chosen = [catalog.collection(name) for name in names] or catalog.collections()
        tokens = [t for t in catalog.iter_tokens([c.name for c in chosen]) if t.image]
    if not tokens:
        raise InputError(f"no picture to train on at {settings.home}: run `magpie ingest sample --full`")
    cache = run / f"pixels-{size}-{_digest(tokens)}.npy"
    pixels, readable = _cached(cache) or _decode(cache, settings.dataset_dir, tokens, size, tick)
    kept = [token for token, ok in zip(tokens, readable, strict=True) if ok]
    return assemble(kept, chosen, pixels if readable.all() else pixels[readable])


def assemble(tokens: Sequence[Token], collections: Sequence[Collection], pixels: Pixels) -> Corpus:
    """A corpus of tokens whose pictures are decoded. Raises `InputError` if a part is too small."""
    homes = {c.name: c for c in collections}
    true_of = tuple(facts(t, homes[t.collection]) for t in tokens)
    known = sorted(set().union(*true_of))
    part = np.array([split_of(t.ref) for t in tokens])
    train, validation, held_out = (np.flatnonzero(part == name) for name in ("train", "validation", "test"))
    if min(len(train), len(validation), len(held_out)) < 2:
        raise InputError(f"{len(tokens)} pictures are too few to train on and test with: ingest more")
    return Corpus(
        tokens=tuple(tokens),
        collections=homes,
        pixels=pixels,
        facts=true_of,
        fact_ids={fact: number for number, fact in enumerate(known)},
        train=train,
        validation=validation,
        held_out=held_out,
    )


def fit(image: "Image", size: int) -> "Image":
    """``image`` as RGBA, shrunk by area to ``size`` on its longer side, centred on transparency."""
    from PIL import Image as Pillow

    source = image.convert("RGBA")
    scale = size / max(source.size)
    width, height = (max(1, round(side * scale)) for side in source.size)
    small = source.resize((width, height), Pillow.Resampling.BOX)
    square = Pillow.new("RGBA", (size, size), (0, 0, 0, 0))
    square.paste(small, ((size - width) // 2, (size - height) // 2))
    return square


def _digest(tokens: Sequence[Token]) -> str:
    digest = hashlib.sha256()
    for token in tokens:
        digest.update(f"{token.ref} {token.image_sha256}\n".encode())
    return digest.hexdigest()[:16]


def _cached(cache: Path) -> tuple[Pixels, npt.NDArray[np.bool_]] | None:
    if not cache.is_file():
        return None
    pixels: Pixels = np.load(cache, mmap_mode="r")
    readable: npt.NDArray[np.bool_] = np.load(cache.with_suffix(".readable.npy"))
    return pixels, readable


def _decode(
    cache: Path, dataset: Path, tokens: Sequence[Token], size: int, tick: Tick
) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(".part")
    pixels = np.lib.format.open_memmap(part, "w+", np.uint8, (len(tokens), size, size, 4))
    readable = np.ones(len(tokens), bool)
    for row, token in enumerate(tokens):
        try:
            with Pillow.open(dataset / str(token.image)) as image:
                pixels[row] = np.asarray(fit(image, size))
        except (OSError, UnidentifiedImageError):
            readable[row] = False
        if row % 50 == 49 or row + 1 == len(tokens):
            tick("decode pictures", row + 1, len(tokens))
    pixels.flush()
    np.save(cache.with_suffix(".readable.npy"), readable)
    part.replace(cache)
    return pixels, readable
