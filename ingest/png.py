"""Pixels -> PNG bytes that depend on the pixels alone, with a palette where 256 colours suffice."""

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_RLE = 3  # zlib's Z_RLE: for filtered colours about as small as its default, and up to twice as fast


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
    """The bytes of an RGBA image, or of one with a palette from `indexed`."""
    out = io.BytesIO()
    final = indexed(image) if image.mode == "RGBA" else image
    final.save(out, "PNG", compress_level=6, compress_type=0 if final.mode == "P" else _RLE)
    return out.getvalue()
