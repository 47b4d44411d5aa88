"""A question's scores by one signal, exact over the whole gallery.

No approximate index takes part: every gallery token's stored vector is compared, so the figures measure the
encoders, and not what a nearest-neighbour graph happens to lose.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.protocol import Gallery
from magpie.catalog import Catalog
from magpie.settings import Settings
from retrieval import backends
from retrieval.ports import IndexKind, Vectors

# A question's scores over the gallery's columns, shape (n,), higher is better; -inf: not retrieved.
Scorer = Callable[[str], np.ndarray]
# Equal pictures have equal vectors, but a matrix product may give them cosines that differ in the last bits,
# and differently on another machine. Cosines are compared at this many decimals; what is equal then ties.
DECIMALS = 6
_BATCH = 256


@dataclass(frozen=True)
class VectorIndex:
    """The stored vectors of one kind, and the encoder that puts questions, (n, d), into their space."""

    encoder: str
    ids: frozenset[str]
    stored: Callable[[Sequence[str]], Mapping[str, Vectors]]
    ask: Callable[[Sequence[str]], Vectors]


def open_index(settings: Settings, kind: IndexKind) -> VectorIndex:
    """The index of ``kind`` that the settings name. Loads no weights."""
    ask: Callable[[Sequence[str]], Vectors]
    if kind == "image":
        pictures = backends.image_encoder(settings)
        store, encoder = backends.open_store(settings, kind, pictures), pictures.id
        ask = pictures.encode_texts
    else:
        texts = backends.text_encoder(settings)
        store, encoder = backends.open_store(settings, kind, texts), texts.id

        def ask(questions: Sequence[str]) -> Vectors:
            return texts.encode(questions, kind="query")

    return VectorIndex(encoder, frozenset(entry.id for entry in store.entries()), store.vectors, ask)


def vector_scorer(
    index: VectorIndex, gallery: Gallery, questions: Iterable[str], *, tick: Callable[[int, int], None]
) -> Scorer:
    """Cosines with every gallery token. ``questions`` are encoded now, in batches; others when asked."""
    ids = [str(ref) for ref in gallery.refs]
    held = index.stored(ids)
    matrix = np.stack([held[row] for row in ids])
    asked = list(dict.fromkeys(questions))
    known: dict[str, Vectors] = {}
    for start in range(0, len(asked), _BATCH):
        batch = asked[start : start + _BATCH]
        known.update(zip(batch, index.ask(batch), strict=True))
        tick(start + len(batch), len(asked))

    def score(question: str) -> np.ndarray:
        if question not in known:
            known[question] = index.ask([question])[0]
        return np.round(np.asarray(matrix @ known[question], np.float64), DECIMALS)

    return score


def bm25_scorer(catalog: Catalog, gallery: Gallery) -> Scorer:
    """BM25 of the catalogue's documents. Word statistics are the whole catalogue's, as in a search."""
    everything = sum(count.tokens for count in catalog.counts().values())

    def score(question: str) -> np.ndarray:
        scores = np.full(len(gallery.refs), -np.inf)
        for ref, value in catalog.bm25(question, everything):
            if ref in gallery.column:
                scores[gallery.column[ref]] = value
        return scores

    return score
