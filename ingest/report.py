"""What an ingest did, as values: printed by the command line, and its ``--json``."""

from pydantic import Field

from ingest.ports import Problem
from magpie.domain import Model


class CollectionReport(Model):
    """One collection after its ingest: what is in the catalogue, what this run changed, what it left out.

    ``dropped_traits`` counts published traits that were left out, by reason: published = traits + dropped,
    for the tokens this run read. ``vanished`` are ids in the catalogue that the source no longer holds.
    ``failed_filters`` is why it is left out of partitions, if it is.
    """

    name: str
    chain: str
    contract: str
    subject: str
    tokens: int
    images: int
    traits: int
    added: int
    changed: int
    unchanged: int
    removed: int = 0
    without_image: int = 0
    without_traits: int = 0
    dropped_traits: dict[str, int] = Field(default_factory=dict)
    vanished: tuple[str, ...] = ()
    failed_filters: tuple[str, ...] = ()
    generated: bool = False
    skipped: tuple[Problem, ...] = ()


class IngestReport(Model):
    """All collections of one run, and the sources that gave nothing."""

    collections: tuple[CollectionReport, ...] = ()
    skipped: tuple[Problem, ...] = ()

    @property
    def ingested(self) -> int:
        """Tokens this run read, changed or not; 0 means that nothing could be ingested."""
        return sum(c.added + c.changed + c.unchanged for c in self.collections)
