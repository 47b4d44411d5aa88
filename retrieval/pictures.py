"""Pictures of the dataset to vectors, by threads that each read, prepare and encode a batch of their own.

Threads suffice: Pillow and torch compute without holding the interpreter's lock. One thread a processor, each
on its own batch, beats many threads on one batch: nobody waits for the slowest at every layer, and another
program's load costs only its share.
"""

import os
import warnings
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from magpie.errors import InputError
from retrieval.ports import ImageEncoder, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")  # of a picture to search by; Pillow would start programs for others
_BATCH = 64  # at 224 px in float32, 38 MB a thread
_MAX_THREADS = 16
_MAX_PIXELS = 89_000_000  # about where Pillow warns of a decompression bomb: 360 MB as RGBA


class Unreadable(str):
    """Stands for the vector of a picture that gave none: the reason, in one line."""


def embed(
    encoder: ImageEncoder, files: Iterable[Path], *, threads: int = 0
) -> Generator[Vectors | Unreadable]:
    """A (d,) vector a picture, in order, by ``threads`` (0: one a processor); few batches are read ahead.

    A picture's vector does not depend on the number of threads, and one that cannot be read stops nothing.
    """
    count = threads or min(processors(), _MAX_THREADS)
    encoder.load()
    left = iter(files)
    batches = iter(lambda: list(islice(left, _BATCH)), [])
    pool = ThreadPoolExecutor(count, "embed", initializer=partial(encoder.compute_on, 1))
    waiting: deque[Future[list[Vectors | Unreadable]]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(_embed_batch, encoder, batch))
            if len(waiting) > 2 * count:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        encoder.compute_on(0)


def _embed_batch(encoder: ImageEncoder, files: list[Path]) -> list[Vectors | Unreadable]:
    read: list[Vectors | Unreadable] = []
    prepared = []
    for file in files:
        try:
            prepared.append(encoder.prepare(open_picture(file)))
            read.append(_PENDING)
        except (OSError, ValueError, MemoryError) as error:
            read.append(Unreadable(_line(error)))
    vectors = iter(encoder.encode_prepared(prepared))
    return [next(vectors) if row is _PENDING else row for row in read]


_PENDING = Unreadable()


def open_picture(path: Path) -> "Image":
    """The first frame, decoded. Raises `OSError` or `ValueError` with the reason, whatever Pillow raised."""
    from PIL import Image

    if not path.is_file():
        raise OSError("no such file")  # a pipe in its place would be waited for
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise ValueError(f"{image.width}x{image.height} are too many pixels")
            image.load()
            return image
    except (OSError, ValueError):
        raise
    except Exception as error:  # its readers raise anything on damaged files: SyntaxError, struct.error, ...
        raise ValueError(_line(error)) from error


def upright(path: Path) -> "Image":
    """A picture that somebody asks with, as its camera held it. Raises `InputError` for what is none."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                image.load()
                return ImageOps.exif_transpose(image)  # upright, as the pictures of the dataset are
    except FileNotFoundError as error:
        raise InputError(f"no picture at {path}; give an existing file") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(
            f"{path} cannot be read as a picture ({error}); give a PNG, JPEG, WebP or GIF"
        ) from error


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
