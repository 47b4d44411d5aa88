"""Encoders without weights: hashed words for texts, colours and their places for pictures.

Tiny and the same in every process. They know nothing of meaning: "gold" is near "gold" and no nearer to
"golden" than to "zombie". For tests and for machines without torch.
"""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from magpie import text
from retrieval.ports import Placement, TextKind, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

_PALETTE = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "red": (220, 20, 30),
    "orange": (255, 140, 0),
    "yellow": (250, 220, 30),
    "green": (40, 160, 60),
    "blue": (40, 90, 220),
    "purple": (130, 60, 180),
    "pink": (255, 150, 190),
    "brown": (120, 75, 40),
}
_SAME = {"grey": "gray", "gold": "yellow", "golden": "yellow", "violet": "purple", "silver": "gray"}
_GRID = 4  # pictures are also compared cell by cell, on a 4 x 4 grid
_SIDE = 32
_NUMPY = Placement("cpu", "float32")


class HashingTextEncoder:
    """Words and word pairs, each hashed to a signed coordinate; a text without words is the zero vector."""

    dim = 512
    id = f"hashing:words-{dim}"

    def load(self) -> Placement:
        return _NUMPY

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, written in zip(vectors, texts, strict=True):
            words = text.key(written).split()
            pairs = [(f"{one} {two}", 0.5) for one, two in pairwise(words)]
            for feature, weight in [*((word, 1.0) for word in words), *pairs]:
                digest = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
                row[(digest >> 1) % self.dim] += weight if digest & 1 else -weight
        return _unit(vectors)


class HashingImageEncoder:
    """How much of each palette colour a picture shows, overall and by cell; texts count colour words."""

    dim = len(_PALETTE) * (1 + _GRID * _GRID)
    id = f"hashing:colours-{dim}"

    @cached_property
    def _colours(self) -> Vectors:
        return np.array(list(_PALETTE.values()), np.float32)

    def load(self) -> Placement:
        return _NUMPY

    def compute_on(self, threads: int) -> None:
        pass

    def prepare(self, image: "Image") -> Vectors:
        return self._shares(image)

    def encode_prepared(self, prepared: Sequence[Vectors]) -> Vectors:
        return _unit(np.array(prepared, np.float32).reshape(-1, self.dim))

    def encode_images(self, images: Sequence["Image"]) -> Vectors:
        return self.encode_prepared([self.prepare(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        names = list(_PALETTE)
        for row, written in zip(vectors, texts, strict=True):
            for word in text.words(written):
                colour = _SAME.get(word, word)
                if colour in _PALETTE:
                    row[names.index(colour)] += 1
        return _unit(vectors)

    def _shares(self, image: "Image") -> Vectors:
        """(dim,): palette shares of the whole, then, weighing less, of each cell. Transparent is white."""
        from PIL import Image

        small = image.convert("RGBA").resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
        pixels = np.asarray(
            Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB"), np.float32
        )
        nearest: npt.NDArray[np.intp] = ((pixels[:, :, None, :] - self._colours) ** 2).sum(-1).argmin(-1)
        shown = np.eye(len(_PALETTE), dtype=np.float32)[nearest]  # (side, side, colours)
        step = _SIDE // _GRID
        cells = shown.reshape(_GRID, step, _GRID, step, -1).mean((1, 3)).reshape(-1)
        shares: Vectors = np.concatenate([shown.mean((0, 1)), cells / _GRID]).astype(np.float32)
        return shares


def _unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit
