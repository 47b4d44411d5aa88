"""A dataset's PNG -> a small picture inside the page, as a ``data:`` URI."""

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ingest import images
from magpie.errors import SourceError
from magpie.optional import require

if TYPE_CHECKING:
    from PIL import Image

SIDE = 96
MAX_BYTES = 6 * 1024
_FEW_COLOURS = 128


def thumbnail(path: Path) -> str | None:
    """The picture at ``path`` within 96 x 96 pixels, at most 6 KiB of WebP; None if it cannot be read."""
    pillow = require("PIL.Image", extra="ingest")
    try:
        if path.stat().st_size > images.MAX_BYTES:
            return None
        picture = images.decode(path.read_bytes(), "png")
    except (OSError, SourceError):
        return None
    picture.thumbnail((SIDE, SIDE), pillow.Resampling.BOX)  # averages areas: keeps the edges of pixel art
    return f"data:image/webp;base64,{base64.b64encode(_webp(picture)).decode()}"


def _webp(picture: "Image.Image") -> bytes:
    if (
        picture.getcolors(_FEW_COLOURS) is not None
        and len(exact := _encoded(picture, lossless=True)) < MAX_BYTES
    ):
        return exact
    return next(
        (small for quality in (75, 40, 10) if len(small := _encoded(picture, quality=quality)) <= MAX_BYTES),
        _encoded(picture, quality=0),
    )


def _encoded(picture: "Image.Image", *, quality: int = 75, lossless: bool = False) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, lossless=lossless, method=4)
    return out.getvalue()
