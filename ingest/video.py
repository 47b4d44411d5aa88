"""MP4, QuickTime and WebM -> the first frame that shows something, through PyAV. Bounded in every way."""

import io
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING, Any

from ingest.workers import alone
from magpie.errors import SourceError
from magpie.optional import require

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 9_000_000  # of one frame, a little above 4K: decoders hold up to 17
MAX_PACKETS = 2_000
MAX_FRAMES = 200
MAX_SECONDS = 20.0
# The demuxer is named, so that content cannot choose one that opens other files (playlists, lists of parts).
_DEMUXERS = {"mp4": "mov", "mov": "mov", "webm": "matroska"}
_CODECS = frozenset({"h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mjpeg", "prores", "qtrle", "png"})


def first_frame(source: bytes, kind: str) -> "Image.Image":
    """As RGBA: the first frame of more than one colour, or the very first if none is found within bounds.

    Raises `SourceError` with the reason it cannot be read.
    """
    av = require("av", extra="ingest")
    try:
        with alone(), closing(av.open(io.BytesIO(source), format=_DEMUXERS[kind])) as container:
            return _first_frame(container, kind)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"damaged {kind.upper()} ({' '.join(reason.split())[:100]})") from error


def _first_frame(container: Any, kind: str) -> "Image.Image":  # noqa: ANN401 (PyAV is untyped here)
    if not container.streams.video:
        raise SourceError(f"{kind.upper()} without a picture in it")
    stream = container.streams.video[0]
    context = stream.codec_context
    _check(context.name, context.width, context.height, kind)
    context.thread_count = 1  # each thread would hold frames of its own
    until = monotonic() + MAX_SECONDS
    first: Image.Image | None = None
    shown = 0
    for number, packet in enumerate(container.demux(stream)):
        if number == MAX_PACKETS or shown >= MAX_FRAMES or monotonic() > until:
            break
        for frame in packet.decode():
            _check(context.name, frame.width, frame.height, kind)  # the size may change within a stream
            image: Image.Image = frame.to_image().convert("RGBA")
            extremes: Any = image.getextrema()
            if any(low != high for low, high in extremes):
                return image
            first, shown = first or image, shown + 1
    if first is None:
        raise SourceError(f"{kind.upper()} without a picture in it")
    return first


def _check(codec: str, width: int, height: int, kind: str) -> None:
    if codec not in _CODECS:
        raise SourceError(f"{kind.upper()} in the coding {codec[:20]!r}, which is not read")
    if width * height > MAX_PIXELS:
        raise SourceError(f"{kind.upper()} of {width}x{height}, more than {MAX_PIXELS:,} pixels")
