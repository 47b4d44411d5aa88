"""What is in a block: dag-pb nodes (protobuf) with UnixFS files and directories in them.

Blocks are what strangers published: everything that is not as the two specifications say is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ingest.ipfs.cid import DAG_PB, RAW, Cid
from magpie.errors import SourceError

MAX_BLOCK = 4 * 2**20  # twice what peers of the network exchange
Kind = Literal["file", "directory", "shard"]
_KINDS: dict[int, Kind] = {0: "file", 1: "directory", 2: "file", 5: "shard"}  # 0: an old form of file chunks
_MURMUR = 0x22
_MAX_FANOUT = 1024
_VARINT, _BYTES = 0, 2
Value = int | bytes


class Link(NamedTuple):
    """A named link; ``target`` is a binary CID, not looked at yet."""

    name: str
    target: bytes


@dataclass(frozen=True)
class Node:
    """A decoded block. A file's bytes are ``content`` followed by those of its links, in order.

    ``size`` is how many bytes a file claims to have in all, None if it does not say. In a shard, one of the
    blocks that a large directory is spread over, links are found by the hash of the name: see `fanout`.
    """

    kind: Kind
    content: bytes = b""
    links: tuple[Link, ...] = ()
    size: int | None = None
    fanout: int = 0


def decode(cid: Cid, block: bytes) -> Node:
    """What ``block`` holds. Raises `SourceError` if that is no file and no directory, or not well formed."""
    check_readable(cid)
    if cid.codec == RAW:
        return Node("file", content=block, size=len(block))
    data: bytes | None = None
    links: list[Link] = []
    try:
        for field, value in _fields(block):
            if field == 1 and isinstance(value, bytes) and data is None:
                data = value
            elif field == 2 and isinstance(value, bytes):
                links.append(_link(value))
            else:
                raise ValueError(f"field {field} of a node")
        if data is None:
            raise ValueError("a node without data")
        return _unixfs(data, tuple(links))
    except ValueError as error:
        raise SourceError(f"{cid} is malformed ({error})") from error


def check_readable(cid: Cid) -> None:
    """Raises `SourceError` if nothing of this codec is read here, so that it need not be fetched."""
    if cid.codec not in (RAW, DAG_PB):
        raise SourceError(f"{cid} is {cid.codec}, neither a file nor a directory")


def _link(encoded: bytes) -> Link:
    name, target = "", b""
    for field, value in _fields(encoded):
        if field == 1 and isinstance(value, bytes):
            target = value
        elif field == 2 and isinstance(value, bytes):
            name = value.decode()
        elif field != 3 or isinstance(value, bytes):  # 3: the size of all below, which nobody checks
            raise ValueError(f"field {field} of a link")
    if not target:
        raise ValueError("a link that leads nowhere")
    return Link(name, target)


def _unixfs(data: bytes, links: tuple[Link, ...]) -> Node:
    numbers: dict[int, int] = {}
    content = b""
    for field, value in _fields(data):
        if field == 2 and isinstance(value, bytes):
            content = value
        elif isinstance(value, int):  # 7 and 8 are mode and time of a file, later ones unknown
            numbers[field] = value
    kind = _KINDS.get(numbers.get(1, -1))
    if kind is None:
        raise ValueError("a symbolic link" if numbers.get(1) == 4 else "no file and no directory")
    if kind == "file":
        return Node(kind, content, links, numbers.get(3))
    if kind == "directory":
        return Node(kind, links=links)
    fanout = numbers.get(6, 0)
    if numbers.get(5) != _MURMUR or not 8 <= fanout <= _MAX_FANOUT or fanout & (fanout - 1):
        raise ValueError("a sharded directory of an unknown kind")
    return Node(kind, links=links, fanout=fanout)


def _fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of a protobuf message in their order. Raises `ValueError` for anything malformed."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        number, at = _varint(message, at)
        if wire == _VARINT:
            yield field, number
        elif wire == _BYTES:
            if number > len(message) - at:
                raise ValueError("cut short")
            yield field, message[at : at + number]
            at += number
        else:
            raise ValueError(f"wire type {wire}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number at a position, and the position after it."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("cut short")
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("a number of more than 64 bits")
