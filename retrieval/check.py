"""What a store's approximate search loses on this very index: its recall against comparing every vector."""

from typing import NamedTuple

import numpy as np

from magpie.progress import Tick
from magpie.settings import Settings
from retrieval import backends
from retrieval.gallery import SCAN
from retrieval.ports import ImageEncoder, IndexKind, TextEncoder, Vectors
from retrieval.search import Searcher, open_searcher

K = 10
QUESTIONS = 100
_ALIKE = 1e-5  # cosines that differ by less are equally good: stores compute them in float32
_BATCH = 100_000


class GraphCheck(NamedTuple):
    """``recall`` at ``k``, in [0, 1]; 1 where there is nothing to find. ``used``: whether unfiltered searches
    of so many rows are left to the store, or scan all of them.
    """

    kind: IndexKind
    rows: int
    questions: int
    k: int
    recall: float
    used: bool


def check(settings: Settings, *, tick: Tick) -> list[GraphCheck]:
    """Both indices, asked for what lies halfway between two of their vectors, always the same ones.

    Raises as `open_searcher`.
    """
    with open_searcher(settings) as searcher:
        encoders: dict[IndexKind, ImageEncoder | TextEncoder] = {
            "image": backends.image_encoder(settings),
            "caption": backends.text_encoder(settings),
        }
        found = []
        for kind, encoder in encoders.items():
            store = backends.open_store(settings, kind, encoder)
            vectors = _all_vectors(searcher, kind)
            asked = _between(vectors)
            recalls = []
            for done, query in enumerate(asked):
                tick(f"check {kind}s", done, len(asked))
                cosines = np.concatenate(
                    [vectors[at : at + _BATCH] @ query for at in range(0, len(vectors), _BATCH)]
                )
                least = np.partition(cosines, -min(K, len(cosines)))[-min(K, len(cosines))]
                held = store.search(query, K)
                recalls.append(sum(cosine >= least - _ALIKE for _, cosine in held) / min(K, len(cosines)))
            tick(f"check {kind}s", len(asked), len(asked))
            recall = float(np.mean(recalls)) if recalls else 1.0
            used = searcher.columns is None or len(vectors) > SCAN
            found.append(GraphCheck(kind, len(vectors), len(asked), K, recall, used))
    return found


def _all_vectors(searcher: Searcher, kind: IndexKind) -> Vectors:
    gallery = searcher.pictures if kind == "image" else searcher.captions
    parts = list(gallery.by_collection().values())
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _between(vectors: Vectors) -> Vectors:
    """(q, d), unit length."""
    if not len(vectors):
        return vectors
    pairs = np.random.default_rng(0).integers(len(vectors), size=(QUESTIONS, 2))
    middle = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    norms = np.linalg.norm(middle, axis=1, keepdims=True)
    unit: Vectors = np.divide(middle, norms, out=np.zeros_like(middle), where=norms > 0)
    kept: Vectors = unit[norms[:, 0] > 0]
    return kept
