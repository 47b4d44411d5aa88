"""Any published picture -> the dataset's PNG: 512 px wide, height adaptive, equal bytes for equal pixels.

Formats are told by content, never by file name. What cannot be read raises `SourceError` with the reason.
"""

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np

from ingest import svg
from magpie.errors import SourceError
from magpie.optional import require

if TYPE_CHECKING:
    from PIL import Image

WIDTH = 512
# Part of every recorded source digest: bump it when the same source gives other pixels, and all are redone.
CONVERTER = "1"
MAX_BYTES = 64 * 2**20
MAX_HEIGHT = 8 * WIDTH
PIXEL_ART_WIDTH = 128
PIXEL_ART_COLOURS = 64
MAX_FRAMES = 200
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"}
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


def media_type(head: bytes) -> str:
    """``png``, ``jpeg``, ``gif``, ``webp`` or ``svg``. Raises `SourceError` that says what it is instead."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start and start.startswith(b"<"):
        return "svg"
    raise SourceError(_what_instead(head, start))


def _what_instead(head: bytes, start: bytes) -> str:
    if not head:
        return "empty file"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page, not a picture"
    if head[4:8] == b"ftyp":
        return "video or HEIF, which is not read"
    return "not a PNG, JPEG, WebP, GIF or SVG picture"


def to_png(source: bytes) -> bytes:
    """The dataset's PNG of a published picture. Raises `SourceError` with the reason it cannot be read."""
    if len(source) > MAX_BYTES:
        raise SourceError("picture file larger than 64 MiB")
    kind = media_type(source[:4096])
    if kind == "svg":
        return encode(decode(svg.render(source, WIDTH), "png"))
    return encode(resize(decode(source, kind), lossy=kind == "jpeg"))


def decode(source: bytes, kind: str) -> "Image.Image":
    """The first frame that shows something, upright, as RGBA. Raises `SourceError`."""
    pillow = require("PIL.Image", extra="ingest")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(io.BytesIO(source), formats=(_FORMATS[kind],)) as image:
                return _first_frame(image)
    except (pillow.DecompressionBombWarning, pillow.DecompressionBombError) as error:
        raise SourceError("too many pixels (a decompression bomb?)") from error
    except _DAMAGE as error:
        detail = "truncated" if "truncated" in str(error) else "damaged"
        raise SourceError(f"{detail} {kind.upper()} ({' '.join(str(error).split())[:100]})") from error


def _first_frame(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    first: Image.Image | None = None
    for frame in range(min(getattr(image, "n_frames", 1), MAX_FRAMES)):
        image.seek(frame)
        shown = _rgba(image)
        if not _is_blank(shown):
            return ImageOps.exif_transpose(shown)
        first = first or shown
    if first is None:
        raise ValueError("no frame")
    return first


def _rgba(image: "Image.Image") -> "Image.Image":
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to white
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA")


def _is_blank(image: "Image.Image") -> bool:
    """Whether nothing is drawn: invisible, or one colour all over."""
    pixels = np.asarray(image)
    return not pixels[..., 3].any() or bool((pixels == pixels[0, 0]).all())


def resize(image: "Image.Image", *, lossy: bool = False) -> "Image.Image":
    """``image`` at our width: nearest pixel for pixel art, else Lanczos. Raises `SourceError` if too tall."""
    from PIL import Image

    height = max(1, round(image.height * WIDTH / image.width))
    if height > MAX_HEIGHT:
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


def indexed(image: "Image.Image") -> "Image.Image":
    """An RGBA image with a palette in ascending order if 256 colours suffice; else RGB if opaque, else RGBA.

    The colour of invisible pixels is dropped. Equal pixels give equal images.
    """
    from PIL import Image

    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0
    clean = Image.fromarray(pixels)
    opaque = bool((pixels[..., 3] == 255).all())
    if clean.getcolors(256) is None:
        return clean.convert("RGB") if opaque else clean
    colours, index = np.unique(pixels.view(">u4").reshape(-1), return_inverse=True)
    table = colours.view(np.uint8).reshape(-1, 4)
    mapped = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8), mode="P")
    mapped.putpalette(table[:, :3].tobytes())
    if not opaque:
        mapped.info["transparency"] = table[:, 3].tobytes()
    return mapped


def encode(image: "Image.Image") -> bytes:
    """PNG bytes that depend on the pixels alone."""
    out = io.BytesIO()
    final = indexed(image) if image.mode == "RGBA" else image
    final.save(out, "PNG", compress_level=6 if final.mode == "P" else 3)
    return out.getvalue()
