"""From a root CID and a path to a file's bytes, every block checked against the hash that names it.

Knows no gateway: whoever calls says how one block is got. What a block links to is a stranger's wish, so
depth, blocks and bytes are bounded; a cycle would need a hash that contains itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from ingest.ipfs.blocks import MAX_BLOCK, Node, check_readable, decode
from ingest.ipfs.cid import Cid
from ingest.ipfs.links import names
from magpie.errors import SourceError
from magpie.optional import require

FetchBlock = Callable[[Cid], Awaitable[bytes]]
MAX_DEPTH = 16
MAX_PARTS = 20_000  # of one file: 5 GB in the usual chunks
MAX_KEPT_LINKS = 200_000  # of directories, some 250 bytes each
WIDTH = 6  # chunks of one file asked for at a time


async def read(root: Cid, path: str, block: FetchBlock, *, limit: int) -> bytes:
    """The file at ``path`` below ``root``, of at most ``limit`` bytes. For many files use one `Resolver`."""
    return await Resolver(block).read(root, path, limit=limit)


@dataclass(frozen=True)
class Directory:
    """The links of a directory by name, those of a shard by the hexadecimal place before the name."""

    fanout: int
    links: Mapping[str, tuple[str, bytes]]

    @classmethod
    def of(cls, node: Node) -> "Directory":
        digits = _digits(node.fanout) if node.fanout else None
        links: dict[str, tuple[str, bytes]] = {}
        for name, target in node.links:  # of two with one name the first counts, as for gateways
            links.setdefault(name[:digits], (name[digits:] if digits else name, target))
        return cls(node.fanout, links)


@dataclass
class Resolver:
    """Reads files through ``block``, which gives the bytes of one CID or raises `SourceError`.

    Directories are kept, so that ten thousand files of one directory cost its blocks once. For one event
    loop, whose end must cancel what is still under way there.
    """

    block: FetchBlock
    _kept: "OrderedDict[Cid, Directory]" = field(default_factory=OrderedDict)
    _coming: "dict[Cid, asyncio.Task[Directory]]" = field(default_factory=dict)

    async def read(self, root: Cid, path: str, *, limit: int) -> bytes:
        """The file's bytes. Raises `SourceError` if it is not there, too large, or not what was named."""
        target = root
        for name in names(path):
            target = await self._below(target, name)
        return await _File(self._verified, limit).read(target)

    async def _verified(self, cid: Cid) -> bytes:
        check_readable(cid)
        if cid.inline is not None:
            return cid.inline
        content = await self.block(cid)
        if len(content) > MAX_BLOCK:
            raise SourceError(f"{cid} is a block larger than {MAX_BLOCK // 2**20} MiB")
        if not cid.matches(content):
            raise SourceError(f"what came for {cid} is something else (a lying gateway?)", retryable=True)
        return content

    async def _below(self, at: Cid, name: str) -> Cid:
        """What the directory ``at`` calls ``name``."""
        directory = await self._directory(at)
        if not directory.fanout:
            found = directory.links.get(name)
            return _target(found, name, name, at)
        place = shard_place(name)
        digits, bits = _digits(directory.fanout), directory.fanout.bit_length() - 1
        for shift in range(64 - bits, -1, -bits):
            key = f"{place >> shift & directory.fanout - 1:0{digits}X}"
            found = directory.links.get(key)
            if found is None or found[0]:
                return _target(found, name, name, at)
            fanout = directory.fanout
            directory = await self._directory(_target(found, "", name, at))
            if directory.fanout != fanout:
                break
        raise SourceError(f"{at} is malformed (a shard within shards of another kind)")

    async def _directory(self, cid: Cid) -> Directory:
        """Kept, on its way for somebody else, or fetched now."""
        if cid in self._kept:
            self._kept.move_to_end(cid)
            return self._kept[cid]
        coming = self._coming.get(cid)
        if coming is None:
            coming = self._coming[cid] = asyncio.create_task(self._fetch_directory(cid))
            coming.add_done_callback(lambda task: self._arrived(cid, task))
        return await asyncio.shield(coming)  # whoever waits and is cancelled must not take it from the others

    def _arrived(self, cid: Cid, task: "asyncio.Task[Directory]") -> None:
        del self._coming[cid]
        if not task.cancelled():
            task.exception()  # seen, even if everybody who waited has left

    async def _fetch_directory(self, cid: Cid) -> Directory:
        node = decode(cid, await self._verified(cid))
        if node.kind == "file":
            raise SourceError(f"{cid} is a file, not a directory")
        directory = self._kept[cid] = Directory.of(node)
        while len(self._kept) > 1 and sum(len(one.links) for one in self._kept.values()) > MAX_KEPT_LINKS:
            self._kept.popitem(last=False)
        return directory


class _File:
    """One file being read: its parts in order, those not fetched yet as CIDs."""

    def __init__(self, block: FetchBlock, limit: int) -> None:
        self._block, self._limit = block, limit
        self._bytes = 0
        self._gate = asyncio.Semaphore(WIDTH)

    async def read(self, cid: Cid) -> bytes:
        parts: list[Cid | bytes] = [cid]
        for _ in range(MAX_DEPTH):
            wanted = list(dict.fromkeys(part for part in parts if isinstance(part, Cid)))
            nodes = dict(zip(wanted, await self._all(wanted), strict=True))
            parts = self._expanded(parts, nodes)
            content = [part for part in parts if isinstance(part, bytes)]
            if len(content) == len(parts):
                return b"".join(content)
        raise SourceError(f"{cid} is a file nested more than {MAX_DEPTH} deep")

    async def _all(self, wanted: list[Cid]) -> list[Node]:
        if len(wanted) == 1:  # as most files are one block: a task would cost more than it gives
            return [await self._node(wanted[0])]
        tasks = [asyncio.create_task(self._node(cid)) for cid in wanted]
        try:
            return [await task for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _node(self, cid: Cid) -> Node:
        async with self._gate:
            node = decode(cid, await self._block(cid))
        if node.kind != "file":
            raise SourceError(f"{cid} is a directory, not a file")
        self._count(len(node.content))
        if node.size is not None and node.size > self._limit:
            raise self._too_large()
        return node

    def _expanded(self, parts: list[Cid | bytes], nodes: Mapping[Cid, Node]) -> list[Cid | bytes]:
        """``parts`` with the nodes in the place of their CIDs; each repeat of one counts anew."""
        out: list[Cid | bytes] = []
        self._bytes = 0
        for part in parts:
            if isinstance(part, Cid):
                node = nodes[part]
                self._count(len(node.content))
                out.append(node.content)
                out.extend(Cid.from_bytes(link.target) for link in node.links)
            else:
                self._count(len(part))
                out.append(part)
            if len(out) > MAX_PARTS:
                raise SourceError(f"a file of more than {MAX_PARTS} parts")
        return out

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limit:
            raise self._too_large()

    def _too_large(self) -> SourceError:
        return SourceError(f"larger than {self._limit / 2**20:g} MiB")


def _target(found: tuple[str, bytes] | None, wanted: str, name: str, at: Cid) -> Cid:
    if found is None or found[0] != wanted:
        raise SourceError(f"{at} has nothing named {name!a}")
    return Cid.from_bytes(found[1])


def _digits(fanout: int) -> int:
    """How many hexadecimal digits say a place among ``fanout``."""
    return len(f"{fanout - 1:X}")


def shard_place(name: str) -> int:
    """The 64 bits by which shards find a name: the first half of MurmurHash3 x64."""
    hashed: int = require("mmh3", extra="ingest").hash64(name.encode(), signed=False)[0]
    return hashed
