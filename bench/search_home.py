"""A home of as many tokens as asked for, drawn around those of an indexed one: traits, captions and vectors.

A drawn collection is like one of the source's: each of its tokens begins as one of that collection's, changes
some of its traits for those of others in proportion to how common they are, and has that token's vectors with
noise. Nothing is drawn twice alike, and the same home comes out of every run, so a build that was broken off
continues where it stopped.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from ingest.captions import template_caption
from magpie.catalog import Catalog
from magpie.domain import Collection, Token, TokenRef, Trait
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends, manifest
from retrieval.columns import build as columns
from retrieval.ports import Entry, IndexKind, Vectors, VectorStore
from retrieval.stores.memory import MemoryStore

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
    """Part of a home: a collection like the ``source``, of so many tokens."""

    number: int
    source: Source
    size: int

    @property
    def collection(self) -> Collection:
        like = self.source.collection
        return Collection(
            name=f"{like.name} {self.number + 1}",
            chain="eip155:1",
            contract=f"0x{self.number + 1:040x}",
            subject=like.subject,
        )

    def tokens(self) -> list[Token]:
        """By token id, which are 0 to ``size`` - 1."""
        rng, held = np.random.default_rng(self.number), self.source.tokens
        origins, others = (rng.integers(len(held), size=self.size) for _ in range(2))
        kept = rng.random((self.size, 64)) >= CHANGED
        home = self.collection
        return [_token(home, at, held[origins[at]], held[others[at]], kept[at]) for at in range(self.size)]

    def vectors(self, kind: IndexKind) -> Vectors:
        """(size, d), unit length, a row a token."""
        origins = np.random.default_rng(self.number).integers(len(self.source.tokens), size=self.size)
        found = self.source.vectors[kind][origins]
        noise = np.random.default_rng((self.number, KINDS.index(kind))).standard_normal(
            found.shape, np.float32
        )
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
        yield Drawn(number, around[number % len(around)], min(SIZE, tokens - start))


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
        image_sha256=_digest(number),
    )


def build(
    settings: Settings, around: Sequence[Source], tokens: int, *, graph: bool, tick: Tick
) -> dict[str, float]:
    """Make or complete the home, with Chroma's graph or without; returns tokens a second, by what was
    added: of the catalogue, and of each index.
    """
    rates: dict[str, float] = {}
    with Catalog(settings.catalog_path, create=True) as catalog:
        counts = catalog.counts()
        held = sum(count.tokens for count in counts.values())
        start = perf_counter()
        for part in drawn(around, tokens):
            home = part.collection
            if home.name not in counts or counts[home.name].tokens < part.size:
                catalog.put_collection(home)
                catalog.put_tokens(home, part.tokens())
                tick("catalogue", part.number * SIZE + part.size, tokens)
        if held < tokens:
            rates["catalogue"] = (tokens - held) / (perf_counter() - start)
    for kind, store in (_stores(settings) if graph else {}).items():
        start, held = perf_counter(), len(store)
        if held < tokens:
            _fill(store, kind, around, tokens, tick)
            rates[kind] = (tokens - held) / (perf_counter() - start)
    return rates


def _fill(store: VectorStore, kind: IndexKind, around: Sequence[Source], tokens: int, tick: Tick) -> None:
    """Store the vectors that are not there yet; they are stored in order."""
    done = len(store) // SIZE * SIZE
    for part in islice(drawn(around, tokens), done // SIZE, None):
        vectors, home = part.vectors(kind), part.collection
        for start in range(0, part.size, _BATCH):
            some = range(start, min(start + _BATCH, part.size))
            entries = [Entry(str(home.ref(at)), home.name, _digest(at)) for at in some]
            store.upsert(entries, vectors[start : start + _BATCH])
            done += len(some)
            tick(f"{kind} vectors", done, tokens)


def _digest(number: int) -> str:
    return f"{number:064x}"


def _stores(settings: Settings) -> dict[IndexKind, VectorStore]:
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    return {
        "image": backends.open_store(settings, "image", image),
        "caption": backends.open_store(settings, "caption", caption),
    }


class DrawnStore(MemoryStore):
    """The vectors of one kind, drawn when they are asked for, a collection at a time."""

    def __init__(self, around: Sequence[Source], tokens: int, kind: IndexKind) -> None:
        super().__init__()
        self._tokens, self._kind = tokens, kind
        self._parts = {part.collection.contract: part for part in drawn(around, tokens)}
        self._last: tuple[str, Vectors] = ("", np.zeros((0, 0), np.float32))

    def __len__(self) -> int:
        return self._tokens

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        found = {}
        for ref in map(TokenRef.parse, ids):
            if ref.contract != self._last[0]:
                self._last = (ref.contract, self._parts[ref.contract].vectors(self._kind))
            found[str(ref)] = self._last[1][ref.token_id]
        return found


def stores(
    settings: Settings, around: Sequence[Source], tokens: int, graph: bool
) -> dict[IndexKind, VectorStore]:
    """Chroma's, or what stands in for them where no vector was put into its graph."""
    return _stores(settings) if graph else {kind: DrawnStore(around, tokens, kind) for kind in KINDS}


def finish(settings: Settings, held: Mapping[IndexKind, VectorStore], tick: Tick) -> float:
    """Say that the index is whole, and write its columns; how long that took, in seconds."""
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    start = perf_counter()
    with Catalog(settings.catalog_path) as catalog:
        records = {
            kind: manifest.IndexRecord(encoder=encoder.id, dim=encoder.dim, rows=len(held[kind]))
            for kind, encoder in zip(KINDS, (image, caption), strict=True)
        }
        whole = manifest.Manifest(
            schema_version=manifest.SCHEMA_VERSION,
            dataset=catalog.dataset_hash(),
            image=records["image"],
            caption=records["caption"],
        )
        manifest.write(settings, whole)
        catalog.trait_counts()
        columns.build(settings, catalog, whole, held, tick=tick)
    return perf_counter() - start


def settings_of(home: Path, threads: int) -> Settings:
    return Settings(home=home, threads=threads)
