"""Links fetched a moment ago: tokens that share a file do not fetch it again, and never twice at a time."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from ingest.fetch.client import Fetched
from magpie.errors import SourceError

MOST, MOST_BYTES = 64, 32 * 2**20


class Fetches(Protocol):
    """The part of a fetcher that is needed."""

    async def get(self, uri: str, *, limit: int) -> Fetched:
        """What ``uri`` leads to. Raises `SourceError`."""


@dataclass
class _Entry:
    coming: asyncio.Future[Fetched | SourceError]
    size: int = 0


class Recent:
    """The last files by link, up to `MOST` of them and `MOST_BYTES`; failures are remembered too.

    For one event loop. Links that carry their content are not kept.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def get(self, fetcher: Fetches, uri: str, *, limit: int) -> Fetched:
        """As ``fetcher.get``."""
        if uri[:5].lower() == "data:":
            return await fetcher.get(uri, limit=limit)
        entry = self._entries.get(uri)
        if entry is None:
            entry = self._entries[uri] = _Entry(asyncio.get_running_loop().create_future())
            await self._fetch(entry, fetcher, uri, limit)
        else:
            self._entries.move_to_end(uri)
        found = await entry.coming
        if isinstance(found, SourceError):
            raise found
        return found

    async def _fetch(self, entry: _Entry, fetcher: Fetches, uri: str, limit: int) -> None:
        try:
            found: Fetched | SourceError = await fetcher.get(uri, limit=limit)
        except SourceError as error:
            found = error
        except BaseException:
            entry.coming.cancel()
            self._entries.pop(uri, None)
            raise
        entry.coming.set_result(found)
        entry.size = len(found.content) if isinstance(found, Fetched) else 0
        self._forget()

    def _forget(self) -> None:
        held = sum(entry.size for entry in self._entries.values())
        for uri, entry in list(self._entries.items()):
            if len(self._entries) <= MOST and held <= MOST_BYTES:
                return
            if entry.coming.done():
                del self._entries[uri]
                held -= entry.size
