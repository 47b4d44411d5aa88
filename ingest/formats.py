"""What a published picture is, told by its first bytes and never by its name. Pure."""

from magpie.errors import SourceError

HEAD = 4096  # bytes that are looked at
VIDEOS = frozenset({"mp4", "mov", "webm"})
_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})  # how a QuickTime file may begin
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BLANK = b"\xef\xbb\xbf \t\r\n"


def media_type(head: bytes) -> str:
    """``png``, ``jpeg``, ``gif``, ``webp``, ``avif``, ``svg``, ``mp4``, ``mov`` or ``webm``.

    Raises `SourceError` that says what it is instead.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm"
    if head[4:8] == b"ftyp" or head[4:8] in _BOXES:
        return _box_file(head)
    start = head[:HEAD].lstrip(_BLANK).lower()
    if b"<svg" in start and start.startswith(b"<") and not _is_page(start):
        return "svg"
    raise SourceError(_what_instead(head, start))


def _box_file(head: bytes) -> str:
    """MP4, QuickTime, AVIF and HEIF are one container; brands tell them apart (ISO/IEC 14496-12)."""
    if head[4:8] != b"ftyp":
        return "mov"
    size = min(int.from_bytes(head[:4], "big"), HEAD)
    brands = {head[8:12], *(head[place : place + 4] for place in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    if head[8:12] in _HEIF:
        raise SourceError("HEIF, which is not read")
    return "mov" if head[8:12] == b"qt  " else "mp4"


def _is_page(start: bytes) -> bool:
    return start.startswith((b"<!doctype html", b"<html"))


def _what_instead(head: bytes, start: bytes) -> str:
    if not head:
        return "empty file"
    if _is_page(start):
        return "a web page, not a picture"
    return "not a PNG, JPEG, WebP, GIF, AVIF or SVG picture, nor a video"
