"""Content identifiers: what a CID names, and whether a block of bytes is that."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from magpie.errors import SourceError
from magpie.optional import require

MAX_TEXT = 256
RAW, DAG_PB = "raw", "dag-pb"
CODECS: Mapping[int, str] = {
    0x51: "cbor",
    0x55: RAW,
    0x70: DAG_PB,
    0x71: "dag-cbor",
    0x72: "libp2p-key",
    0x78: "git-raw",
    0x85: "dag-jose",
    0x0129: "dag-json",
    0x0200: "json",
}
HASHES: Mapping[int, tuple[str, int, Callable[[bytes], bytes]]] = {
    0x00: ("identity", 0, bytes),
    0x12: ("sha2-256", 32, lambda block: hashlib.sha256(block).digest()),
    0x13: ("sha2-512", 64, lambda block: hashlib.sha512(block).digest()),
    0xB220: ("blake2b-256", 32, lambda block: hashlib.blake2b(block, digest_size=32).digest()),
}
_SHA2_256 = 0x12
_CODES = {name: code for code, name in CODECS.items()}


@dataclass(frozen=True)
class Cid:
    """One content identifier. Spellings in other bases are equal; versions 0 and 1 of one block are not.

    ``str`` gives the usual spelling: base58btc for version 0, base32 for version 1.
    """

    version: int
    codec: str
    hash_code: int
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """From text in any multibase. Raises `SourceError` for what is no CID, or names an unknown hash."""
        shown = text if len(text) <= 80 and text.isprintable() else f"{ascii(text[:60])[1:-1]}…"
        if len(text) > MAX_TEXT:  # base58 takes time that grows with the square of the length
            raise SourceError(f"{shown} is no CID: longer than {MAX_TEXT} characters")
        return cls._decoded(text, shown)

    @classmethod
    def from_bytes(cls, binary: bytes) -> Self:
        """From the binary form that links of a block hold. Raises `SourceError` as `parse` does."""
        return cls._decoded(binary, f"{binary[:8].hex()}…")

    @classmethod
    def of(cls, block: bytes, codec: str = RAW, *, version: int = 1) -> Self:
        """The CID of a block, with sha2-256."""
        return cls(version, codec, _SHA2_256, hashlib.sha256(block).digest())

    @classmethod
    def _decoded(cls, written: str | bytes, shown: str) -> Self:
        try:
            parts = require("libipld", extra="ingest").decode_cid(written)
        except ValueError as error:
            raise SourceError(f"{shown} is no CID ({error})") from error
        code, digest = parts["hash"]["code"], parts["hash"]["digest"]
        if code not in HASHES:
            raise SourceError(f"{shown} cannot be checked: its hash function 0x{code:x} is not known here")
        name, size, _ = HASHES[code]
        if size and len(digest) != size:
            raise SourceError(f"{shown} is no CID: {len(digest)} bytes of {name} instead of {size}")
        return cls(parts["version"], CODECS.get(parts["codec"], f"0x{parts['codec']:x}"), code, digest)

    def matches(self, block: bytes) -> bool:
        """Whether ``block`` is the very bytes this CID names."""
        return HASHES[self.hash_code][2](block) == self.digest

    @property
    def inline(self) -> bytes | None:
        """The block itself where the CID holds it (identity hash; at most 64 bytes), else None."""
        return self.digest if HASHES[self.hash_code][0] == "identity" else None

    def __bytes__(self) -> bytes:
        hashed = varint(self.hash_code) + varint(len(self.digest)) + self.digest
        if self.version == 0:
            return hashed
        code = _CODES[self.codec] if self.codec in _CODES else int(self.codec, 16)
        return varint(self.version) + varint(code) + hashed

    def __str__(self) -> str:
        return str(require("libipld", extra="ingest").encode_cid(bytes(self)))


def varint(number: int) -> bytes:
    """An unsigned LEB128, as multiformats and protobuf write numbers."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
