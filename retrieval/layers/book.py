"""Stored layers, fitted to the size that training works at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from magpie.domain import Trait
from magpie.layers import LayerFile, read_index
from retrieval.training.pixels import fit

if TYPE_CHECKING:
    from PIL.Image import Image

Key = tuple[str, tuple[str, str]]  # collection name, key of the trait
_LARGEST = 4096  # pixels a side: a layer is never larger than the pictures of the dataset


class Layer(NamedTuple):
    """One trait: ``mask`` (s, s), True where it is seen, and ``component`` (s, s, 4) RGBA, it alone."""

    mask: npt.NDArray[np.bool_]
    component: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LayerBook:
    """The layers of some collections at one size. Each is read when it is first asked for, and kept."""

    size: int
    files: dict[Key, tuple[Path, LayerFile]]
    _read: dict[Key, Layer | None] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.files)

    def of(self, collection: str, trait: Trait) -> Layer | None:
        """The trait's layer; None if it has none, it cannot be read, or nothing of it is left at our size.

        ``collection`` is the exact name; traits meet by their key. The arrays are shared and read-only.
        """
        key = collection, trait.key
        if key not in self.files:
            return None
        if key not in self._read:
            folder, known = self.files[key]
            self._read[key] = _layer(folder, known, self.size)
        return self._read[key]


def load(dataset: Path, collections: Iterable[str], size: int) -> LayerBook:
    """The stored layers of the named collections, fitted to ``size`` exactly as training pictures are.

    A collection without an index has no layers; an empty book is a usable book.
    """
    files: dict[Key, tuple[Path, LayerFile]] = {}
    for name in collections:
        index = read_index(dataset, name)
        for known in index.layers if index else ():
            files[name, known.trait.key] = dataset / name, known
    return LayerBook(size, files)


def _layer(folder: Path, known: LayerFile, size: int) -> Layer | None:
    mask, component = _open(folder, known.mask, "L"), _open(folder, known.component, "RGBA")
    if mask is None or component is None:
        return None
    seen = np.asarray(fit(mask, size))
    covered = (seen[..., 0] >= 128) & (seen[..., 3] >= 128)
    shown = np.array(fit(component, size))
    for array in (covered, shown):
        array.setflags(write=False)
    return Layer(covered, shown) if covered.any() else None


def _open(folder: Path, relative: str, mode: str) -> "Image | None":
    from PIL import Image, UnidentifiedImageError

    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return image.convert(mode) if max(image.size) <= _LARGEST else None
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return None
