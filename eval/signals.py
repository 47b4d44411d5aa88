"""A signal's two sides: what is asked, and what the gallery's tokens hold against it.

No approximate index takes part: every gallery token's stored vector is compared, so the figures measure the
encoders, and not what a nearest-neighbour graph happens to lose.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.protocol import Gallery
from eval.ranking import DECIMALS
from magpie.catalog import Catalog
from magpie.settings import Settings
from retrieval import backends
from retrieval.ports import IndexKind, Vectors
from retrieval.question import listed

# A question's scores over the gallery's columns, shape (n,), higher is better; -inf: not retrieved.
Scorer = Callable[[str], np.ndarray]
Progress = Callable[[int, int], None]
_BATCH = 256


@dataclass(frozen=True)
class VectorIndex:
    """The stored vectors of one kind, and the encoder that puts questions, (n, d), into their space."""

    encoder: str
    ids: frozenset[str]
    stored: Callable[[Sequence[str]], Mapping[str, Vectors]]
    ask: Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class Sides:
    """``asked``, (q, d), a row a case, or (q, v, d), its picture's views; ``stored``, (n, d), a column."""

    asked: Vectors
    stored: Vectors


def open_index(settings: Settings, kind: IndexKind) -> VectorIndex:
    """The index of ``kind`` that the settings name. Loads no weights."""
    if kind == "image":
        pictures = backends.image_encoder(settings)
        store, encoder = backends.open_store(settings, kind, pictures), pictures.id

        def ask(questions: Sequence[str]) -> Vectors:
            return pictures.encode_texts([listed(question) for question in questions])

    else:
        texts = backends.text_encoder(settings)
        store, encoder = backends.open_store(settings, kind, texts), texts.id

        def ask(questions: Sequence[str]) -> Vectors:
            return texts.encode(questions, kind="query")

    return VectorIndex(encoder, frozenset(entry.id for entry in store.entries()), store.vectors, ask)


def stored_vectors(index: VectorIndex, ids: Sequence[str]) -> Vectors:
    """(n, d), a row an id, all of which the index has."""
    held = index.stored(list(dict.fromkeys(ids)))
    return np.stack([held[row] for row in ids])


def text_vectors(index: VectorIndex, texts: Sequence[str], *, tick: Progress) -> Vectors:
    """(n, d), a row a text; equal texts are encoded once."""
    distinct = list(dict.fromkeys(texts))
    parts = []
    for start in range(0, len(distinct), _BATCH):
        parts.append(index.ask(distinct[start : start + _BATCH]))
        tick(min(start + _BATCH, len(distinct)), len(distinct))
    row = {said: at for at, said in enumerate(distinct)}
    return np.asarray(np.concatenate(parts)[[row[said] for said in texts]])


def scorer(index: VectorIndex, sides: Sides, questions: Iterable[str]) -> Scorer:
    """Cosines of a text with every gallery token; ``questions`` are the texts of ``sides.asked``."""
    known = dict(zip(questions, sides.asked, strict=True))

    def score(question: str) -> np.ndarray:
        if question not in known:
            known[question] = index.ask([question])[0]
        return np.round(np.asarray(sides.stored @ known[question], np.float64), DECIMALS)

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
