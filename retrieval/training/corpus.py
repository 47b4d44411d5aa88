"""The ingested tokens as training material: small pictures, what is true of each, their layers if known."""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from magpie.catalog import Catalog
from magpie.domain import Collection, Token, TokenRef, Trait
from magpie.errors import InputError
from magpie.facts import Fact
from magpie.progress import Tick
from magpie.settings import Settings
from magpie.splits import split_of
from retrieval import layers as stored_layers
from retrieval.layers import Layer
from retrieval.training.captions import facts
from retrieval.training.pixels import Pictures, Rows, kept, only
from retrieval.training.pixels import Pixels as Pixels
from retrieval.training.pixels import fit as fit


class Layers(Protocol):
    """Where traits are in a collection's pictures; `retrieval.layers.LayerBook` is one."""

    def of(self, collection: str, trait: Trait) -> Layer | None:
        """The trait's mask and component at the corpus's size, or None if they are not known."""


@dataclass(frozen=True)
class Corpus:
    """``n`` tokens with pictures. ``pixels`` is (n, size, size, 4) RGBA; row i belongs to ``tokens[i]``.

    ``train``, ``validation`` and ``held_out`` are row numbers, each row in one of them: weights are fitted on
    the first, chosen by the second and reported on the third. ``facts`` is what is true of each row's token.
    """

    tokens: tuple[Token, ...]
    collections: dict[str, Collection]
    pixels: Pictures
    facts: tuple[frozenset[Fact], ...]
    train: Rows
    validation: Rows
    held_out: Rows
    layers: Layers | None = None

    def home(self, row: int) -> Collection:
        return self.collections[self.tokens[row].collection]

    @cached_property
    def digest(self) -> str:
        """Names the tokens and the content of their pictures."""
        return _digest(self.tokens)

    def by_collection(self, rows: Rows) -> dict[str, Rows]:
        """``rows`` grouped by their collection, in order of name."""
        names = np.array([self.tokens[row].collection for row in rows], dtype=object)
        return {name: rows[names == name] for name in sorted(set(names))}


def load(
    settings: Settings,
    run: Path,
    look: int | dict[str, Any],
    names: Sequence[str] = (),
    *,
    among: Container[TokenRef] | None = None,
    tick: Tick,
) -> Corpus:
    """The tokens of the named collections (all if none) whose pictures can be read, from the home's dataset.

    ``look`` is the side of the pictures, or a model's ``preprocess_cfg``; ``among`` leaves out all other
    tokens. Decoded pictures are kept in ``run``, for the next start. Raises `InputError` if too few are left.
    """
    cfg = {"size": look} if isinstance(look, int) else look
    size, interpolation = int(cfg["size"]), str(cfg.get("interpolation", "box"))
    with Catalog(settings.catalog_path) as catalog:
        chosen = [catalog.collection(name) for name in names] or catalog.collections()
        listed = (t for t in catalog.iter_tokens([c.name for c in chosen]) if t.image)
        tokens = [t for t in listed if among is None or t.ref in among]
    if not tokens:
        raise InputError(f"no picture to train on at {settings.home}: run `magpie ingest sample --full`")
    drawn = "" if interpolation == "box" else f"{interpolation}-"
    cache = run / f"pixels-{size}-{drawn}{_digest(tokens)}.npy"
    files = [settings.dataset_dir / str(token.image) for token in tokens]
    pictures, readable = kept(cache, files, size, interpolation, tick=tick)
    left = [token for token, ok in zip(tokens, readable, strict=True) if ok]
    book = stored_layers.load(settings.dataset_dir, [c.name for c in chosen], size)
    return assemble(left, chosen, only(pictures, files, readable), book)


def assemble(
    tokens: Sequence[Token],
    collections: Sequence[Collection],
    pixels: Pictures,
    layers: Layers | None = None,
) -> Corpus:
    """A corpus of tokens whose pictures are decoded. Raises `InputError` if a part is too small."""
    homes = {c.name: c for c in collections}
    true_of = tuple(facts(t, homes[t.collection]) for t in tokens)
    part = np.array([split_of(t.ref) for t in tokens])
    train, validation, held_out = (np.flatnonzero(part == name) for name in ("train", "validation", "test"))
    if min(len(train), len(validation), len(held_out)) < 2:
        raise InputError(f"{len(tokens)} pictures are too few to train on and test with: ingest more")
    return Corpus(
        tokens=tuple(tokens),
        collections=homes,
        pixels=pixels,
        facts=true_of,
        train=train,
        validation=validation,
        held_out=held_out,
        layers=layers,
    )


def _digest(tokens: Sequence[Token]) -> str:
    digest = hashlib.sha256()
    for token in tokens:
        digest.update(f"{token.ref} {token.image_sha256}\n".encode())
    return digest.hexdigest()[:16]
