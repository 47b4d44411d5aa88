"""Brings both indices up to date with the catalogue.

What to do is worked out from what each store really holds, never from a log: a build that was killed at any
point, between the two indices or inside a batch, is completed by the next one.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from magpie.catalog import Catalog
from magpie.catalog_ranks import RankingRecord
from magpie.domain import Token
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends, contents, manifest, rarity
from retrieval.adaptation import record
from retrieval.columns import build as columns
from retrieval.columns import folder
from retrieval.copies import sketchbook
from retrieval.manifest import IndexRecord, Manifest
from retrieval.pictures import Unreadable, embed
from retrieval.ports import (
    SCHEMA_VERSION,
    Entry,
    ImageEncoder,
    IndexKind,
    Placement,
    TextEncoder,
    Vectors,
    VectorStore,
)
from retrieval.reader import WORDS, Reader

_BATCH = 256  # distinct contents: at most this much work is lost when a build is killed


@dataclass(frozen=True)
class StageReport:
    """What one index needed, in tokens; ``encoded`` is in distinct pictures or captions.

    ``skipped`` maps a token that could not be indexed to the reason. ``device`` and ``dtype`` are what the
    encoder computed on and in, "" if there was nothing to encode. ``per_second`` is how many of the encoded
    were read, encoded and stored a second, once the weights were loaded.
    """

    encoder: str
    total: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    encoded: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    device: str = ""
    dtype: str = ""
    per_second: float = 0.0


@dataclass(frozen=True)
class IndexReport:
    image: StageReport
    caption: StageReport


@dataclass(frozen=True)
class _Stage:
    """One index to bring up to date. ``wanted`` maps each entry to what its encoder reads.

    ``encode`` gives, for every batch of contents in turn, the vectors of those that it could read, by
    content; the others and the reasons it puts into the mapping it is given. Call ``load`` first.
    """

    kind: IndexKind
    encoder: str
    store: VectorStore
    wanted: dict[Entry, str]
    load: Callable[[], Placement]
    encode: Callable[[Sequence[Sequence[str]], dict[str, str]], Generator[dict[str, Vectors]]]


@dataclass(frozen=True)
class _Plan:
    stage: _Stage
    held: dict[str, Entry]
    gone: list[str]
    due: list[Entry]


def build(settings: Settings, *, tick: Tick) -> IndexReport:
    """Add, replace and remove vectors until both indices hold what the catalogue holds.

    Ticks count tokens. Raises `InputError` if nothing is ingested, and whatever the encoders raise.
    """
    image, caption = backends.image_encoder(settings), backends.text_encoder(settings)
    with Catalog(settings.catalog_path) as catalog:
        dataset = catalog.dataset_hash()  # first: what changes while we work is then seen as stale
        tokens = list(catalog.iter_tokens())
        _rank(catalog, tokens, tick)
    if not tokens:
        raise InputError(f"no tokens are ingested at {settings.home}: run `magpie ingest sample`")
    plans = [
        _plan(_image_stage(settings, image, tokens)),
        _plan(_caption_stage(settings, caption, tokens)),
    ]
    if any(plan.gone or plan.due for plan in plans):
        manifest.clear(settings)
        folder.clear(settings)
    reports = [_carry_out(plan, tick) for plan in plans]
    sketchbook.update(settings, tokens, dataset, tick=tick)
    records = [
        IndexRecord(encoder=p.stage.encoder, dim=_dim(p.stage.store), rows=len(p.stage.store)) for p in plans
    ]
    whole = Manifest(schema_version=SCHEMA_VERSION, dataset=dataset, image=records[0], caption=records[1])
    manifest.write(settings, whole)
    _write_columns(settings, whole, plans, tick)
    with Catalog(settings.catalog_path) as catalog:
        Reader(catalog, caption, settings.home / WORDS).prepare(tick)
    for model in record.retired(settings):
        backends.drop_store(settings, "image", model.encoder)
        record.forget(settings, model)
    return IndexReport(*reports)


def forget(settings: Settings) -> None:
    """Drop both indices of the encoders in use, so that `build` encodes everything anew."""
    manifest.clear(settings)
    backends.drop_store(settings, "image", backends.image_encoder(settings).id)
    backends.drop_store(settings, "caption", backends.text_encoder(settings).id)


def _write_columns(settings: Settings, whole: Manifest, plans: Sequence[_Plan], tick: Tick) -> None:
    """What is worked out from the whole once, so that no search has to."""
    with Catalog(settings.catalog_path) as catalog:
        catalog.trait_counts()
        if catalog.dataset_hash() == whole.dataset:  # else another index is due, which will
            columns.build(
                settings, catalog, whole, {plan.stage.kind: plan.stage.store for plan in plans}, tick=tick
            )


def _rank(catalog: Catalog, tokens: Iterable[Token], tick: Tick) -> None:
    """Rarity of the collections that have changed."""
    homes: dict[str, list[Token]] = {name: [] for name in catalog.unranked()}
    for token in tokens:
        if token.collection in homes:
            homes[token.collection].append(token)
    for done, (name, held) in enumerate(homes.items()):
        tick("rank by rarity", done, len(homes))
        ranking = rarity.rank(held, catalog.collection(name).supply)
        record = RankingRecord(ranking.checksum, ranking.entropy, ranking.partial)
        catalog.put_ranks(name, record, [(one.ref.token_id, one.rank, one.score) for one in ranking.tokens])
    if homes:
        tick("rank by rarity", len(homes), len(homes))


def _image_stage(settings: Settings, encoder: ImageEncoder, tokens: Iterable[Token]) -> _Stage:
    def encode(batches: Sequence[Sequence[str]], skipped: dict[str, str]) -> Generator[dict[str, Vectors]]:
        files = (settings.dataset_dir / path for batch in batches for path in batch)
        with closing(embed(encoder, files, threads=settings.threads)) as rows:
            for batch in batches:
                vectors: dict[str, Vectors] = {}
                for path, row in zip(batch, rows, strict=False):  # as many rows as the batch has
                    if isinstance(row, Unreadable):
                        skipped[path] = f"{path}: {row}"
                    else:
                        vectors[path] = row
                yield vectors

    wanted = dict(content for token in tokens if (content := contents.picture(token)))
    store = backends.open_store(settings, "image", encoder)
    return _Stage("image", encoder.id, store, wanted, encoder.load, encode)


def _caption_stage(settings: Settings, encoder: TextEncoder, tokens: Iterable[Token]) -> _Stage:
    def encode(batches: Sequence[Sequence[str]], skipped: dict[str, str]) -> Generator[dict[str, Vectors]]:
        for captions in batches:
            yield dict(zip(captions, encoder.encode(captions, kind="document"), strict=True))

    wanted = dict(content for token in tokens if (content := contents.caption(token)))
    store = backends.open_store(settings, "caption", encoder)
    return _Stage("caption", encoder.id, store, wanted, encoder.load, encode)


def _plan(stage: _Stage) -> _Plan:
    held = {entry.id: entry for entry in stage.store.entries()}
    ids = {entry.id for entry in stage.wanted}
    gone = [row for row in held if row not in ids]
    return _Plan(stage, held, gone, [entry for entry in stage.wanted if held.get(entry.id) != entry])


def _carry_out(plan: _Plan, tick: Tick) -> StageReport:
    start, stage, name = perf_counter(), plan.stage, f"index {plan.stage.kind}s"
    reusable = _copy_known(plan)
    stage.store.remove(plan.gone)
    twins: dict[str, list[Entry]] = defaultdict(list)
    for entry in plan.due:
        if entry.digest not in reusable:
            twins[entry.digest].append(entry)
    done = len(stage.wanted) - sum(map(len, twins.values()))
    tick(name, done, len(stage.wanted))
    placement = stage.load() if twins else Placement("", "")
    loaded = perf_counter()
    unreadable: dict[str, str] = {}
    for stored in _encode_and_store(stage, twins, unreadable):
        done += stored
        tick(name, done, len(stage.wanted))
    encoded, encoding = len(twins) - len(unreadable), perf_counter() - loaded
    skipped = {
        entry.id: unreadable[content]
        for entries in twins.values()
        if (content := stage.wanted[entries[0]]) in unreadable
        for entry in entries
    }
    # A token whose new picture cannot be read must not be found by its old one.
    stage.store.remove([row for row in skipped if row in plan.held])
    written = [entry for entry in plan.due if entry.id not in skipped]
    return StageReport(
        encoder=stage.encoder,
        total=len(stage.store),
        added=sum(entry.id not in plan.held for entry in written),
        changed=sum(entry.id in plan.held for entry in written),
        removed=len(plan.gone),
        encoded=encoded,
        skipped=skipped,
        seconds=perf_counter() - start,
        device=placement.device,
        dtype=placement.dtype,
        per_second=encoded / encoding,
    )


def _encode_and_store(
    stage: _Stage, twins: dict[str, list[Entry]], unreadable: dict[str, str]
) -> Iterator[int]:
    """Yields after each batch how many entries it settled. ``twins``: the entries that share a digest."""
    distinct = list(twins)
    batches = [distinct[at : at + _BATCH] for at in range(0, len(distinct), _BATCH)]
    sources = [[stage.wanted[twins[digest][0]] for digest in batch] for batch in batches]
    with closing(stage.encode(sources, unreadable)) as encoded:
        for batch, contents, vectors in zip(batches, sources, encoded, strict=True):
            rows = [
                (entry, vectors[content])
                for digest, content in zip(batch, contents, strict=True)
                if content in vectors
                for entry in twins[digest]
            ]
            if rows:
                stage.store.upsert([entry for entry, _ in rows], np.stack([vector for _, vector in rows]))
            yield sum(len(twins[digest]) for digest in batch)


def _copy_known(plan: _Plan) -> set[str]:
    """Store the due rows whose content the store already has a vector of; returns those contents' digests."""
    known = {entry.digest: row for row, entry in plan.held.items()}
    due = [entry for entry in plan.due if entry.digest in known]
    if due:
        vectors = plan.stage.store.vectors([known[entry.digest] for entry in due])
        plan.stage.store.upsert(due, np.stack([vectors[known[entry.digest]] for entry in due]))
    return {entry.digest for entry in due}


def _dim(store: VectorStore) -> int:
    some = store.entries()[:1]
    return len(store.vectors([some[0].id])[some[0].id]) if some else 0
