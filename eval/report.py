"""What a retrieval evaluation found, as values that become JSON. No measuring, no printing."""

from typing import Literal

from eval.metrics import Figure
from eval.protocol import GalleryName, Reading, Scope
from eval.provenance import Provenance
from magpie.domain import Model

# What is ranked by. The first three are told nothing but the words; the last two may read them as conditions.
System = Literal["image", "caption", "bm25", "fused", "traits", "fused+traits"]
SYSTEMS: tuple[System, ...] = ("image", "caption", "bm25", "fused", "traits", "fused+traits")

CAVEATS = (
    "image is the paper's figure: a caption finds a picture that no caption was stored with.",
    "caption and bm25 are near-perfect by construction: the query is the very caption that they index. "
    "fused, which includes them, flatters too.",
    "image, caption, bm25 and fused rank by the words alone (Query.understand is off); traits and "
    "fused+traits read the words as conditions, as a search does, and the exact trait index answers them.",
)


class Plan(Model):
    """What to evaluate. Empty ``collections`` means all; ``queries`` 0 means every held-out token."""

    systems: tuple[System, ...] = SYSTEMS
    collections: tuple[str, ...] = ()
    gallery: GalleryName = "held-out"
    queries: int = 300
    seed: int = 0


class Row(Model):
    """One system's figures in one gallery under one reading of relevance.

    ``gallery_size`` and ``relevant`` are means over the queries. ``figures`` are keyed by measure
    (``Success@5``). ``collection`` is set where the row is about one collection's queries.
    """

    scope: Scope
    reading: Reading
    system: System
    collection: str | None = None
    queries: int
    gallery_size: float
    relevant: float
    figures: dict[str, Figure]


class Report(Model):
    """A whole evaluation.

    ``undefined`` counts held-out tokens that could not be asked for, by reason; they are in no mean.
    ``verbatim`` is the share of queries that equal the indexed caption word for word.
    """

    plan: Plan
    provenance: Provenance
    resamples: int
    depth: int
    held_out: int
    queries: int
    gallery: int
    undefined: dict[str, int]
    verbatim: float
    rows: tuple[Row, ...]
    by_collection: tuple[Row, ...]
    caveats: tuple[str, ...] = CAVEATS
