"""Pictures as training sees them: small squares, decoded once and kept, or anew each time where too large."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from magpie.progress import Tick
from retrieval.pictures import open_picture, processors

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
_KEPT_AT_MOST = 8e9  # bytes on disk; beyond, a picture is decoded whenever it is drawn
_WORKERS = 4  # at most


class Pictures(Protocol):
    """(n, size, size, 4) RGBA, of which rows can be taken. An array is one."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, rows: Rows) -> Pixels: ...


@dataclass(frozen=True)
class OnDemand:
    """Pictures that stay files. One that can no longer be read is empty: wholly transparent."""

    files: Sequence[Path]
    size: int
    interpolation: str = "box"

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.files), self.size, self.size, 4)

    def __getitem__(self, rows: Rows) -> Pixels:
        taken = np.zeros((len(rows), *self.shape[1:]), np.uint8)
        files = [self.files[row] for row in rows]
        for place, square in enumerate(_squares(files, self.size, self.interpolation)):
            if square is not None:
                taken[place] = square
        return taken


def fit(image: "Image", size: int, interpolation: str = "box") -> "Image":
    """``image`` as RGBA, shrunk (by area unless told) to ``size`` on its longer side, on transparency."""
    from PIL import Image as Pillow

    source = image.convert("RGBA")
    scale = size / max(source.size)
    width, height = (max(1, round(side * scale)) for side in source.size)
    small = source.resize((width, height), Pillow.Resampling[interpolation.upper()])
    square = Pillow.new("RGBA", (size, size), (0, 0, 0, 0))
    square.paste(small, ((size - width) // 2, (size - height) // 2))
    return square


def kept(
    cache: Path, files: Sequence[Path], size: int, interpolation: str, *, tick: Tick
) -> tuple[Pictures, npt.NDArray[np.bool_]]:
    """The pictures, and which of them can be read. Decoded ones are kept at ``cache`` for the next start."""
    if len(files) * size * size * 4 > _KEPT_AT_MOST:
        return OnDemand(files, size, interpolation), _opens(files, tick)
    if not cache.is_file():
        _decode(cache, files, size, interpolation, tick)
    readable: npt.NDArray[np.bool_] = np.load(cache.with_suffix(".readable.npy"))
    return np.load(cache, mmap_mode="r"), readable


def only(pictures: Pictures, files: Sequence[Path], readable: npt.NDArray[np.bool_]) -> Pictures:
    """Those of ``pictures`` that are readable."""
    if readable.all():
        return pictures
    if isinstance(pictures, OnDemand):
        left = [file for file, ok in zip(files, readable, strict=True) if ok]
        return OnDemand(left, pictures.size, pictures.interpolation)
    return pictures[np.flatnonzero(readable)]


def _decode(cache: Path, files: Sequence[Path], size: int, interpolation: str, tick: Tick) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(".part")
    pixels = np.lib.format.open_memmap(part, "w+", np.uint8, (len(files), size, size, 4))
    readable = np.ones(len(files), bool)
    for row, square in enumerate(_squares(files, size, interpolation)):
        if square is None:
            readable[row] = False
        else:
            pixels[row] = square
        if row % 50 == 49 or row + 1 == len(files):
            tick("decode pictures", row + 1, len(files))
    pixels.flush()
    np.save(cache.with_suffix(".readable.npy"), readable)
    part.replace(cache)


def _squares(files: Sequence[Path], size: int, interpolation: str) -> Iterator[Pixels | None]:
    """One square a file, in order; None where there is no picture. Pillow decodes without the lock."""

    def square(file: Path) -> Pixels | None:
        try:
            return np.asarray(fit(open_picture(file), size, interpolation))
        except (OSError, ValueError):
            return None

    with ThreadPoolExecutor(min(_WORKERS, processors())) as workers:
        for start in range(0, len(files), 256):  # not all at once: they would wait in memory
            yield from workers.map(square, files[start : start + 256])


def _opens(files: Sequence[Path], tick: Tick) -> npt.NDArray[np.bool_]:
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    readable = np.ones(len(files), bool)
    for row, file in enumerate(files):
        try:
            with Pillow.open(file):
                pass
        except (OSError, UnidentifiedImageError):
            readable[row] = False
        if row % 500 == 499 or row + 1 == len(files):
            tick("look at pictures", row + 1, len(files))
    return readable
