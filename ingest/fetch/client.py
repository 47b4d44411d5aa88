"""`Fetcher`: what a stranger's link leads to, as bytes, whatever kind of link it is."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from pydantic import HttpUrl

from ingest.fetch.attempts import Place, persist
from ingest.fetch.body import TooLarge
from ingest.fetch.exchange import Exchange, Page
from ingest.fetch.gateways import Gateways
from ingest.fetch.guard import Resolve, Target, check, system_resolver
from ingest.fetch.hosts import Hosts
from ingest.fetch.inline import Inline
from ingest.fetch.uris import Arweave, Ipfs, Web, parse
from ingest.fetch.visit import CLAIM, VISIT, Claim, Places, Visit, lightly
from magpie.errors import ConfigError, SourceError
from magpie.optional import require
from magpie.settings import Settings

PATIENCE = 4  # times `fetch_timeout`, for one link with all tries and waits


@dataclass(frozen=True)
class Fetched:
    """What a link led to.

    ``url`` is where it came from in the end, "" if the link carried it. ``media_type`` is what was declared:
    never trusted. ``verified``: the link names a hash and every byte was checked against it; None if it names
    none.
    """

    content: bytes
    url: str = ""
    media_type: str = ""
    verified: bool | None = None


class Fetcher:
    """Fetches from many hosts at a time, for one event loop; an async context manager.

    Public addresses are asked, and the very hosts and ports that ``settings`` name as gateways; nothing else.
    """

    def __init__(self, settings: Settings, *, resolve: Resolve | None = None) -> None:
        """``resolve`` looks host names up; the machine's own look-up if None.

        Raises `ConfigError` for a gateway that is none, `MissingExtraError` without aiohttp.
        """
        require("aiohttp", extra="ingest")
        self._settings = settings
        self._resolve = resolve or system_resolver()
        self._seconds = PATIENCE * settings.fetch_timeout
        self._ipfs_bases = named_targets("ipfs_gateways", settings.ipfs_gateways, "/ipfs")
        self._arweave_bases = named_targets("arweave_gateways", settings.arweave_gateways, "")
        self._named = (*self._ipfs_bases, *self._arweave_bases)
        self._open = AsyncExitStack()
        self.large_files = Places()

    async def __aenter__(self) -> Self:
        from ingest.fetch.transport import Transport

        most = self._settings.fetch_concurrency
        transport = Transport(self._resolve, self._settings.fetch_timeout)
        await self._open.enter_async_context(transport)
        self._exchange = Exchange(transport, Hosts(most), asyncio.Semaphore(most))
        self._gateways = Gateways(self._ipfs_bases, self._exchange, self._seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def get(self, uri: str, *, limit: int) -> Fetched:
        """What ``uri`` leads to, at most ``limit`` bytes.

        Raises `SourceError` with the reason in one line; ``retryable`` if another run may have more luck.
        """
        claim = CLAIM.get(None) or Claim(self.large_files)
        try:
            async with asyncio.timeout(self._seconds) as timeout:
                visit = Visit(claim, timeout, self._seconds)
                VISIT.set(visit)
                try:
                    return await self._got(uri, limit)
                finally:
                    visit.over = True
        except TimeoutError as error:
            raise SourceError(f"given up after {self._seconds:g} s", retryable=True) from error
        finally:
            if claim is not CLAIM.get(None):
                claim.leave()

    async def _got(self, uri: str, limit: int) -> Fetched:
        match parse(uri):
            case Inline(content, media_type):
                if len(content) > limit:
                    raise TooLarge(limit)
                return Fetched(content, media_type=media_type)
            case Ipfs() as wanted:
                return Fetched(*await self._gateways.read(wanted, limit=limit))
            case Arweave(transaction, path):
                targets = [base.below(f"/{transaction}{path}") for base in self._arweave_bases]
                page = await lightly(partial(self._page, targets, True), limit)
                return Fetched(page.content, str(page.target), page.media_type, verified=False)
            case Web(url):
                target = check(url)
                named = any(
                    (target.scheme, *target.origin) == (base.scheme, *base.origin) for base in self._named
                )
                page = await lightly(partial(self._page, [target], named), limit)
                return Fetched(page.content, str(page.target), page.media_type)

    async def _page(self, targets: list[Target], named: bool, limit: int) -> Page:
        ask = self._exchange.get
        places = [
            Place(
                self._exchange.hosts.of(target.origin),
                partial(ask, target, limit=limit, named=named),
            )
            for target in targets
        ]
        return await persist(places, until=time.monotonic() + self._seconds)


def named_targets(setting: str, urls: Iterable[HttpUrl], drop: str) -> list[Target]:
    """The gateways of a setting, without the path ``drop`` that people write there. Raises `ConfigError`."""
    try:
        return [check(str(url).rstrip("/").removesuffix(drop), named=True) for url in urls]
    except SourceError as error:
        raise ConfigError(f"setting {setting!r}: {error}; give http(s)://host[:port]") from error
