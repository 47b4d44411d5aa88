"""The seams of this package: what an encoder and a vector store must do.

Shapes: ``n`` inputs, ``d`` dimensions. Vectors are float32 with unit L2 norm, so a dot product is a
cosine similarity in [-1, 1]; a row is all zeros only where the input says nothing at all.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from magpie.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

Vectors = npt.NDArray[np.float32]
TextKind = Literal["query", "document"]
IndexKind = Literal["image", "caption"]


class Placement(NamedTuple):
    """What an encoder computes on, and in which numbers: ``cpu`` and ``bfloat16``."""

    device: str
    dtype: str


class TextEncoder(Protocol):
    @property
    def id(self) -> str:
        """Library, model and a digest of its weights; stored with the index and compared on opening."""

    @property
    def dim(self) -> int: ...

    def load(self) -> Placement:
        """Load the weights if that was not done yet."""

    def encode(self, texts: Sequence[str], *, kind: TextKind) -> Vectors:
        """(n, d), one row a text, in order. An empty ``texts`` gives shape (0, d)."""


class ImageEncoder(Protocol):
    """Pictures and texts in one space."""

    @property
    def id(self) -> str:
        """Library, model and a digest of its weights; stored with the index and compared on opening."""

    @property
    def dim(self) -> int: ...

    def load(self) -> Placement:
        """Load the weights if that was not done yet."""

    def compute_on(self, threads: int) -> None:
        """Let calls from this thread compute on so many (0: as many as when it was loaded)."""

    def prepare(self, image: "Image") -> Any:  # noqa: ANN401 (the encoder's own, for `encode_prepared`)
        """A picture as the model takes it, much smaller. May be called by several threads at once,
        as may `encode_prepared`, after `load`. Raises `ValueError` or `OSError` for one it cannot take.
        """

    def encode_prepared(self, prepared: Sequence[Any]) -> Vectors:
        """(n, d), one row a prepared picture, in order. None at all give shape (0, d)."""

    def encode_images(self, images: Sequence["Image"]) -> Vectors:
        """(n, d), one row a picture of any mode and size, in order. None at all give shape (0, d)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, d), comparable with the rows of `encode_images`. An empty ``texts`` gives shape (0, d)."""


# 1: bump when what is stored with a vector changes; `magpie index` then builds anew.
SCHEMA_VERSION = 1


class Entry(NamedTuple):
    """What a store keeps beside a vector: a CAIP-19 token, its collection, the digest of what was encoded."""

    id: str
    collection: str
    digest: str


class DimensionError(InputError, ValueError):
    """Vectors of another length than those that a store holds, which an encoder of its own never makes."""

    def __init__(self, shape: tuple[int, ...], held: str) -> None:
        """``held`` says what the store holds."""
        super().__init__(
            f"shape {shape} does not fit the index ({held}), so another encoder has filled it: "
            "run `magpie index --rebuild`"
        )


class VectorStore(Protocol):
    """Rows by id. What `entries` gives is the truth that the index is brought up to date from.

    The first rows settle ``d``. A zero row has a cosine of 0 with everything. What goes wrong with the store
    itself, a damaged file or a server that is gone, is a `MagpieError`, at whatever call it shows.
    """

    def __len__(self) -> int: ...

    def entries(self) -> list[Entry]:
        """Everything held, in no particular order."""

    def upsert(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Add rows, replacing those whose id is known. Raises `ValueError` on a shape mismatch and then
        leaves the store as it was; it is a `DimensionError` if only ``d`` differs.
        """

    def remove(self, ids: Sequence[str]) -> None:
        """Forget rows; an id that is not here is ignored."""

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """A (d,) vector by id, in the order asked; an id that is not here is left out."""

    def search(self, query: Vectors, k: int) -> list[tuple[str, float]]:
        """At most ``k`` (id, cosine) for a (d,) query, best first, ties by id. May miss rows: how many is
        what `retrieval.soundness` measures. Raises `ValueError` if ``k`` < 1, `DimensionError` as `upsert`.
        """


class VectorDatabase(Protocol):
    """All stores of one home, and beside them one small text: their manifest.

    Opening one makes no connection; its calls raise `MagpieError` if there is none to be had.
    """

    def open(self, kind: IndexKind, encoder: str) -> VectorStore:
        """The store of one kind and encoder, made if it is not there."""

    def drop(self, kind: IndexKind, encoder: str) -> None:
        """Forget all rows of one kind and encoder; nothing happens if there are none."""

    def read_manifest(self) -> bytes | None:
        """What `write_manifest` was given last; None if that was never, or `clear_manifest` came after."""

    def write_manifest(self, manifest: bytes) -> None:
        """Keep ``manifest``: whole, or, if this is killed, not at all."""

    def clear_manifest(self) -> None:
        """Forget the manifest, if there is one."""
