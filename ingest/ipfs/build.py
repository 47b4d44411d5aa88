"""Files to blocks with their CIDs, as ``ipfs add --cid-version=1`` makes them.

For the local gateway and the tests: what is built here looks like a published collection from outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.ipfs.cid import DAG_PB, Cid, varint
from ingest.ipfs.resolve import shard_place

CHUNK = 256 * 1024
WIDTH = 174  # links of one file node
SHARD_FROM = 256 * 1024  # bytes of names and links above which a directory is spread over shards
FANOUT = 256
_FILE, _DIRECTORY, _SHARD, _MURMUR = 2, 1, 5, 0x22


class Entry(NamedTuple):
    """A built file or directory: its CID, the bytes of a file, and the bytes of all blocks below."""

    cid: Cid
    size: int
    total: int


Tree = dict[str, "bytes | Tree"]


@dataclass
class Dag:
    """Blocks by CID. Adding a file or a tree twice changes nothing.

    ``version`` 0 gives the CIDs of old collections (``Qm…``), whose leaves are wrapped too.
    """

    blocks: dict[Cid, bytes] = field(default_factory=dict)
    version: int = 1
    chunk: int = CHUNK
    shard_from: int = SHARD_FROM

    def add_files(self, files: Mapping[str, bytes]) -> Entry:
        """A directory of everything, by path; returns its root."""
        tree: Tree = {}
        for path, content in files.items():
            *folders, name = path.split("/")
            at = tree
            for folder in folders:
                below = at.setdefault(folder, {})
                if not isinstance(below, dict):
                    raise ValueError(f"{folder!r} is a file and a folder")
                at = below
            if isinstance(at.setdefault(name, content), dict):
                raise ValueError(f"{path!r} is a file and a folder")
        return self._tree(tree)

    def add_file(self, content: bytes) -> Entry:
        """One file: a leaf, or leaves of ``chunk`` bytes under a balanced tree."""
        level = [self._leaf(content[at : at + self.chunk]) for at in range(0, len(content), self.chunk)]
        if not level:
            return self._leaf(b"")
        while len(level) > 1:
            level = [self._file(level[at : at + WIDTH]) for at in range(0, len(level), WIDTH)]
        return level[0]

    def _tree(self, tree: Tree) -> Entry:
        entries = {
            name: self.add_file(below) if isinstance(below, bytes) else self._tree(below)
            for name, below in tree.items()
        }
        weight = sum(len(name.encode()) + len(bytes(entry.cid)) for name, entry in entries.items())
        if weight > self.shard_from:
            return self._shard([(shard_place(name), name, entry) for name, entry in entries.items()], 0)
        return self._directory(entries)

    def _leaf(self, content: bytes) -> Entry:
        if self.version == 1:
            cid = Cid.of(content)
            self.blocks[cid] = content
            return Entry(cid, len(content), len(content))
        data = _number(1, _FILE) + (_field(2, content) if content else b"") + _number(3, len(content))
        return self._node([], data, len(content))

    def _file(self, parts: Sequence[Entry]) -> Entry:
        size = sum(part.size for part in parts)
        sizes = b"".join(_number(4, part.size) for part in parts)
        return self._node([("", part) for part in parts], _number(1, _FILE) + _number(3, size) + sizes, size)

    def _directory(self, entries: Mapping[str, Entry]) -> Entry:
        ordered = sorted(entries.items(), key=lambda item: item[0].encode())
        return self._node(ordered, _number(1, _DIRECTORY), 0)

    def _shard(self, entries: Sequence[tuple[int, str, Entry]], depth: int) -> Entry:
        """One shard of the entries that agree in the first ``depth`` bytes of their place."""
        groups: dict[int, list[tuple[int, str, Entry]]] = {}
        for entry in entries:
            groups.setdefault(entry[0] >> (56 - 8 * depth) & 0xFF, []).append(entry)
        links: list[tuple[str, Entry]] = []
        for place, group in sorted(groups.items()):
            name = f"{place:02X}"
            if len(group) == 1:
                links.append((name + group[0][1], group[0][2]))
            else:
                links.append((name, self._shard(group, depth + 1)))
        field_bits = sum(1 << place for place in groups)
        bitmap = field_bits.to_bytes((field_bits.bit_length() + 7) // 8, "big")
        data = _number(1, _SHARD) + _field(2, bitmap) + _number(5, _MURMUR) + _number(6, FANOUT)
        return self._node(links, data, 0)

    def _node(self, links: Sequence[tuple[str, Entry]], data: bytes, size: int) -> Entry:
        encoded = (
            _field(1, bytes(entry.cid)) + _field(2, name.encode()) + _number(3, entry.total)
            for name, entry in links
        )
        block = b"".join(_field(2, link) for link in encoded) + _field(1, data)
        cid = Cid.of(block, DAG_PB, version=self.version)
        self.blocks[cid] = block
        return Entry(cid, size, len(block) + sum(entry.total for _, entry in links))


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _field(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content
