"""Writes the paraphrases of a catalogue's tokens, lines 2 to 4 of each caption file; equal trait sets once.

Killed anywhere, the next run goes on where it was: captions are in the cache before they are in files, files
are replaced whole, and the dashboard is written last. Captions that the source published are left alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest import dashboard
from ingest.ledger import Ledger
from ingest.paraphrase.cache import CaptionCache, Written, key, seen
from ingest.paraphrase.prompt import CaptionWriter
from ingest.paraphrase.writing import RULES, TraitSet, write
from ingest.subject import DEFAULT_SUBJECT, guess_subject
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Collection, Model, Token, TokenRef
from magpie.files import write_atomic
from magpie.progress import Tick
from magpie.settings import Settings

BATCH = 32  # trait sets asked for together
SAMPLE = 500  # tokens whose traits are asked for the subject


class CaptionReport(Model):
    """What a collection's captions are. ``llm`` at the first try, ``retried``, ``rule_based``: in captions.

    ``faults`` counts why captions of the model were not kept; ``written`` the files that changed.
    """

    collection: str
    subject: str
    model: str
    tokens: int
    published: int
    sets: int
    llm: int
    retried: int
    rule_based: int
    faults: dict[str, int]
    written: int


@dataclass
class _Tally:
    """What one collection's tokens came to."""

    tokens: int = 0
    sets: int = 0
    written: int = 0
    how: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


def write_captions(
    settings: Settings,
    collections: Sequence[str],
    tick: Tick,
    writer: CaptionWriter | None,
    *,
    limit: int | None = None,
    subject: str | None = None,
) -> list[CaptionReport]:
    """Caption the tokens of the named ``collections``, of all if none is named.

    ``limit``: only what the first tokens of each need, and what is in the cache. ``subject`` is the noun for
    what they show, remembered for later runs. Without a ``writer`` all captions are by rule. Raises
    `InputError` for a name that is not there.
    """
    with Catalog(settings.catalog_path) as catalog, CaptionCache(settings.home) as cache:
        found = [catalog.collection(name) for name in collections] or catalog.collections()
        runs = [_Run(settings.dataset_dir, one, cache, writer, subject, tick) for one in found]
        return [run.take(list(catalog.iter_tokens([run.collection.name])), limit) for run in runs]


@dataclass
class _Run:
    folder: Path
    collection: Collection
    cache: CaptionCache
    writer: CaptionWriter | None
    given: str | None
    tick: Tick
    tally: _Tally = field(default_factory=_Tally)

    @property
    def model(self) -> str:
        return self.writer.id if self.writer else RULES

    def take(self, tokens: Sequence[Token], limit: int | None) -> CaptionReport:
        """Caption the collection's ``tokens``, then say so in its dashboard."""
        board = self.folder / self.collection.name / layout.DASHBOARD
        subject = self._subject(dashboard.read(board), tokens)
        own = self._without_published(tokens)
        groups: dict[str, list[Token]] = {}
        for token in own:
            groups.setdefault(key(subject, token.traits, self.model), []).append(token)
        if limit is not None:
            groups = self._limited(groups, {token.ref for token in own[:limit]})
        total = sum(map(len, groups.values()))
        for names in _chunks(list(groups), BATCH):
            for name, written in self._captions(subject, {name: groups[name][0] for name in names}):
                self._put(groups[name], written)
            self.tick(self.collection.name, self.tally.tokens, total)
        report = self._report(subject, len(tokens) - len(own))
        dashboard.put_captions(board, self._statistics(report, len(own)))
        return report

    def _subject(self, record: Mapping[str, Any], tokens: Sequence[Token]) -> str:
        """As given, now or once; as the dashboard says; else from name, traits and description."""
        before = record.get("captions", {})
        told = self.given or (before.get("subject") if before.get("subject_given") else None)
        self.given = told
        told = told or record.get("subject") or self.collection.subject
        if told != DEFAULT_SUBJECT:
            return str(told)
        sample = [token.traits for token in tokens[:SAMPLE]]
        return guess_subject(self.collection.name, self.collection.description, sample)

    def _without_published(self, tokens: Sequence[Token]) -> list[Token]:
        with Ledger(self.folder / self.collection.name) as ledger:
            published = {
                token_id for token_id, entry in ledger.entries() if layout.CAPTIONS in entry.published
            }
        return [token for token in tokens if token.ref.token_id not in published]

    def _limited(self, groups: dict[str, list[Token]], first: set[TokenRef]) -> dict[str, list[Token]]:
        cached = self.cache.get(list(groups))
        return {
            name: tokens
            for name, tokens in groups.items()
            if name in cached or any(token.ref in first for token in tokens)
        }

    def _captions(self, subject: str, asked: Mapping[str, Token]) -> Iterator[tuple[str, Written]]:
        """The captions of each trait set, of which a token is given: from the cache, else written into it."""
        found = self.cache.get(list(asked))
        missing = [name for name in asked if name not in found]
        sets = [TraitSet(subject, seen(asked[name].traits)) for name in missing]
        made = dict(zip(missing, write(self.writer, sets), strict=True)) if sets else {}
        if made:
            self.cache.put(made)
        yield from (found | made).items()

    def _put(self, tokens: Sequence[Token], written: Written) -> None:
        self.tally.sets += 1
        self.tally.faults.update(written.faults)
        for token in tokens:
            path = self.folder / layout.relative_path(token.collection, layout.CAPTIONS, token.ref.token_id)
            lines = "".join(f"{line}\n" for line in (token.caption, *written.captions)).encode()
            if not path.is_file() or path.read_bytes() != lines:
                write_atomic(path, lines)
                self.tally.written += 1
            self.tally.tokens += 1
            self.tally.how.update(written.how)

    def _report(self, subject: str, published: int) -> CaptionReport:
        return CaptionReport(
            collection=self.collection.name,
            subject=subject,
            model=self.model,
            tokens=self.tally.tokens,
            published=published,
            sets=self.tally.sets,
            llm=self.tally.how["llm"],
            retried=self.tally.how["retried"],
            rule_based=self.tally.how["rule_based"],
            faults=dict(self.tally.faults.most_common()),
            written=self.tally.written,
        )

    def _statistics(self, report: CaptionReport, own: int) -> dict[str, Any]:
        """The dashboard's part: ``template`` and ``published`` count first lines, the others paraphrases."""
        counts = report.model_dump(exclude={"collection", "written", "sets"})
        return {"template": own, "trait_sets": report.sets, "subject_given": bool(self.given), **counts}


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
