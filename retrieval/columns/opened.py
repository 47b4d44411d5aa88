"""The columns of a home, opened: tokens by conditions, by words, by vectors."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from magpie.catalog import Catalog
from magpie.catalog_columns import Home
from magpie.domain import TokenRef
from magpie.settings import Settings
from retrieval import manifest
from retrieval.columns import folder
from retrieval.columns.conditions import Traits
from retrieval.columns.matrix import Matrix
from retrieval.columns.roster import Roster
from retrieval.columns.words import Words
from retrieval.ports import IndexKind


class Columns(NamedTuple):
    """``version`` is that of the catalogue they are of."""

    version: str
    roster: Roster
    traits: Traits
    words: Words
    matrices: dict[IndexKind, Matrix]

    @classmethod
    def open(cls, settings: Settings, catalog: Catalog) -> Self | None:
        """None if there are none of the index and of the catalogue's present version."""
        built = manifest.read(settings)
        record = folder.read(settings, built, catalog.version()) if built else None
        held = folder.arrays(settings, record) if record else None
        if record is None or held is None:
            return None
        homes = [Home(**home.model_dump()) for home in record.homes]
        roster = Roster(homes, held["ids"], {at: int(one) for at, one in record.large.items()})
        columns = catalog.columns
        words = Words(
            roster,
            columns,
            held["word-letters"],
            held["word-ends"],
            held["word-starts"],
            held["word-tokens"],
            held["word-times"],
            held["lengths"],
        )
        traits = Traits(roster, columns, held["trait-starts"], held["trait-tokens"], held["ranks"])
        kinds: tuple[IndexKind, ...] = ("image", "caption")
        matrices = {
            kind: Matrix(roster, held[f"{kind}-tokens"], held[f"{kind}-vectors"], threads=settings.threads)
            for kind in kinds
        }
        return cls(record.catalog, roster, traits, words, matrices)

    def bm25(
        self, query: str, k: int, allowed: Sequence[TokenRef] | None
    ) -> list[tuple[TokenRef, float]] | None:
        """As `Words.bm25`, among ``allowed`` or, if it is None, all."""
        return self.words.bm25(query, k, None if allowed is None else self.roster.selection(allowed))
