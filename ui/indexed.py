"""What the page shows of the catalogue before a question: collections, covers, questions to begin with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from magpie import layout
from magpie.catalog import Catalog
from magpie.catalog_rows import CollectionCount
from magpie.conditions import Has
from magpie.domain import Collection, Trait
from magpie.errors import InputError
from magpie.query import Filter
from magpie.settings import Settings
from ui.view import Library

STARTERS = 6
_PUNKS = "CRYPTOPUNKS"
# Questions about the one real collection of the sample, each with the traits of the token shown beside it.
_ABOUT_PUNKS = (
    ("A zombie punk with a beanie", ("Type=Zombie", "Accessory=Beanie")),
    ("An ape with a gold chain", ("Type=Ape", "Accessory=Gold Chain")),
    ("An alien without a headband", ("Type=Alien",)),
)


@dataclass(frozen=True)
class Starter:
    """A question to begin with, and the picture beside it."""

    question: str
    picture: Path


@dataclass(frozen=True)
class Indexed:
    """One reading of the catalogue."""

    home: Path
    collections: tuple[Collection, ...]
    counts: Mapping[str, CollectionCount]
    starters: tuple[Starter, ...]
    library: Library


def read(settings: Settings) -> Indexed:
    """What is indexed now. Raises `InputError` with the command to run if nothing is."""
    with Catalog(settings.catalog_path) as catalog:
        # The real ones first: generated ones are there to try things out.
        collections = tuple(sorted(catalog.collections(), key=lambda home: home.is_generated))
        if not collections:
            raise InputError(
                f"nothing is ingested at {settings.home}: run `magpie ingest sample`, or give --home"
            )
        shown = _Pictures(catalog, settings.dataset_dir)
        covers = {home.name: cover for home in collections if (cover := shown.of(home))}
        library = Library(settings.dataset_dir, {home.name: home for home in collections}, covers)
        return Indexed(
            settings.home,
            collections,
            catalog.counts(),
            tuple(_starters(catalog, collections, shown)),
            library,
        )


@dataclass(frozen=True)
class _Pictures:
    catalog: Catalog
    dataset: Path

    def of(self, home: Collection, *traits: Trait) -> Path | None:
        """The picture of the first token with all these traits."""
        wanted = Filter(collections=(home.name,), where=tuple(map(Has.of, traits)))
        for token in self.catalog.tokens(self.catalog.select(wanted)[:1]).values():
            return layout.picture_file(self.dataset, token.image)
        return None


def _starters(catalog: Catalog, collections: tuple[Collection, ...], shown: _Pictures) -> list[Starter]:
    """At most `STARTERS` questions; the same ones until something else is ingested."""
    punks = [starter for home in collections if home.name == _PUNKS for starter in _about_punks(home, shown)]
    others = [home for home in collections if home.name != _PUNKS]
    spread = others[:: max(1, len(others) // STARTERS)]
    rest = [starter for home in spread for starter in _about_any(catalog, home, shown)]
    return [*punks, *rest][:STARTERS]


def _about_punks(punks: Collection, shown: _Pictures) -> Iterator[Starter]:
    for question, conditions in _ABOUT_PUNKS:
        traits = [Trait(type=t, value=v) for t, _, v in (each.partition("=") for each in conditions)]
        if cover := shown.of(punks, *traits):
            yield Starter(question, cover)


def _about_any(catalog: Catalog, home: Collection, shown: _Pictures) -> Iterator[Starter]:
    """A question about the collection's rarest trait that more than one token has."""
    shared = [count.trait for count in catalog.trait_counts([home.name]) if count.tokens > 1]
    if shared and (cover := shown.of(home, shared[-1])):
        yield Starter(f"{home.name} with {shared[-1].value} {shared[-1].type}".strip(), cover)
