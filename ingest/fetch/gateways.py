"""IPFS through gateways: blocks checked against their CIDs where a gateway gives blocks, else files.

A gateway's answer is believed for what its hash proves. One that sends something else than it was asked for
is found out, left alone for a while, and never asked for what cannot be checked.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, NamedTuple

from ingest.fetch.attempts import Place, persist
from ingest.fetch.exchange import Exchange, HttpError
from ingest.fetch.guard import Target, check
from ingest.fetch.uris import Ipfs
from ingest.fetch.visit import VISIT, lightly
from ingest.ipfs.blocks import MAX_BLOCK
from ingest.ipfs.cid import RAW, Cid, varint
from ingest.ipfs.links import IpfsLink
from ingest.ipfs.resolve import Resolver
from magpie.errors import SourceError

RAW_BLOCK = "application/vnd.ipld.raw"
LIES = 3  # in a row, before a gateway is asked nothing for a while
_SHUNNED_SECONDS = 300.0
_NO_BLOCKS = (400, 405, 406, 415, 501)  # answers of a server that does not know ?format=raw
_ANY_SIZE_PROVEN = 2**20


class NoBlocks(SourceError):
    """No gateway gave a block. Another way to the content may be open."""


class Taken(NamedTuple):
    """A file's bytes, where they came from, and whether they were proven to be what the link names."""

    content: bytes
    url: str
    media_type: str
    verified: bool


@dataclass
class Gateway:
    """One gateway, and what was learnt about it."""

    base: Target
    gives_blocks: bool | None = None  # None: not known yet
    had_no_block: bool = False
    lies: int = 0
    shunned_until: float = field(default=0.0, repr=False)

    @property
    def shunned(self) -> bool:
        """Whether it lied too often of late."""
        return self.shunned_until > time.monotonic()

    def lied(self) -> SourceError:
        """Remembers it, and says so."""
        self.lies += 1
        if self.lies >= LIES:
            self.shunned_until = time.monotonic() + _SHUNNED_SECONDS
        return SourceError(
            f"{self.base.authority}: sent something else than the CID names (a lying gateway?)",
            retryable=self.lies < LIES,
        )

    def proven(self) -> None:
        """It gave what was asked for."""
        self.lies = 0


