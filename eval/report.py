"""What a retrieval evaluation found, as values that become JSON. No measuring, no printing."""

from typing import Literal

from pydantic import Field

from eval.metrics import Figure
from eval.protocol import AskName, GalleryName, Reading, Scope, TaskName, WordingName
from eval.provenance import Provenance
from magpie.domain import Model

# What is ranked by. The first three are told nothing but the words; the last two may read them as conditions.
System = Literal["image", "caption", "bm25", "fused", "traits", "fused+traits"]
SYSTEMS: tuple[System, ...] = ("image", "caption", "bm25", "fused", "traits", "fused+traits")

_SIGNALS = (
    "image, caption, bm25 and fused rank by the words alone (Query.understand is off); traits and "
    "fused+traits read the words as conditions, as a search does, and the exact trait index answers them."
)
CAVEATS: dict[TaskName, tuple[str, ...]] = {
    "caption-to-image": (
        "image is the paper's figure: a caption finds a picture that no caption was stored with.",
        "caption and bm25 are near-perfect by construction: the query is the very caption that they index. "
        "fused, which includes them, flatters too.",
        _SIGNALS,
    ),
    "image-to-caption": (
        "caption-to-image by the image signal the other way round: the indexed picture is asked, and the "
        "template captions of the gallery's tokens are ranked. Tokens of equal traits have one caption.",
    ),
    "traits-to-image": (
        "a right answer is any token of the gallery that has everything the words say; a value whose "
        "type is not said may be of any type, and the subject counts where it is said.",
        _SIGNALS,
    ),
    "altered-to-image": (
        "the gallery holds the picture as it was before; equal counts the tokens of the same picture.",
    ),
}
ASK_CAVEATS: dict[AskName, tuple[str, ...]] = {
    "held-out": (),
    "validation": ("these are the tokens that weights are chosen on: figures to choose by, not to report.",),
    "any": (
        "tokens of the training split were asked for too: fair only for collections that the model was never "
        "fitted on.",
    ),
}


class Plan(Model):
    """What to evaluate.

    ``ask`` is the split whose tokens are asked for; the gallery "held-out" holds the tokens of that split.
    Empty ``collections`` means all; ``queries`` (tokens asked for) and ``tokens`` (of each collection in the
    gallery) 0 mean every one. ``views``: whether an altered picture is asked with in all its views, as a
    search does, or only as it is. ``wording`` is how questions for traits are put.
    """

    task: TaskName = "caption-to-image"
    systems: tuple[System, ...] = SYSTEMS
    collections: tuple[str, ...] = ()
    gallery: GalleryName = "held-out"
    ask: AskName = "held-out"
    tokens: int = Field(default=0, ge=0)
    queries: int = Field(default=300, ge=0)
    seed: int = Field(default=0, ge=0)
    views: bool = True
    wording: WordingName = "plain"

    @property
    def by_words(self) -> bool:
        """Whether the questions are words, which every signal can rank by, and not pictures."""
        return self.task in ("caption-to-image", "traits-to-image")


class Row(Model):
    """One system's figures in one gallery under one reading of relevance.

    ``gallery_size`` and ``relevant`` are means over the queries. ``figures`` are keyed by measure
    (``Success@5``). ``collection`` is set where the row is about one collection's queries, ``kind`` where it
    is about one kind of query (an alteration, a number of traits).
    """

    scope: Scope
    reading: Reading
    system: System
    collection: str | None = None
    kind: str | None = None
    queries: int
    gallery_size: float
    relevant: float
    figures: dict[str, Figure]


class Report(Model):
    """A whole evaluation.

    ``candidates`` are the tokens that were to be asked for, ``held_out`` those of them that training never
    sees; ``undefined`` counts, by reason, those that could not be asked for; they are in no mean.
    ``verbatim`` is the share of queries that equal the indexed caption word for word. ``over_collections``
    are the means of the collections' own in-collection means, each collection weighing the same.
    """

    plan: Plan
    provenance: Provenance
    resamples: int
    depth: int
    candidates: int
    held_out: int
    queries: int
    gallery: int
    undefined: dict[str, int]
    verbatim: float
    rows: tuple[Row, ...]
    by_collection: tuple[Row, ...]
    by_kind: tuple[Row, ...]
    over_collections: tuple[Row, ...]
    caveats: tuple[str, ...]
