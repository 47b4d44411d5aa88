"""One collection being taken in: files first, then the ledger, then the catalogue, the dashboard last.

In this order a run that is killed anywhere is completed by the next one, which fetches and converts nothing
twice, and the dataset is in the end the same as that of a run that was let alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic

from ingest import dashboard, dataset
from ingest.dataset import Job, Outcome
from ingest.filters import Verdict
from ingest.images import CONVERTER
from ingest.kept import Kept
from ingest.ledger import Entry, Ledger, digest
from ingest.ports import Problem, RawToken, Source
from ingest.report import CollectionReport
from ingest.shift import work_through
from ingest.workers import Pool, Task
from magpie.catalog import Catalog
from magpie.catalog_rows import Changes
from magpie.domain import Collection
from magpie.errors import SourceError
from magpie.progress import Tick
from magpie.query import Filter

BATCH = 500
SECONDS = 2.0  # after which a batch is stored, however small
NO_CHANGES = Changes(0, 0, 0)


@dataclass
class Taking:
    """What one run does with one collection, and what came of it."""

    collection: Collection
    catalog: Catalog
    folder: Path
    pool: Pool
    tick: Tick
    changes: Changes = NO_CHANGES
    done: int = 0
    seen: set[int] = field(default_factory=set)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    without: Counter[str] = field(default_factory=Counter)
    batch: list[Outcome] = field(default_factory=list)
    stored_at: float = field(default_factory=monotonic)

    def take_in(self, source: Source, *, prune: bool) -> CollectionReport:
        """Read everything the source has, and say what came of it."""
        dataset.remove_leftovers(self.folder, self.collection.name)
        with Ledger(self.folder / self.collection.name) as ledger:
            self._write(source, ledger)
            vanished = self._vanished() if source.complete else []
            removed = self._prune(vanished, ledger) if prune else 0
            dataset.share_pictures(self.folder, self.collection.name, ledger)
            verdicts = dashboard.write(
                self.folder,
                self.collection,
                self.catalog,
                ledger,
                problems=source.problems,
                provenance=source.provenance,
            )
        return self._report(source, removed, [] if prune else vanished, verdicts)

    def _write(self, source: Source, ledger: Ledger) -> None:
        task = Task(
            run=partial(dataset.write_token, self.folder),
            rescue=partial(dataset.without_image, self.folder),
            size=lambda job: job.size,
        )

        def take(outcomes: Sequence[Outcome]) -> None:
            self._take(outcomes, ledger, source.total)

        try:
            work_through(self.pool, task, self._jobs(source, ledger), take)
        finally:  # what is on disk is worth keeping when the run is stopped
            self._store()

    def _jobs(self, source: Source, ledger: Ledger) -> Iterator[Job]:
        kept = Kept(self.folder, self.collection.name, ledger)
        for raw in source.items(kept):
            self.seen.add(raw.token_id)
            if raw.metadata is None and raw.read_image is None and not raw.origin:
                # It could not be fetched this time: what was fetched before is better than nothing.
                raw = replace(kept.before(raw.token_id) or raw, problems=raw.problems)
            yield self._job(raw, ledger)

    def _job(self, raw: RawToken, ledger: Ledger) -> Job:
        problems = raw.problems
        image: bytes | None = None
        try:
            image = raw.read_image() if raw.read_image else None
        except SourceError as error:
            problems = (*problems, Problem(where=raw.image_name, reason=str(error)))
        before = ledger.get(raw.token_id)
        sha256 = digest(image) if image is not None else ""
        twin = ledger.holder(sha256) if sha256 else None
        if before and self._is_made(raw.token_id, before, sha256):
            image = None
        return Job(
            collection=self.collection,
            token_id=raw.token_id,
            metadata=raw.metadata,
            image=image,
            image_name=raw.image_name,
            caption=raw.caption,
            prompt=raw.prompt,
            origin=raw.origin,
            verified=raw.verified,
            problems=problems,
            before=before,
            twin=twin if twin and twin[0] != raw.token_id else None,
        )

    def _is_made(self, token_id: int, before: Entry, sha256: str) -> bool:
        """Whether the picture is made from this original already, or is this very file."""
        original, picture = before.original, before.picture
        made = original is not None and (original.sha256, original.converter) == (sha256, CONVERTER)
        same = picture is not None and picture.sha256 == sha256
        return (made or same) and dataset.has_picture(self.folder, self.collection.name, token_id, before)

    def _take(self, outcomes: Sequence[Outcome], ledger: Ledger, total: int | None) -> None:
        """Record what is on disk at once, and store it in the catalogue now and then."""
        ledger.add({outcome.token_id: outcome.entry for outcome in outcomes})
        self.batch += outcomes
        for _ in outcomes:
            self.done += 1
            self.tick(self.collection.name, self.done, total)
        if len(self.batch) >= BATCH or monotonic() > self.stored_at + SECONDS:
            self._store()

    def _store(self) -> None:
        batch, self.batch = self.batch, []
        self.stored_at = monotonic()
        tokens = [outcome.token for outcome in batch if outcome.token]
        if tokens:
            written = self.catalog.put_tokens(self.collection, tokens)
            self.changes = Changes(*(a + b for a, b in zip(self.changes, written, strict=True)))
        self.without["image"] += sum(token.image is None for token in tokens)
        self.without["traits"] += sum(not token.traits for token in tokens)
        for outcome in batch:
            self.dropped.update(outcome.entry.dropped)
            if outcome.entry.problems:
                self.problems[outcome.token_id] = outcome.entry.problems

    def _vanished(self) -> list[int]:
        """Ids in the catalogue that the source does not mention, in order."""
        here = self.catalog.select(Filter(collections=(self.collection.name,)))
        return sorted(ref.token_id for ref in here if ref.token_id not in self.seen)

    def _prune(self, vanished: Sequence[int], ledger: Ledger) -> int:
        removed = self.catalog.remove_tokens(self.collection.name, vanished)
        dataset.remove_files(self.folder, self.collection.name, vanished)
        ledger.forget(vanished)
        return removed

    def _report(
        self, source: Source, removed: int, vanished: Sequence[int], verdicts: Mapping[str, Verdict]
    ) -> CollectionReport:
        counts = self.catalog.counts()[self.collection.name]
        of_tokens = [problem for token_id in sorted(self.problems) for problem in self.problems[token_id]]
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
            skipped=(*source.problems, *of_tokens),
            failed_filters=tuple(verdict.evidence for verdict in verdicts.values() if not verdict.passed),
            generated=self.collection.is_generated,
        )
