"""Dashboards, pictures and captions of the ingested collections -> everything the page says, as values."""

from collections.abc import Sequence

from ingest.page import record
from ingest.page.distribution import BRIEF, FULL, Extent, TraitType, distribution
from ingest.page.record import Record
from ingest.page.samples import Samples, choose
from magpie import layout
from magpie.catalog import Catalog
from magpie.domain import Model
from magpie.errors import InputError
from magpie.progress import Tick
from magpie.settings import Settings

MANY = 60


class Chapter(Model):
    """One collection: what its dashboard records, its traits, some of its tokens."""

    record: Record
    types: tuple[TraitType, ...]
    unlisted_types: int
    samples: Samples


class Totals(Model):
    """Sums over the collections that record the figure; ``passing`` and ``failing`` are the filters'."""

    tokens: int
    pictures: int
    trait_values: int
    problems: int
    passing: int
    failing: int


class Report(Model):
    """The page, ready to be printed. The same dataset and seed give the same report."""

    seed: int
    extent: Extent
    totals: Totals
    chapters: tuple[Chapter, ...]

    @property
    def brief(self) -> bool:
        return self.extent == BRIEF


def build(settings: Settings, *, names: Sequence[str] = (), seed: int = 0, tick: Tick) -> Report:
    """The report over the named collections, or all. Raises `InputError` if there is none."""
    with Catalog(settings.catalog_path) as catalog:
        asked = {home.name: home for home in map(catalog.collection, names)}
        found = list(asked.values()) or catalog.collections()
        if not found:
            raise InputError(f"no collection is ingested at {settings.home}: run `magpie ingest sample`")
        extent = BRIEF if len(found) > MANY else FULL
        chapters = []
        for done, collection in enumerate(found, start=1):
            chapters.append(_chapter(settings, catalog, collection.name, seed, extent))
            tick("report", done, len(found))
    return Report(seed=seed, extent=extent, totals=_totals(chapters), chapters=tuple(chapters))


def _chapter(settings: Settings, catalog: Catalog, name: str, seed: int, extent: Extent) -> Chapter:
    recorded = record.read(settings.dataset_dir / name / layout.DASHBOARD, name)
    frequencies = recorded.traits or {}
    types = distribution(frequencies, recorded.tokens, extent)
    return Chapter(
        record=recorded,
        types=types,
        unlisted_types=len(frequencies) - len(types),
        samples=choose(catalog, settings.dataset_dir, name, seed=seed, extent=extent),
    )


def _totals(chapters: Sequence[Chapter]) -> Totals:
    records = [chapter.record for chapter in chapters]
    return Totals(
        tokens=sum(r.tokens or 0 for r in records),
        pictures=sum(r.pictures or 0 for r in records),
        trait_values=sum(r.trait_values or 0 for r in records),
        problems=sum(r.problem_count or 0 for r in records),
        passing=sum(r.passes is True for r in records),
        failing=sum(r.passes is False for r in records),
    )
