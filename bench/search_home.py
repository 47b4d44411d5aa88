"""A home of as many tokens as asked for, drawn around those of an indexed one: traits, captions and vectors.

A drawn collection is like one of the source's: each of its tokens begins as one of that collection's, changes
some of its traits for those of others in proportion to how common they are, and has that token's vectors with
noise. Nothing is drawn twice alike, and the same home comes out of every run, so a build that was broken off
continues where it stopped.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.domain import Collection, Token, Trait
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends, manifest
from retrieval.columns import build as columns
from retrieval.ports import Entry, IndexKind, Vectors, VectorStore

SIZE = 10_000  # tokens of a drawn collection, as most real ones have
CHANGED = 0.3  # of a token's traits
NOISE = 0.35  # length of what is added to a vector of length 1: a cosine of about .94 with its origin
_BATCH = 2000
KINDS: tuple[IndexKind, ...] = ("image", "caption")


class Source(NamedTuple):
    """One collection to draw around, and the vectors of its tokens, (n, d) a kind."""

    collection: Collection
    tokens: list[Token]
    vectors: dict[IndexKind, Vectors]


class Drawn(NamedTuple):
    """Part of a home: a collection, its tokens, and from which of the source's each began."""

    collection: Collection
    tokens: list[Token]
    origins: np.ndarray
    source: Source
    seed: int

    def vectors(self, kind: IndexKind) -> Vectors:
        """(n, d), unit length, a row a token."""
        rng = np.random.default_rng((self.seed, KINDS.index(kind)))
        found = self.source.vectors[kind][self.origins]
        noise = rng.standard_normal(found.shape, np.float32)
        found = found + noise * np.float32(NOISE / np.sqrt(found.shape[1]))
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit


def sources(settings: Settings) -> list[Source]:
    """What an indexed home holds, a collection of at least ten indexed tokens at a time."""
    stores = _stores(settings)
    found = []
    with Catalog(settings.catalog_path) as catalog:
        for collection in catalog.collections():
            tokens = list(catalog.iter_tokens([collection.name]))
            held = {kind: stores[kind].vectors([str(token.ref) for token in tokens]) for kind in KINDS}
            whole = [token for token in tokens if all(str(token.ref) in held[kind] for kind in KINDS)]
            if len(whole) >= 10:
                vectors = {kind: np.stack([held[kind][str(t.ref)] for t in whole]) for kind in KINDS}
                found.append(Source(collection, whole, vectors))
    return found


def drawn(around: Sequence[Source], tokens: int) -> Iterator[Drawn]:
    """Collections of `SIZE` tokens, the last one with what is left."""
    for number, start in enumerate(range(0, tokens, SIZE)):
        source = around[number % len(around)]
        name = f"{source.collection.name} {number + 1}"
        collection = Collection(
            name=name, chain="eip155:1", contract=f"0x{number + 1:040x}", subject=source.collection.subject
        )
        rng = np.random.default_rng(number)
        size = min(SIZE, tokens - start)
        origins = rng.integers(len(source.tokens), size=size)
        others = rng.integers(len(source.tokens), size=size)
        kept = rng.random((size, 64)) >= CHANGED
        made = [
            _token(collection, at, source.tokens[origins[at]], source.tokens[others[at]], kept[at])
            for at in range(size)
        ]
        yield Drawn(collection, made, origins, source, number)


def _token(collection: Collection, number: int, like: Token, other: Token, kept: np.ndarray) -> Token:
    """``like`` with what ``other`` has of the types whose traits are not ``kept``."""
    theirs = {trait.type: trait for trait in other.traits}
    traits: list[Trait] = [
        trait if kept[at % kept.size] else theirs.get(trait.type, trait)
        for at, trait in enumerate(like.traits)
    ]
    return Token(
        ref=collection.ref(number),
        collection=collection.name,
        name=f"{collection.name} #{number}",
        traits=tuple(traits),
        caption=template_caption(collection.subject, traits),
        image=f"{collection.name}/images/{number}.png",
        image_sha256=f"{number:064x}",
    )


def build(settings: Settings, around: Sequence[Source], tokens: int, *, tick: Tick) -> dict[str, float]:
    """Make or complete the home; tokens a second of the catalogue and of each index, if any were added."""
    rates: dict[str, float] = {}
    with Catalog(settings.catalog_path, create=True) as catalog:
        counts = catalog.counts()
        held = sum(count.tokens for count in counts.values())
        start = perf_counter()
        for part in drawn(around, tokens):
            if part.collection.name not in counts or counts[part.collection.name].tokens < len(part.tokens):
                catalog.put_collection(part.collection)
                catalog.put_tokens(part.collection, part.tokens)
                tick("catalogue", (part.seed + 1) * SIZE, tokens)
        if held < tokens:
            rates["catalogue"] = (tokens - held) / (perf_counter() - start)
    for kind, store in _stores(settings).items():
        start, held = perf_counter(), len(store)
        if held < tokens:
            _fill(store, kind, around, tokens, tick)
            rates[kind] = (tokens - held) / (perf_counter() - start)
    return rates


def _fill(store: VectorStore, kind: IndexKind, around: Sequence[Source], tokens: int, tick: Tick) -> None:
    """Store the vectors that are not there yet; they are stored in order."""
    done = len(store) // SIZE * SIZE
    for part in islice(drawn(around, tokens), done // SIZE, None):
        vectors = part.vectors(kind)
        for start in range(0, len(part.tokens), _BATCH):
            some = part.tokens[start : start + _BATCH]
            entries = [Entry(str(token.ref), token.collection, token.image_sha256 or "") for token in some]
            store.upsert(entries, vectors[start : start + _BATCH])
            done += len(some)
            tick(f"{kind} vectors", done, tokens)


def _stores(settings: Settings) -> dict[IndexKind, VectorStore]:
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    return {
        "image": backends.open_store(settings, "image", image),
        "caption": backends.open_store(settings, "caption", caption),
    }


def finish(settings: Settings, tick: Tick) -> float:
    """Say that the index is whole, and write its columns; how long that took, in seconds."""
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    stores = _stores(settings)
    start = perf_counter()
    with Catalog(settings.catalog_path) as catalog:
        records = {
            kind: manifest.IndexRecord(encoder=encoder.id, dim=encoder.dim, rows=len(stores[kind]))
            for kind, encoder in (("image", image), ("caption", caption))
        }
        whole = manifest.Manifest(
            schema_version=manifest.SCHEMA_VERSION,
            dataset=catalog.dataset_hash(),
            image=records["image"],
            caption=records["caption"],
        )
        manifest.write(settings, whole)
        catalog.trait_counts()
        columns.build(settings, catalog, whole, stores, tick=tick)
    return perf_counter() - start


def settings_of(home: Path, threads: int) -> Settings:
    return Settings(home=home, threads=threads)
