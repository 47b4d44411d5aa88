"""Sources -> dataset on disk and catalogue: bounded work in processes, catalogue writes in batches.

Files are written before the catalogue names them, and the dashboard after both, so that a run killed anywhere
is completed by the next one, which makes no picture twice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ingest import dataset
from ingest.dataset import Job, Outcome
from ingest.ledger import Ledger
from ingest.ports import Problem, RawToken, Source
from ingest.report import CollectionReport, IngestReport
from ingest.workers import Pool, Task
from magpie import text
from magpie.catalog import Catalog, Changes
from magpie.domain import Collection
from magpie.errors import InputError, SourceError
from magpie.optional import require
from magpie.progress import Tick
from magpie.query import Filter
from magpie.settings import Settings

BATCH = 500
CHUNK = 8
CHUNK_BYTES = 8 * 2**20
NO_CHANGES = Changes(0, 0, 0)


def ingest(
    sources: Sequence[Source],
    settings: Settings,
    *,
    tick: Tick,
    prune: bool = False,
    workers: int | None = None,
) -> IngestReport:
    """Bring the dataset and the catalogue up to date with ``sources``, one after the other.

    Tokens that a complete source no longer holds are reported, and removed only if ``prune``. ``workers`` is
    the number of processes; None: one a core, 0: none. A collection that cannot be taken is skipped with its
    reason.
    """
    for module in ("PIL.Image", "resvg_py"):  # said here once, rather than by each worker
        require(module, extra="ingest")
    reports: list[CollectionReport] = []
    skipped: list[Problem] = []
    with Catalog(settings.catalog_path, create=True) as catalog, Pool(workers) as pool:
        for source in sources:
            known = catalog.collections()
            collection = settle(source.collection, known)
            try:
                if collection not in known:
                    catalog.put_collection(collection)
            except InputError as error:
                skipped.append(Problem(where=source.collection.name, reason=str(error)))
                continue
            run = _Run(collection, catalog, settings.dataset_dir, pool, tick)
            try:
                reports.append(run.take(source, prune=prune))
            except OSError as error:
                where = error.filename or settings.dataset_dir
                raise SourceError(
                    f"cannot write {where}: {error.strerror}; make room or access, then run again"
                ) from error
    return IngestReport(collections=tuple(reports), skipped=tuple(skipped))


def settle(found: Collection, known: Sequence[Collection]) -> Collection:
    """``found`` under the name and contract by which the catalogue knows it, if it does.

    A name that differs only in case, spacing or punctuation is the same collection. Plain files that name no
    contract belong to the known one, and inherit what they do not say themselves.
    """
    match = next((c for c in known if text.fold(c.name) == text.fold(found.name)), None)
    if match is None:
        return found
    if found.on_chain or not match.on_chain:
        return found.model_copy(update={"name": match.name, "contract": _contract(found, match)})
    inherited = {
        name: getattr(found, name) or getattr(match, name)
        for name in ("description", "url", "licence", "supply")
    }
    identity = {"name": match.name, "chain": match.chain, "contract": match.contract}
    return found.model_copy(update=inherited | identity)


def _contract(found: Collection, match: Collection) -> str:
    """A stand-in contract follows from the name, so it changes with the name's spelling."""
    return found.contract if found.on_chain else match.contract


@dataclass
class _Run:
    """One collection being taken in: outcomes are collected and stored in batches."""

    collection: Collection
    catalog: Catalog
    folder: Path
    pool: Pool
    tick: Tick
    changes: Changes = NO_CHANGES
    seen: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    without: Counter[str] = field(default_factory=Counter)

    def take(self, source: Source, *, prune: bool) -> CollectionReport:
        """Read everything the source has, and say what came of it."""
        self.problems += source.problems
        dataset.remove_leftovers(self.folder, self.collection.name)
        with Ledger(self.folder / self.collection.name) as ledger:
            self._write(source, ledger)
            vanished = self._vanished() if source.complete else []
            removed = self._prune(vanished, ledger) if prune else 0
            report = self._report(removed, [] if prune else vanished)
            dataset.write_dashboard(self.folder, self.collection, report.tokens, ledger.pictures())
        return report

    def _write(self, source: Source, ledger: Ledger) -> None:
        task = Task(partial(dataset.write_token, self.folder), partial(dataset.without_image, self.folder))
        batch: list[Outcome] = []
        try:
            for done, outcome in enumerate(self.pool.map(task, self._chunks(source, ledger)), start=1):
                batch.append(outcome)
                self.tick(self.collection.name, done, source.total)
                if len(batch) == BATCH:
                    self._store(batch, ledger)
                    batch = []
        finally:  # what is on disk is worth keeping when the run is stopped
            self._store(batch, ledger)

    def _chunks(self, source: Source, ledger: Ledger) -> Iterator[list[Job]]:
        chunk: list[Job] = []
        size = 0
        for raw in source.items():
            self.seen.add(raw.token_id)
            job = self._job(raw, ledger)
            chunk.append(job)
            size += len(job.image or b"")
            if len(chunk) == CHUNK or size > CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def _job(self, raw: RawToken, ledger: Ledger) -> Job:
        self.problems += raw.problems
        image: bytes | None = None
        try:
            image = raw.read_image() if raw.read_image else None
        except SourceError as error:
            self.problems.append(Problem(where=raw.image_name, reason=str(error)))
        return Job(
            collection=self.collection,
            token_id=raw.token_id,
            metadata=raw.metadata,
            image=image,
            image_name=raw.image_name,
            caption=raw.caption,
            prompt=raw.prompt,
            made=ledger.get(raw.token_id),
        )

    def _store(self, batch: Sequence[Outcome], ledger: Ledger) -> None:
        ledger.add({outcome.token_id: outcome.made for outcome in batch if outcome.made})
        tokens = [outcome.token for outcome in batch if outcome.token]
        written = self.catalog.put_tokens(self.collection, tokens)
        self.changes = Changes(*(before + now for before, now in zip(self.changes, written, strict=True)))
        self.without["image"] += sum(token.image is None for token in tokens)
        self.without["traits"] += sum(not token.traits for token in tokens)
        for outcome in batch:
            self.problems += outcome.problems
            self.dropped.update(outcome.dropped)

    def _vanished(self) -> list[int]:
        """Ids in the catalogue that the source does not mention, in order."""
        here = self.catalog.select(Filter(collections=(self.collection.name,)))
        return sorted(ref.token_id for ref in here if ref.token_id not in self.seen)

    def _prune(self, vanished: Sequence[int], ledger: Ledger) -> int:
        removed = self.catalog.remove_tokens(self.collection.name, vanished)
        dataset.remove_files(self.folder, self.collection.name, vanished)
        ledger.forget(vanished)
        return removed

    def _report(self, removed: int, vanished: Sequence[int]) -> CollectionReport:
        counts = self.catalog.counts()[self.collection.name]
        return CollectionReport(
            name=self.collection.name,
            chain=self.collection.chain,
            contract=self.collection.contract,
            subject=self.collection.subject,
            **counts._asdict(),
            **self.changes._asdict(),
            removed=removed,
            without_image=self.without["image"],
            without_traits=self.without["traits"],
            dropped_traits=dict(sorted(self.dropped.items())),
            vanished=tuple(str(token_id) for token_id in vanished),
            skipped=tuple(self.problems),
        )