class Gateways:
    """Reads files of IPFS. ``seconds`` is how long one block or file is tried for."""

    def __init__(self, bases: Sequence[Target], exchange: Exchange, seconds: float) -> None:
        self._gateways = [Gateway(base) for base in bases]
        self._exchange, self._seconds = exchange, seconds
        self._resolver = Resolver(self._block)

    async def read(self, wanted: Ipfs, *, limit: int) -> Taken:
        """The file, of at most ``limit`` bytes. Raises `SourceError`.

        First block by block. If nobody gives blocks: as a file, from gateways that only do that and from
        where it was published, unproven unless the link has the file's own CID.
        """
        visit = VISIT.get()
        try:
            content = await self._resolver.read(wanted.link.cid, wanted.link.path, limit=limit)
        except NoBlocks as error:
            if not self._plain_places(wanted, limit):
                raise
            try:
                return await lightly(partial(self._as_file, wanted), limit)
            except SourceError as plainly:
                both = str(error) if str(plainly) == str(error) else f"{error}; as a file: {plainly}"
                raise SourceError(both, retryable=error.retryable or plainly.retryable) from error
        address = f"/ipfs/{wanted.link.address}"
        url = visit.served_by[-1].base.below(address) if visit.served_by else wanted.link
        return Taken(content, str(url), "", verified=True)

    async def _as_file(self, wanted: Ipfs, limit: int) -> Taken:
        return await persist(self._plain_places(wanted, limit), until=self._until())

    def _until(self) -> float:
        return time.monotonic() + self._seconds

    async def _block(self, cid: Cid) -> bytes:
        """One block from whichever gateway has it."""
        able = [gateway for gateway in self._gateways if gateway.gives_blocks is not False]
        honest = [gateway for gateway in able if not gateway.shunned]
        if not honest:
            reason = "every gateway that gives blocks has lied" if able else "no gateway gives blocks"
            raise NoBlocks(f"{reason}; name another in the setting ipfs_gateways", retryable=True)
        hosts = self._exchange.hosts
        places = [
            Place(hosts.of(gateway.base.origin), partial(self._block_from, gateway, cid))
            for gateway in honest
        ]
        try:
            return await persist(places, until=self._until())
        except SourceError as error:
            raise NoBlocks(str(error), retryable=True) from error  # what is lost today may be pinned again

    async def _block_from(self, gateway: Gateway, cid: Cid, attempt: int) -> bytes:
        target = gateway.base.below(f"/ipfs/{cid}", "format=raw")
        try:
            page = await self._exchange.get(target, attempt, limit=MAX_BLOCK, accept=RAW_BLOCK, named=True)
        except HttpError as error:
            if gateway.gives_blocks is None and error.status in _NO_BLOCKS:
                gateway.gives_blocks = False
            gateway.had_no_block |= error.status == 404
            raise
        is_block = page.media_type == RAW_BLOCK
        if cid.matches(page.content):
            if is_block or cid.codec != RAW:  # a raw block is also what a plain gateway sends
                gateway.gives_blocks = True
            gateway.proven()
            visit = VISIT.get()
            visit.served_by.append(gateway)
            await visit.grow(len(page.content))
            return page.content
        if is_block or gateway.gives_blocks or cid.codec == RAW:
            raise gateway.lied()
        gateway.gives_blocks = False
        raise SourceError(f"{gateway.base.authority}: does not give blocks")

    def _plain_places(self, wanted: Ipfs, limit: int) -> list[Place[Taken]]:
        """Whom to ask for the file itself: never one that has lied, nor one that refused its blocks."""
        hosts = self._exchange.hosts
        places = []
        for gateway in self._gateways:
            if not gateway.gives_blocks and not gateway.lies:
                target = gateway.base.below(f"/ipfs/{wanted.link.address}")
                ask = partial(self._plain, wanted.link, target, gateway, limit)
                places.append(Place(hosts.of(target.origin), ask))
        if wanted.url:
            try:
                target = check(wanted.url)
            except SourceError:
                return places  # published with a gateway that may not be asked, so it is none
            if all(target.origin != gateway.base.origin for gateway in self._gateways):
                ask = partial(self._plain, wanted.link, target, None, limit)
                places.append(Place(hosts.of(target.origin), ask))
        return places

    async def _plain(
        self, link: IpfsLink, target: Target, gateway: Gateway | None, limit: int, attempt: int
    ) -> Taken:
        page = await self._exchange.get(target, attempt, limit=limit, named=gateway is not None)
        proof = "unknown" if link.path else proves(link.cid, page.content)
        if proof == "no":
            if gateway is None:
                raise SourceError(f"{target.authority}: sent something else than the CID names")
            raise gateway.lied()
        if gateway is not None and gateway.gives_blocks is None and gateway.had_no_block:
            gateway.gives_blocks = False  # it has the file, so it knows no blocks
        return Taken(page.content, str(page.target), page.media_type, verified=proof == "yes")


def proves(cid: Cid, content: bytes) -> Literal["yes", "no", "unknown"]:
    """Whether ``cid`` names the file ``content``. Unknown if it names the top of a tree of blocks."""
    if cid.codec == RAW:
        return "yes" if cid.matches(content) else "no"
    if len(content) > _ANY_SIZE_PROVEN:
        return "unknown"
    size = varint(len(content))
    unixfs = b"\x08\x02" + (b"\x12" + size + content if content else b"") + b"\x18" + size
    return "yes" if cid.matches(b"\x0a" + varint(len(unixfs)) + unixfs) else "unknown"
