"""What an altered picture may have been: its views, each compared with the indexed pictures. Pure.

A picture that somebody has is often not the one that is indexed: it is mirrored, framed, on a page of a
screenshot, cut from the whole, its colours are others, or what was transparent is white or black. Each view
undoes one of these; a token scores the best of them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retrieval.ports import Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

# A cosine of any view but the picture itself counts for so much less: where a mirrored other token looks as
# much like it as its own does, its own comes first. More than encoders differ on one picture in two batches.
DISCOUNT = 0.005
MOST = 34  # views of a picture

Box = tuple[int, int, int, int]
_SIDE = 512  # pixels a side of placements and other colours, as the dataset's pictures have
_SEARCHED = 1600  # margins are looked for in at most so many pixels a side
_STRIP = 2  # pixels along the left, right and lower edge that show the page (a bar may run along the upper)
_SHADES = 8  # levels in which two pixels count as one colour of the page
# Levels by which a pixel of the picture differs from the page: more than a JPEG spoils; then less, for a
# picture on a page of nearly its own colour.
_UNLIKE = (24, 8)
_LEAST, _TRIMMED = 0.3, 0.98  # of the sides, of the area: less, or more, is not a picture with margins
_PAGES = (255, 0)  # of white and black pages, on which transparent pictures are seen
_NEARLY = 16  # levels by which a pixel may differ from such a page
_FREE = 0.8  # share of the outermost pixels that must show the page
_KEPT = 0.8  # share of each side that a crop has kept
_PLACES = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))  # of a crop within the whole
_DARKER, _BRIGHTER = 0.9, 1.1
_SOFTER, _HARDER = 0.9, 1.12  # of contrast
_PALER, _STRONGER = 0.87, 1.15  # of saturation


def views(picture: "Image") -> "list[Image]":
    """The picture itself, mirrored, without its margins, placed as if it were a crop, in other colours.

    If it, or what its margins surround, lies on a white or black page, the same of what was cut out of it.
    ``picture`` has any mode and at least one pixel. At most `MOST`, none of them empty; the first is
    ``picture`` unchanged.
    """
    from PIL import ImageOps

    wholes = [picture, *(picture.crop(box) for box in dict.fromkeys(inside_margins(picture)))]
    cut_outs = [cut_out(whole) for whole in wholes]
    wholes += [cut for cut in cut_outs if cut is not None]
    found = [look for whole in wholes for look in (whole, ImageOps.mirror(whole))]
    for whole in (picture, cut_outs[0]):
        if whole is not None:
            small = _small(whole)
            found += [*_placements(small), *_shades(small)]
    return found


def discounts(count: int) -> Vectors:
    """(v,): what to take off the cosines of each of ``count`` views, in the order of `views`."""
    less = np.full(count, DISCOUNT, np.float32)
    less[:1] = 0
    return less


def inside_margins(picture: "Image") -> list[Box]:
    """(left, top, right, bottom) of what margins of one colour may surround: none to two boxes.

    Margins may hold less than they are wide: a bar above, lines of text below. The picture is the longest run
    of rows whose two ends differ from the page, between the columns that mostly do.
    """
    step = -(-max(picture.size) // _SEARCHED)
    flat = on_white(picture)
    levels = np.asarray(flat.reduce(step) if step > 1 else flat, np.int16)
    differs = np.abs(levels - _page(levels)).max(axis=2)
    found = [box for least in _UNLIKE if (box := _inside(differs > least)) is not None]
    return [
        (left * step, top * step, min(right * step, picture.width), min(bottom * step, picture.height))
        for left, top, right, bottom in found
    ]


def cut_out(picture: "Image") -> "Image | None":
    """The picture without the white or black page around it, RGBA; None if it is not on one.

    What of the page can be seen from an edge in a straight line, along rows or columns, becomes transparent.
    """
    from PIL import Image as Pillow

    if picture.has_transparency_data:
        return None
    small = _small(picture)
    levels = np.asarray(small, np.int16)
    for shade in _PAGES:
        page = np.abs(levels - shade).max(axis=2) <= _NEARLY
        outline = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
        if outline.mean() >= _FREE and not page.all():
            outside = np.logical_or.reduce(
                [_from_an_edge(page, axis, turn) for axis in (0, 1) for turn in (1, -1)]
            )
            alpha = Pillow.fromarray(np.where(outside, 0, 255).astype(np.uint8))
            small.putalpha(alpha)
            return small
    return None


def _from_an_edge(page: npt.NDArray[np.bool_], axis: int, turn: int) -> npt.NDArray[np.bool_]:
    seen = np.logical_and.accumulate(np.flip(page, axis) if turn < 0 else page, axis=axis)
    return np.asarray(np.flip(seen, axis) if turn < 0 else seen)


def _inside(unlike: npt.NDArray[np.bool_]) -> Box | None:
    height, width = unlike.shape
    columns = np.flatnonzero(unlike.mean(axis=0) > 0.5)
    if len(columns) < max(1, width * _LEAST):
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    ends = unlike[:, min(left + _STRIP, right - 1)] | unlike[:, max(right - 1 - _STRIP, left)]
    top, bottom = _longest_run(ends)
    if bottom - top < max(1, height * _LEAST) or (right - left) * (bottom - top) > _TRIMMED * width * height:
        return None
    return left, top, right, bottom


def _page(levels: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """(3,): the colour of most pixels along the left, right and lower edge."""
    edges = (levels[:, :_STRIP], levels[:, -_STRIP:], levels[-_STRIP:])
    pixels = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    _, shade, counts = np.unique(pixels // _SHADES, axis=0, return_inverse=True, return_counts=True)
    colour: npt.NDArray[np.float64] = np.median(pixels[shade.reshape(-1) == counts.argmax()], axis=0)
    return colour


def _longest_run(marks: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The first longest run of True in (n,), as start and end; (0, 0) if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest])


def _placements(picture: "Image") -> "Iterator[Image]":
    """The picture where a crop of `_KEPT` may have been cut from, the rest filled from its own edges."""
    from PIL import Image as Pillow

    levels = np.asarray(picture)
    spare = [round(side / _KEPT) - side for side in levels.shape[:2]]
    for places in _PLACES if any(spare) else ():
        before = [round(room * place) for room, place in zip(spare, places, strict=True)]
        around = [(start, room - start) for start, room in zip(before, spare, strict=True)]
        yield Pillow.fromarray(np.pad(levels, (*around, (0, 0)), mode="edge"))


def _shades(picture: "Image") -> "Iterator[Image]":
    """The picture a little darker and brighter, of less and more contrast, and paler and stronger."""
    from PIL import ImageEnhance

    for change, amounts in (
        (ImageEnhance.Brightness, (_DARKER, _BRIGHTER)),
        (ImageEnhance.Contrast, (_SOFTER, _HARDER)),
        (ImageEnhance.Color, (_PALER, _STRONGER)),
    ):
        enhancer = change(picture)
        yield from (enhancer.enhance(amount) for amount in amounts)


def _small(picture: "Image") -> "Image":
    """A new picture of the same look, of at most `_SIDE` pixels a side."""
    from PIL import Image as Pillow

    small = _plain(picture)
    small.thumbnail((_SIDE, _SIDE), Pillow.Resampling.BOX)
    return small


def _plain(picture: "Image") -> "Image":
    """A new picture of the same look, RGBA if anything of it may be transparent, else RGB."""
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return plain.copy() if plain is picture else plain


def on_white(picture: "Image") -> "Image":
    """A new RGB picture: ``picture``, of any mode, where it is transparent on white."""
    from PIL import Image as Pillow

    plain = _plain(picture)
    white = Pillow.new("RGB", plain.size, "white")
    white.paste(plain, (0, 0), plain if plain.mode == "RGBA" else None)
    return white
