"""The folder of the columns: one array a file, read where it lies, and a record of what they were made from.

The record is written last and removed first, so that it is only there beside columns that are whole.
"""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from magpie.domain import Model
from magpie.files import write_atomic
from magpie.settings import Settings
from retrieval.manifest import Manifest

# Bump when an array changes; `magpie index` then writes all anew.
FORMAT = 1


class HomeRecord(Model):
    """`magpie.catalog_columns.Home`."""

    name: str
    chain: str
    contract: str
    tokens: int


class Record(Model):
    """``catalog`` is the `Catalog.version` that the columns are of, ``manifest`` the index's. ``large`` are
    the token ids by number that are no 64-bit integers. ``shapes`` are those of the arrays.
    """

    format: int
    folder: str
    catalog: str
    manifest: Manifest
    homes: tuple[HomeRecord, ...]
    large: dict[int, str]
    shapes: dict[str, tuple[int, ...]]


class Writer:
    """A new folder of arrays, beside the one in use until its record is written."""

    def __init__(self, settings: Settings) -> None:
        self.name = uuid4().hex
        self._settings, self._folder = settings, settings.columns_dir / self.name
        self._folder.mkdir(parents=True)
        self.shapes: dict[str, tuple[int, ...]] = {}

    def put(self, name: str, array: npt.NDArray[Any]) -> None:
        """Keep an array."""
        np.save(self._folder / f"{name}.npy", array)
        self.shapes[name] = array.shape

    def empty(self, name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> "np.memmap[Any, Any]":
        """An array to be filled where it lies."""
        self.shapes[name] = shape
        return np.lib.format.open_memmap(self._folder / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)

    def finish(self, record: Record) -> None:
        """Put these columns to use, and forget all others."""
        write_atomic(_path(self._settings), record.model_dump_json(indent=1).encode())
        _sweep(self._settings, self.name)


def clear(settings: Settings) -> None:
    """Forget the columns; done before the first change of what they are made from."""
    _path(settings).unlink(missing_ok=True)
    _sweep(settings, "")


def read(settings: Settings, manifest: Manifest, version: str | None) -> Record | None:
    """The record, if the columns are of this index and this version of the catalogue."""
    try:
        record = Record.model_validate_json(_path(settings).read_bytes())
    except (OSError, ValidationError):
        return None
    of_this = record.format == FORMAT and record.catalog == version and record.manifest == manifest
    return record if of_this else None


def arrays(settings: Settings, record: Record) -> dict[str, npt.NDArray[Any]] | None:
    """All arrays, read only where they are looked at; None if a file is missing or cut short."""
    found: dict[str, npt.NDArray[Any]] = {}
    try:
        for name, shape in record.shapes.items():
            file = settings.columns_dir / record.folder / f"{name}.npy"
            empty = 0 in shape  # an empty file cannot be mapped
            found[name] = np.asarray(np.load(file, mmap_mode=None if empty else "r", allow_pickle=False))
            if found[name].shape != shape:
                return None
    except (OSError, ValueError, EOFError):
        return None
    return found


def _sweep(settings: Settings, kept: str) -> None:
    """Remove the folders of other columns. Who has them open keeps them where the system can do that."""
    for folder in settings.columns_dir.glob("*/"):
        if folder.name != kept:
            shutil.rmtree(folder, ignore_errors=True)


def _path(settings: Settings) -> Path:
    return settings.columns_dir / "record.json"
