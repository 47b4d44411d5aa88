"""A sheet of pictures to judge a collection's layers by: for each trait a token, its mask, its component."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from magpie import text
from magpie.domain import Token
from magpie.layers import LayerFile, read_index
from magpie.layout import picture_file

if TYPE_CHECKING:
    from PIL.Image import Image

_TILE, _GAP, _LABEL, _COLUMNS = 96, 8, 14, 4
_DARK, _LIGHT = (96, 96, 96), (144, 144, 144)  # of the chequered ground below components
_HIDDEN = 0.25  # how much is left of what a mask does not cover


def sheet(dataset: Path, collection: str, tokens: Sequence[Token], limit: int = 96) -> "Image | None":
    """The picture, for at most ``limit`` traits, evenly from all; None if there are no layers to show."""
    from PIL import Image

    index = read_index(dataset, collection)
    if index is None or not index.layers:
        return None
    shown = index.layers[:: -(-len(index.layers) // limit)]
    example = {trait.key: token for token in reversed(tokens) for trait in token.traits}
    rows = -(-len(shown) // _COLUMNS)
    width, height = 3 * _TILE + 2 * _GAP, _TILE + _LABEL + _GAP
    page = Image.new("RGB", (_COLUMNS * width, rows * height), "white")
    for place, layer in enumerate(shown):
        cell = _cell(dataset, collection, layer, example.get(layer.trait.key))
        page.paste(cell, ((place % _COLUMNS) * width, (place // _COLUMNS) * height))
    return page


def _cell(dataset: Path, collection: str, layer: LayerFile, example: Token | None) -> "Image":
    from PIL import Image, ImageDraw

    cell = Image.new("RGB", (3 * _TILE + _GAP, _TILE + _LABEL), "white")
    said = text.clean(f"{layer.trait}  ({layer.tokens}, {layer.agreement:.2f})", 52)
    ImageDraw.Draw(cell).text((2, 1), said.encode("ascii", "replace").decode(), fill="black")
    mask = _tile(dataset / collection / layer.mask)
    component = _tile(dataset / collection / layer.component)
    path = picture_file(dataset, example.image) if example else None
    picture = _tile(path) if path else None
    tiles = [picture, _lit(picture, mask), component]
    for place, tile in enumerate(tiles):
        if tile is not None:
            cell.paste(_on_squares(tile), (place * _TILE, _LABEL))
    return cell


def _tile(path: Path) -> "Image | None":
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            side = max(image.size)
            size = (max(1, image.width * _TILE // side), max(1, image.height * _TILE // side))
            return image.convert("RGBA").resize(size, Image.Resampling.NEAREST)
    except (OSError, UnidentifiedImageError):
        return None


def _lit(picture: "Image | None", mask: "Image | None") -> "Image | None":
    """The picture, dark where the mask does not cover it; the mask alone without a picture."""
    from PIL import Image

    if picture is None or mask is None:
        return mask
    covered = np.asarray(mask.resize(picture.size, Image.Resampling.NEAREST))[..., :1] >= 128
    pixels = np.asarray(picture).astype(np.float32)
    pixels[..., :3] *= np.where(covered, 1, _HIDDEN)
    pixels[..., 3] = np.maximum(pixels[..., 3], 255 * _HIDDEN)
    return Image.fromarray(pixels.astype(np.uint8))


def _on_squares(tile: "Image") -> "Image":
    from PIL import Image

    y, x = np.indices((tile.height, tile.width)) // 8
    ground = np.where(((x + y) % 2)[..., None], np.array(_DARK), np.array(_LIGHT)).astype(np.uint8)
    page = Image.fromarray(ground).convert("RGBA")
    page.alpha_composite(tile)
    return page.convert("RGB")
