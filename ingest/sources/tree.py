"""Files of a folder or a zip, by relative path. Reads only: nothing is ever extracted to disk.

Names inside a zip are never used as paths on this machine; hostile ones are left out with their reason.
"""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ingest.ports import Problem
from magpie.errors import SourceError

MAX_FILE = 64 * 2**20
MAX_RATIO = 200  # unpacked to packed, for what unpacks to more than a mebibyte
_BOMB_FLOOR = 2**20
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"^[A-Za-z]:")


class Tree(Protocol):
    """Files that can be read by their '/'-separated path. ``where`` is how a person finds it."""

    where: str
    paths: tuple[str, ...]
    problems: tuple[Problem, ...]

    def read(self, path: str) -> bytes:
        """The file's content. Raises `SourceError` with the reason it cannot be read."""


class DiskTree:
    """The files of a folder and of its folders, hidden ones left out, in sorted order."""

    problems: tuple[Problem, ...] = ()

    def __init__(self, root: Path) -> None:
        """Raises `SourceError` if a folder cannot be listed."""
        self.where = root.resolve().name
        self._root = root
        try:
            self.paths = tuple(sorted(_files(root)))
        except OSError as error:
            raise SourceError(f"cannot be listed ({error.strerror})") from error

    def read(self, path: str) -> bytes:
        file = self._root / path
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
                raise SourceError("not a file")
            if status.st_size > MAX_FILE:
                raise SourceError(f"larger than {MAX_FILE // 2**20} MiB")
            return file.read_bytes()
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})") from error


class ZipTree:
    """The files of a zip, hidden and hostile ones left out, in the archive's order."""

    def __init__(self, file: Path) -> None:
        """Raises `SourceError` if it is no readable zip."""
        self.where = file.name
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            raise SourceError(f"not a readable zip ({error})") from error
        self._entries: dict[str, zipfile.ZipInfo] = {}
        problems: list[Problem] = []
        for entry in self._zip.infolist():
            if entry.is_dir() or is_hidden(entry.filename):
                continue
            reason = "a second file of this name" if entry.filename in self._entries else refusal(entry)
            if reason:
                problems.append(
                    Problem(where=f"{self.where}/{printable(entry.filename)}", reason=f"{reason}; skipped")
                )
            else:
                self._entries[entry.filename] = entry
        self.paths = tuple(self._entries)
        self.problems = tuple(problems)

    def read(self, path: str) -> bytes:
        try:
            return self._zip.read(self._entries[path])
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise SourceError(f"cannot be unpacked ({printable(str(error))})") from error


def refusal(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is not read, or None if it is harmless."""
    name = entry.filename
    if name.startswith("/") or "\\" in name or _DRIVE.match(name) or ".." in name.split("/"):
        return "a path that leads outside the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a symbolic link"
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    if entry.file_size > MAX_FILE:
        return f"larger than {MAX_FILE // 2**20} MiB"
    if entry.file_size > _BOMB_FLOOR and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return f"unpacks to more than {MAX_RATIO} times its size (a zip bomb?)"
    return None


def is_hidden(path: str) -> bool:
    """Whether a file belongs to a desktop (``.DS_Store``, ``__MACOSX/…``) and not to a collection."""
    parts = path.split("/")
    return "__MACOSX" in parts or (parts[-1].startswith(".") and parts[-1] != "..")


def printable(name: str) -> str:
    """``name`` on one line and at most 120 characters, whatever is in it."""
    shown = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in shown)[:120]


def _files(root: Path) -> Iterator[str]:
    """Files one level deep, as all that we read lies there: a link that leads round in circles is no trap."""
    with os.scandir(root) as entries:
        shown = [entry for entry in entries if not entry.name.startswith(".")]
    for entry in shown:
        if entry.is_dir():
            with os.scandir(entry.path) as inner:
                yield from (f"{entry.name}/{file.name}" for file in inner if not file.name.startswith("."))
        else:
            yield entry.name
