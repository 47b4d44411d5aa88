"""Filtered search: recall and time of our exact scan, of Chroma's ``where`` and of brute force, in one run.

``python bench/search.py [--rows 20000] [--dim 256]``: random unit vectors on disk, 10 neighbours, filters
that allow from 0.1% to 100% of the rows. Recall is against brute force in float64.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import chromadb
import numpy as np
from chromadb.config import Settings

from magpie.domain import TokenRef
from retrieval.gallery import Gallery
from retrieval.ports import Entry
from retrieval.stores.chroma import ChromaStore

K, QUERIES = 10, 30


def timed(call: Callable[[], list[str]]) -> tuple[list[str], float]:
    """What it found, and the milliseconds it took."""
    start = perf_counter()
    return call(), (perf_counter() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=256)
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    # Clustered, as tokens of a few collections are: uniform noise would flatter nobody.
    centres = rng.normal(size=(20, asked.dim))
    vectors = centres[rng.integers(20, size=asked.rows)] + 0.7 * rng.normal(size=(asked.rows, asked.dim))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    refs = [TokenRef(chain="eip155:1", contract="0x" + "b" * 40, token_id=row) for row in range(asked.rows)]
    order = rng.permutation(asked.rows)
    shares = (0.001, 0.01, 0.1, 0.5, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        store = ChromaStore(Path(folder), "image", "bench")
        place = np.empty(asked.rows, int)
        place[order] = np.arange(asked.rows)
        # A share's rows are those whose place is below it, so one metadata number serves every filter.
        store.upsert([Entry(str(ref), "bench", str(row)) for row, ref in enumerate(refs)], vectors)
        plain = chromadb.PersistentClient(
            folder, settings=Settings(anonymized_telemetry=False)
        ).create_collection("plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
        for start in range(0, asked.rows, 2000):
            rows = range(start, min(start + 2000, asked.rows))
            plain.add(
                ids=[str(refs[row]) for row in rows],
                embeddings=vectors[start : start + 2000],
                metadatas=[{"place": int(place[row])} for row in rows],
            )
        gallery = Gallery(store)
        gallery.by_collection()  # the matrix is read once a process; its cost is printed, not hidden
        _, loading = timed(lambda: list(Gallery(store).by_collection()))
        print(f"{asked.rows:,} rows x {asked.dim}; reading all vectors once: {loading:.0f} ms")
        print("allowed   recall: exact  where | ms: exact  where  brute | times brute: exact  where")
        for share in shares:
            allowed = order[: max(K, round(share * asked.rows))]
            report(share, allowed, vectors, refs, gallery, plain)


def report(
    share: float,
    allowed: np.ndarray,
    vectors: np.ndarray,
    refs: list[TokenRef],
    gallery: Gallery,
    plain: chromadb.Collection,
) -> None:
    """Print one row of the table."""
    rng = np.random.default_rng(1)
    inside, chosen = vectors[allowed], [refs[row] for row in allowed]
    found = {"exact": 0, "where": 0}
    spent = {"exact": 0.0, "where": 0.0, "brute": 0.0}
    for _ in range(QUERIES):
        query = vectors[rng.integers(len(vectors))] + 0.05 * rng.normal(size=vectors.shape[1]).astype(
            np.float32
        )
        query /= np.linalg.norm(query)
        truth, ms = timed(lambda: [str(chosen[at]) for at in np.argsort(-(inside.astype(float) @ query))[:K]])  # noqa: B023
        spent["brute"] += ms
        exact, ms = timed(lambda: [str(ref) for ref, _ in gallery.exact(query, chosen, K)])  # noqa: B023
        spent["exact"] += ms
        where, ms = timed(
            lambda: plain.query(
                query_embeddings=[query],  # noqa: B023
                n_results=K,
                where={"place": {"$lt": len(allowed)}},
                include=[],
            )["ids"][0]
        )
        spent["where"] += ms
        found["exact"] += len(set(truth) & set(exact))
        found["where"] += len(set(truth) & set(where))
    recall = {name: count / (K * QUERIES) for name, count in found.items()}
    ms_each = {name: total / QUERIES for name, total in spent.items()}
    ratios = {name: ms_each[name] / ms_each["brute"] for name in recall}
    print(
        f"{share:7.1%}   {recall['exact']:13.3f}  {recall['where']:5.3f} | {ms_each['exact']:9.2f}"
        f"  {ms_each['where']:5.2f}  {ms_each['brute']:5.2f} |"
        f" {ratios['exact']:18.1f}  {ratios['where']:5.1f}"
    )


if __name__ == "__main__":
    main()
