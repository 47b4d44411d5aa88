"""A response's body, read piece by piece: bounded in bytes, in how far it unpacks, and in slowness."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import NamedTuple

from ingest.sources.tree import MAX_RATIO, printable
from magpie.errors import SourceError

MIN_RATE = 4096  # bytes a second below which a body is always given up
ENCODINGS = ("gzip", "deflate")
_RATIO_FLOOR = 2**20
_PIECE = 2**18


class TooLarge(SourceError):
    """More than the bytes that were to be taken; ``declared`` if it said so itself."""

    def __init__(self, limit: int, declared: int | None = None) -> None:
        said = "" if declared is None else f" (it says {readable(declared)})"
        super().__init__(f"larger than {readable(limit)}{said}")
        self.declared = declared


def readable(size: int) -> str:
    """A size for a message: ``64 MiB``, ``20 bytes``."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{size / factor:.4g} {unit}"
    return f"{size} bytes"


class Unpacker:
    """Takes a body as it comes and gives it as it is meant. ``limit`` is of what it unpacks to."""

    def __init__(self, encoding: str, limit: int) -> None:
        """Raises `SourceError` for an encoding that was not asked for."""
        encoding = encoding.strip().lower().removeprefix("x-")
        if encoding not in ("", "identity", *ENCODINGS):
            raise SourceError(f"packed as {printable(encoding)}, which was not asked for")
        self._encoding, self._limit = encoding, limit
        self._inflate: zlib._Decompress | None = None
        self._content = bytearray()
        self._packed = 0

    @property
    def packed(self) -> bool:
        """Whether the bytes on the wire are others than those that are meant."""
        return self._encoding in ENCODINGS

    def feed(self, piece: bytes) -> None:
        """Takes the next piece. Raises `SourceError` if the content grows too large or was not packed so."""
        self._packed += len(piece)
        if not self.packed:
            self._add(piece)
            return
        try:
            while piece:
                piece = self._unpack(piece)
        except zlib.error as error:
            raise SourceError(f"is not packed as {self._encoding}, as it says", retryable=True) from error

    def finish(self) -> bytes:
        """All of it. Raises `SourceError` if it was cut short."""
        if self.packed and self._packed and not (self._inflate is None or self._inflate.eof):
            raise SourceError("cut short", retryable=True)
        return bytes(self._content)

    def _unpack(self, piece: bytes) -> bytes:
        """Unpacks some of ``piece`` and gives the rest of it."""
        if self._inflate is None or self._inflate.eof:  # gzip may have several members
            self._inflate = zlib.decompressobj(self._window(piece))
        self._add(self._inflate.decompress(piece, _PIECE))
        size = len(self._content)
        if size > _RATIO_FLOOR and size > MAX_RATIO * self._packed:
            raise SourceError(f"unpacks to more than {MAX_RATIO} times its size (a gzip bomb?)")
        return self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail

    def _window(self, start: bytes) -> int:
        """The code of the format: "deflate" is meant to have zlib's header, and often has none."""
        if self._encoding == "gzip":
            return 16 + zlib.MAX_WBITS
        return zlib.MAX_WBITS if start[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS

    def _add(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._limit:
            raise TooLarge(self._limit)


class Pace(NamedTuple):
    """How fast a body has to come: so many bytes a second after so many seconds of grace."""

    grace: float
    rate: float


async def read(
    pieces: AsyncIterator[bytes], unpacker: Unpacker, *, declared: int | None, pace: Pace
) -> bytes:
    """All that ``pieces`` give, unpacked.

    A body that falls behind ``pace`` is given up. ``declared`` is the Content-Length, None if there is none.
    Raises `SourceError`.
    """
    loop = asyncio.get_running_loop()
    start, received = loop.time(), 0
    try:
        async with asyncio.timeout_at(start + pace.grace) as timeout:
            async for piece in pieces:
                received += len(piece)
                unpacker.feed(piece)
                timeout.reschedule(start + pace.grace + received / pace.rate)
    except TimeoutError as error:
        raise SourceError(
            f"too slow: {received} bytes in {loop.time() - start:.1f} s", retryable=True
        ) from error
    if declared is not None and received != declared:
        raise SourceError(f"cut short after {received} of {declared} bytes", retryable=True)
    return unpacker.finish()
