"""Content that a link carries itself: ``data:`` URIs as they occur on chains, and bare JSON or SVG text."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from ingest.sources.tree import printable
from magpie.errors import SourceError

_BARE = (
    ("{", "application/json"),
    ("[", "application/json"),
    ("<svg", "image/svg+xml"),
    ("<?xml", "image/svg+xml"),
)
_SPACE = re.compile(rb"[\s\x00]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")
# By name, not by codecs.lookup: some of Python's codecs unpack archives or take quadratic time.
_CHARSETS = {"iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252", "utf-16": "utf-16"}
_MAX_HEAD = 1000


@dataclass(frozen=True)
class Inline:
    """Content found in the link, as UTF-8 where it is text."""

    content: bytes
    media_type: str


def inline(uri: str) -> Inline | None:
    """The content in ``uri``; None if it carries none. Raises `SourceError` for a broken ``data:`` URI."""
    start = uri[:10].lstrip().lower()
    for opening, media_type in _BARE:
        if start.startswith(opening):
            return Inline(_encoded(uri.strip()), media_type)
    return _data_uri(uri.strip()) if start.startswith("data:") else None


def _data_uri(uri: str) -> Inline:
    head, comma, payload = uri[len("data:") :].partition(",")
    if not comma or len(head) > _MAX_HEAD:
        raise SourceError("a data: link without a comma before its content")
    media_type, *parameters = (part.strip() for part in head.split(";"))
    given = {name.lower(): value for name, _, value in (one.partition("=") for one in parameters)}
    content = unquote_to_bytes(_encoded(payload))
    if "base64" in given:
        content = _unbase64(content)
    charset = _CHARSETS.get(given.get("charset", "").strip('"').lower())
    if charset and payload.isascii():  # else the text was not written in that charset, whatever it says
        try:
            content = content.decode(charset).encode()
        except UnicodeError as error:
            raise SourceError(f"a data: link that is not {charset}, as it says") from error
    return Inline(content, printable(media_type.lower()) or "text/plain")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeError as error:
        raise SourceError("a link with half a character in it") from error


def _unbase64(encoded: bytes) -> bytes:
    """Either alphabet, with padding, without it, or with too much, and broken into lines."""
    digits = _SPACE.sub(b"", encoded).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if not _BASE64.fullmatch(digits):
        raise SourceError("a data: link whose base64 has other characters in it")
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except binascii.Error as error:
        raise SourceError("a data: link whose base64 is cut short") from error
