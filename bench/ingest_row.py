"""One row of the ingest benchmark: a gateway's process, an ingest's, and the memory watched from outside."""

import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from agent.devchain.gateway import Faults, Gateway
from agent.devchain.publish import publish
from bench.cpu_shares import Shares
from ingest.ports import FROM_FILES, NOTHING_KNOWN, Known, Problem, RawToken, Source
from magpie.domain import Collection
from magpie.errors import SourceError
from magpie.settings import Settings

MEMORY_EVERY = 0.2
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Plan:
    """One row: ``latency`` None reads the pack itself, without a gateway."""

    name: str
    pack: str
    tokens: int
    latency: float | None = None
    faults: float = 0.0
    workers: int | None = None
    profile: bool = False


@dataclass
class Measured:
    """What came of a row. ``digests`` are of each token's picture and traits."""

    seconds: float
    tokens: int
    parent_cpu: float
    workers_cpu: float
    problems: list[str]
    digests: dict[int, str] = field(repr=False)
    shares: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0
    requests: int = 0
    gateway_cpu: float = 0.0


class Part:
    """The first tokens of a source."""

    complete = False
    problems: tuple[Problem, ...] = ()
    provenance = FROM_FILES

    def __init__(self, source: Source, tokens: int) -> None:
        self.collection: Collection = source.collection
        self._source, self.total = source, min(tokens, source.total or tokens)

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        yield from islice(self._source.items(known), self.total)


class Listed:
    """Tokens whose metadata lie below one base URI, fetched as the chain source fetches them."""

    complete = False
    problems: tuple[Problem, ...] = ()
    provenance = FROM_FILES

    def __init__(self, collection: Collection, base_uri: str, ids: Sequence[int], settings: Settings) -> None:
        self.collection, self.total = collection, len(ids)
        self._base, self._ids, self._settings = base_uri, ids, settings

    def items(self, known: Known = NOTHING_KNOWN) -> Iterator[RawToken]:
        from ingest.chain.recent import Recent
        from ingest.chain.token_files import Got, Wanted, fetch_token
        from ingest.fetch.client import Fetcher
        from ingest.fetch.stream import concurrently

        recent = Recent()

        async def one(fetcher: Fetcher, token_id: int) -> Got:
            uri = f"{self._base}{token_id}"
            return await fetch_token(fetcher, recent, Wanted(token_id, uri, uri))

        limit = 2 * self._settings.fetch_concurrency  # as the chain source
        for got in concurrently(one, self._ids, limit=limit, settings=self._settings):
            yield got.token


def read_pack(pack: str, tokens: int) -> Part:
    """The pack's first tokens, or those of the committed punks."""
    from ingest.sources.discovery import discover
    from ingest.sources.punks import PunkSource

    if not pack:
        return Part(PunkSource(full=True), tokens)
    found = discover([Path(pack)])
    if not found.sources:
        raise SourceError(f"{pack}: no collection ({'; '.join(map(str, found.problems))})")
    return Part(found.sources[0], tokens)


def serve(plan: Plan, parent: Connection) -> None:
    """The gateway's process: sends where it listens, then, once asked, what it was asked for."""
    source = read_pack(plan.pack, plan.tokens)
    published = publish(source)
    ids = [int(path.rpartition("/")[2]) for path in published.files if path.startswith("metadata/")]
    with Gateway(published.files, latency=plan.latency or 0, faults=Faults(rate=plan.faults)) as gateway:
        start = time.process_time()
        parent.send((source.collection, gateway.url, published.base_uri, ids))
        parent.recv()
        parent.send((gateway.requests.total(), time.process_time() - start))


def run(plan: Plan, gateway: tuple[Collection, str, str, list[int]] | None, parent: Connection) -> None:
    """The ingest's process: sends a `Measured`."""
    from ingest.pipeline import ingest

    shares = timed_shares() if plan.profile else Shares()
    with tempfile.TemporaryDirectory() as home:
        if gateway is None:
            settings = Settings(home=Path(home))
            source: Source = read_pack(plan.pack, plan.tokens)
        else:
            collection, url, base_uri, ids = gateway
            settings = Settings.model_validate({"home": home, "ipfs_gateways": [url]})
            source = Listed(collection, base_uri, ids, settings)
        started, cpu = time.perf_counter(), time.process_time()
        report = ingest([source], settings, tick=lambda *_: None, workers=plan.workers)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        children = psutil.Process().cpu_times()
        problems = [*map(str, report.skipped), *(str(p) for each in report.collections for p in each.skipped)]
        done = Measured(
            seconds=seconds,
            tokens=sum(each.tokens for each in report.collections),
            parent_cpu=cpu,
            workers_cpu=children.children_user + children.children_system,
            problems=problems,
            digests=digests(settings),
            shares=dict(shares.seconds),
        )
    parent.send(done)


def digests(settings: Settings) -> dict[int, str]:
    """What the catalogue has of each token."""
    from magpie.catalog import Catalog

    with Catalog(settings.catalog_path) as catalog:
        return {t.ref.token_id: f"{t.image_sha256} {t.traits} {t.caption}" for t in catalog.iter_tokens()}


def timed_shares() -> Shares:
    """Timers around what may be the limit."""
    import hashlib

    from ingest import dataset, images, png, traits
    from magpie import files
    from magpie.catalog import Catalog

    shares = Shares()
    shares.time("PNG encoding", png.encode)
    shares.time("picture decoding", images.decode)
    shares.time("picture scaling", images.resize)
    shares.time("hashing", hashlib.sha256)
    shares.time("JSON", json.loads)
    shares.time("JSON", json.dumps)
    shares.time("files", files.write_atomic)
    shares.time("traits and captions", traits.parse)
    shares.time("the rest of a token", dataset.write_token)
    shares.time_method("SQLite", Catalog, "put_tokens")
    shares.time("HTTP and its loop", asyncio.run)
    return shares


def measure(plan: Plan) -> Measured:
    """Run one row, watching the memory of its process and of that one's children."""
    if plan.latency is None:
        return _watched(plan, None)
    ours, theirs = SPAWN.Pipe()
    server = SPAWN.Process(target=serve, args=(plan, theirs))
    server.start()
    theirs.close()
    try:
        done = _watched(plan, ours.recv())
        ours.send(None)
        done.requests, done.gateway_cpu = ours.recv()
        return done
    finally:
        ours.close()
        server.join()


def _watched(plan: Plan, gateway: tuple[Collection, str, str, list[int]] | None) -> Measured:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=run, args=(plan, gateway, theirs))
    process.start()
    theirs.close()
    peak = 0
    while not ours.poll(MEMORY_EVERY):
        peak = max(peak, resident(psutil.Process(process.pid)))
    done: Measured = ours.recv()
    process.join()
    done.peak_mib = peak / 2**20
    return done


def resident(process: psutil.Process) -> int:
    """Bytes of a process and all below it."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
