"""Magpie's search as a LangChain retriever. The one module outside the agent that knows LangChain."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import Field, PrivateAttr, field_validator, model_validator

from magpie.catalog import Catalog
from magpie.catalog_ranks import Ranked
from magpie.conditions import Condition
from magpie.domain import Token
from magpie.errors import InputError, MissingExtraError
from magpie.layout import picture_file
from magpie.query import Filter, Hit, Query, SearchResult
from magpie.settings import Settings, load_settings
from magpie.written import read
from retrieval import manifest
from retrieval.manifest import Manifest
from retrieval.search import Searcher, open_searcher

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as error:
    raise MissingExtraError("langchain_core", "agent") from error

T = TypeVar("T")
_MOST = 1000


class MagpieRetriever(BaseRetriever):
    """Tokens for a question, best first, as documents.

    ``home`` or ``settings`` say where the index is; with neither, the environment and ``magpie.toml`` do, as
    for the command line. ``k``, ``where`` and ``collections`` may also be given to one ``invoke``. No match
    is an empty list; with ``near_misses`` it is the closest tokens, and each says what it ``lacks``.

    A document's text is the token's caption. Its metadata is plain JSON: ``ref`` (CAIP-19), ``name``,
    ``collection``, ``token_id``, ``traits``, ``score``, ``signals``, ``lacks``, ``image`` (a file, or None)
    and ``rarity`` (or None).

    May be used by many threads and event loops at once: searches wait for one another, in one thread that
    holds the models. What was indexed in the meantime is seen by the next search.
    """

    home: Path | None = None
    settings: Settings | None = Field(default=None, repr=False)
    k: int = 10
    where: str = ""
    collections: tuple[str, ...] = ()
    understand: bool = True
    near_misses: bool = False

    _desk: "_Desk" = PrivateAttr()

    @field_validator("k")
    @classmethod
    def _in_range(cls, k: int) -> int:
        return _checked(k)

    @field_validator("where")
    @classmethod
    def _readable(cls, where: str) -> str:
        _conditions(where)
        return where

    @model_validator(mode="after")
    def _open_later(self) -> Self:
        if self.home is not None and self.settings is not None:
            raise InputError("give MagpieRetriever home or settings, not both")
        self._desk = _Desk(self.settings or load_settings(flags={"home": self.home}))
        return self

    def close(self) -> None:
        """Close the index, which the next search would open again."""
        self._desk.ask(_Desk.close).result()

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        where: str | None = None,
        collections: Sequence[str] | None = None,
    ) -> list[Document]:
        return self._asked(query, k, where, collections).result()

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        where: str | None = None,
        collections: Sequence[str] | None = None,
    ) -> list[Document]:
        return await asyncio.wrap_future(self._asked(query, k, where, collections))

    def _asked(
        self, query: str, k: int | None, where: str | None, collections: Sequence[str] | None
    ) -> "Future[list[Document]]":
        many = _checked(self.k if k is None else k)
        conditions = _conditions(self.where if where is None else where)
        names = self.collections if collections is None else tuple(collections)
        if not (query.strip() or conditions or names):
            raise InputError("nothing to search for; give words, where or collections")

        def search(desk: "_Desk") -> list[Document]:
            searcher = desk.searcher()
            inside = tuple(searcher.catalog.collection(name).name for name in names)
            asked = Filter(collections=inside, where=conditions)
            found = searcher.search(Query(text=query, filter=asked, k=many, understand=self.understand))
            return _documents(self._wanted(found), searcher.catalog, desk.settings)

        return self._desk.ask(search)

    def _wanted(self, found: SearchResult) -> Sequence[Hit]:
        return found.hits or (found.closest if self.near_misses else ())


class _Desk:
    """One thread that holds one `Searcher`: it may be used by the thread that opened it only."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="magpie-retriever")
        self._open: tuple[Manifest | None, Searcher] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _Desk, (self.settings,)  # a copy opens the index itself

    def ask(self, question: "Callable[[_Desk], T]") -> "Future[T]":
        """What ``question(self)`` gives, worked out in that thread."""
        return self._thread.submit(question, self)

    def searcher(self) -> Searcher:
        """Opened at first use, and again whenever the index is another one."""
        built = manifest.read(self.settings)
        if self._open and self._open[0] != built:
            self.close()
        if self._open is None:
            self._open = (built, open_searcher(self.settings))
        return self._open[1]

    def close(self) -> None:
        if self._open:
            self._open[1].close()
        self._open = None


def _checked(k: int) -> int:
    if not 1 <= k <= _MOST:
        raise InputError(f"k {k} is out of range; give a number from 1 to {_MOST}")
    return k


def _conditions(where: str) -> tuple[Condition, ...]:
    return (read(where),) if where.strip() else ()


def _documents(hits: Sequence[Hit], catalog: Catalog, settings: Settings) -> list[Document]:
    refs = [hit.ref for hit in hits]
    tokens, ranks = catalog.tokens(refs), catalog.ranks(refs)
    return [
        _document(hit, tokens[hit.ref], ranks.get(hit.ref), settings) for hit in hits if hit.ref in tokens
    ]


def _document(hit: Hit, token: Token, rarity: Ranked | None, settings: Settings) -> Document:
    picture = picture_file(settings.dataset_dir, token.image)
    metadata = {
        "ref": str(hit.ref),
        "name": token.name,
        "collection": token.collection,
        "token_id": str(hit.ref.token_id),
        "traits": [trait.model_dump() for trait in token.traits],
        "score": hit.score,
        "signals": [part.model_dump() for part in hit.signals],
        "lacks": list(hit.lacks),
        "image": str(picture) if picture else None,
        "rarity": rarity._asdict() if rarity else None,
    }
    said = token.caption or ", ".join(map(str, token.traits)) or token.name
    return Document(page_content=said, metadata=metadata, id=str(hit.ref))
