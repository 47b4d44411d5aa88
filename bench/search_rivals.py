"""What search is compared with: plain Chroma with ``where``, and LangChain's EnsembleRetriever.

Both are set up as their documentation does. Chroma gets a collection of its own, whose rows carry their
traits; the ensemble gets the same caption vectors in Chroma, and rank_bm25 over the captions.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import chromadb
from chromadb.config import Settings as ChromaSettings

from bench.search_home import Drawn, Source, drawn
from magpie import text
from magpie.conditions import AllOf, AnyOf, Condition, Has
from magpie.domain import TokenRef
from magpie.progress import Tick
from magpie.query import Filter
from retrieval.ports import IndexKind, Vectors

_BATCH = 2000


class PlainChroma:
    """The image vectors with the traits as metadata, Chroma's defaults but for cosine distance."""

    def __init__(self, folder: Path) -> None:
        client = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
        self._rows = client.get_or_create_collection(
            "plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def fill(self, around: Sequence[Source], tokens: int, tick: Tick) -> None:
        """Add the rows that are not there yet."""
        for part in drawn(around, tokens):
            if part.number * part.size < self._rows.count() and self._has(part):
                continue
            home, made, vectors = part.collection, part.tokens(), part.vectors("image")
            for start in range(0, part.size, _BATCH):
                some = made[start : start + _BATCH]
                self._rows.upsert(
                    ids=[str(token.ref) for token in some],
                    embeddings=vectors[start : start + _BATCH],
                    metadatas=[
                        {"collection": home.name, **{"trait " + t.key[0]: t.key[1] for t in token.traits}}
                        for token in some
                    ],
                )
            tick("plain Chroma", part.number * part.size + part.size, tokens)

    def _has(self, part: Drawn) -> bool:
        last = str(part.collection.ref(part.size - 1))
        return bool(self._rows.get(ids=[last], include=[])["ids"])

    def nearest(self, query: Vectors, asked: Filter, k: int) -> list[TokenRef]:
        """The ``k`` nearest that meet the conditions, as Chroma finds them."""
        clauses: list[dict[str, Any]] = [_where(condition) for condition in asked.where]
        clauses += [{"collection": name} for name in asked.collections]
        where = None if not clauses else clauses[0] if len(clauses) == 1 else {"$and": clauses}
        found = self._rows.query(query_embeddings=[query], n_results=k, where=where, include=[])
        return [TokenRef.parse(row) for row in found["ids"][0]]


def _where(condition: Condition) -> dict[str, Any]:
    match condition:
        case Has():
            return {"trait " + text.key(condition.type): text.key(condition.value or "")}
        case AllOf():
            return {"$and": [_where(part) for part in condition.parts]}
        case AnyOf():
            return {"$or": [_where(part) for part in condition.parts]}
    raise ValueError(f"{condition} has no equal in Chroma's where")


def ensemble(
    folder: Path, around: Sequence[Source], tokens: int, encode: Callable[[Sequence[str]], Vectors], k: int
) -> Callable[[str], list[TokenRef]]:
    """A question to its ``k`` best by EnsembleRetriever, weights 0.5 and 0.5.

    Raises `ImportError` where langchain_classic, langchain_community or rank_bm25 is not installed.
    """
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    client = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
    rows = client.get_or_create_collection(
        "captions", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    documents = []
    kind: IndexKind = "caption"
    for part in drawn(around, tokens):
        made = part.tokens()
        documents += [Document(token.caption, metadata={"id": str(token.ref)}) for token in made]
        if rows.count() < tokens:
            for start in range(0, part.size, _BATCH):
                some = made[start : start + _BATCH]
                rows.upsert(
                    ids=[str(token.ref) for token in some],
                    embeddings=part.vectors(kind)[start : start + _BATCH],
                    documents=[token.caption for token in some],
                )

    class ByCaption(BaseRetriever):
        """What langchain_chroma does: embed the question, ask Chroma, make documents."""

        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:  # noqa: ANN401
            found = rows.query(query_embeddings=list(encode([query])), n_results=k, include=["documents"])
            return [
                Document(said, metadata={"id": row})
                for row, said in zip(found["ids"][0], (found["documents"] or [[]])[0], strict=True)
            ]

    retriever = EnsembleRetriever(
        retrievers=[BM25Retriever.from_documents(documents, k=k), ByCaption()],
        weights=[0.5, 0.5],
        id_key="id",
    )
    return lambda asked: [TokenRef.parse(one.metadata["id"]) for one in retriever.invoke(asked)[:k]]
