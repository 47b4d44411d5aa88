"""Any published picture -> the dataset's PNG: 512 px wide, height adaptive, equal bytes for equal pixels.

Formats are told by content, never by file name. What cannot be read raises `SourceError` with the reason.
"""

import io
import struct
import warnings
import zlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ingest import svg, video
from ingest.formats import HEAD, VIDEOS, media_type
from ingest.png import encode, indexed
from ingest.workers import alone
from magpie.errors import SourceError
from magpie.optional import require

if TYPE_CHECKING:
    from PIL import Image

WIDTH = 512
# Part of every recorded original: bump it when the same original gives other bytes, and all are redone.
CONVERTER = "2"
MAX_BYTES = 64 * 2**20
MAX_RATIO = 8  # height to width
PIXEL_ART_WIDTH = 128
PIXEL_ART_COLOURS = 64
MAX_FRAMES = 200
LARGE = 12_000_000  # pixels from which pictures are read one at a time, and made smaller in strips
# Pillow refuses above 89 million. Decoders of animations hold several frames at full size, so: less.
MAX_ANIMATED_PIXELS = 32_000_000
_STRIP = 64  # rows of the smaller picture
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF"}
_STILL = frozenset({"png", "jpeg"})
# What Pillow's decoders raise on damaged files; they promise no common base.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    IndexError,
    TypeError,
    OverflowError,
)


def to_png(source: bytes) -> bytes:
    """The dataset's PNG of a published picture. Raises `SourceError` with the reason it cannot be read."""
    if len(source) > MAX_BYTES:
        raise SourceError("picture file larger than 64 MiB")
    kind = media_type(source[:HEAD])
    try:
        if kind == "svg":
            return encode(decode(svg.render(source, WIDTH), "png"))
        shown = video.first_frame(source, kind) if kind in VIDEOS else decode(source, kind)
        return encode(resize(shown, lossy=kind == "jpeg" or kind in VIDEOS))
    except MemoryError as error:
        raise SourceError(f"{kind.upper()} that takes too much memory to read") from error


def decode(source: bytes, kind: str) -> "Image.Image":
    """The first frame that shows something, upright, as RGBA. Raises `SourceError`.

    A large picture comes at a smaller size, at least twice our width.
    """
    pillow = require("PIL.Image", extra="ingest")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(io.BytesIO(source), formats=(_FORMATS[kind],)) as image:
                _check_size(image, kind)
                with alone() if image.width * image.height > LARGE else nullcontext():
                    return _first_frame(image)
    except (pillow.DecompressionBombWarning, pillow.DecompressionBombError) as error:
        raise SourceError("too many pixels (a decompression bomb?)") from error
    except _DAMAGE as error:
        detail = "truncated" if "truncated" in str(error) else "damaged"
        raise SourceError(f"{detail} {kind.upper()} ({' '.join(str(error).split())[:100]})") from error


def _check_size(image: "Image.Image", kind: str) -> None:
    """Refuse by the header what would be refused, or would fill the memory, once it is decoded."""
    if kind not in _STILL and image.width * image.height > MAX_ANIMATED_PIXELS:
        raise SourceError(f"too many pixels for {kind.upper()} (a decompression bomb?)")
    if image.width * image.height > LARGE and max(image.size) > MAX_RATIO * min(image.size):
        raise SourceError(f"picture of {image.width}x{image.height}, too narrow to show at our width")


def _first_frame(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    if image.width * image.height > LARGE:
        image.draft(None, (2 * WIDTH, 2 * WIDTH))  # a JPEG comes out of its decoder smaller
    first: Image.Image | None = None
    for frame in range(min(getattr(image, "n_frames", 1), MAX_FRAMES)):
        image.seek(frame)
        shown = _bounded(image)
        if not _is_blank(shown):
            return ImageOps.exif_transpose(shown)
        first = first or shown
    if first is None:
        raise ValueError("no frame")
    return first


def _bounded(image: "Image.Image") -> "Image.Image":
    """RGBA; a large picture at a whole fraction of its size, so that it is never in memory twice."""
    from PIL import Image

    factor = min(image.size) // (2 * WIDTH)
    if image.width * image.height <= LARGE or factor < 2:
        return _rgba(image)
    size = -(-image.width // factor), -(-image.height // factor)
    if image.getcolors(PIXEL_ART_COLOURS) is not None:  # pixel art: no new colours
        small = _rgba(image.resize(size, Image.Resampling.NEAREST))
    else:
        small = Image.new("RGBA", size)
        for top in range(0, image.height, factor * _STRIP):
            bottom = min(top + factor * _STRIP, image.height)
            strip = _rgba(image.crop((0, top, image.width, bottom)))
            small.paste(strip.reduce(factor), (0, top // factor))
    if "exif" in image.info:
        small.info["exif"] = image.info["exif"]
    return small


def _rgba(image: "Image.Image") -> "Image.Image":
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to white
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA")


def _is_blank(image: "Image.Image") -> bool:
    """Whether nothing is drawn: invisible, or one colour all over."""
    extremes: Any = image.getextrema()  # a pair for each band, as there is more than one
    return extremes[3] == (0, 0) or all(low == high for low, high in extremes)


def resize(image: "Image.Image", *, lossy: bool = False) -> "Image.Image":
    """``image`` at our width: nearest pixel for pixel art, else Lanczos. Raises `SourceError` if too tall."""
    from PIL import Image

    height = max(1, round(image.height * WIDTH / image.width))
    if height > MAX_RATIO * WIDTH:
        raise SourceError(f"picture of {image.width}x{image.height}, too narrow to show at our width")
    if (image.width, image.height) == (WIDTH, height):
        return image
    if not _is_pixel_art(image, lossy):
        return image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    # Enlarging repeats pixels, so the palette can be found on the small picture: ten times faster.
    small = indexed(image) if image.width < WIDTH else image
    return small.resize((WIDTH, height), Image.Resampling.NEAREST)


def _is_pixel_art(image: "Image.Image", lossy: bool) -> bool:
    """Small, or of very few colours (pixel art that was published enlarged); a JPEG never is."""
    return not lossy and (image.width <= PIXEL_ART_WIDTH or image.getcolors(PIXEL_ART_COLOURS) is not None)
