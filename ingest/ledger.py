"""Which source picture each dataset picture was made from, so that only new and changed ones are made again.

One JSON line a picture in ``dataset/<Collection>/.sources.jsonl``, appended after the picture is written: a
crash loses at most the last lines, and a lost line costs only the work of making that picture again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from ingest.images import CONVERTER
from magpie.files import write_atomic

FILE = ".sources.jsonl"


@dataclass(frozen=True)
class Made:
    """One picture: the digest of its source, the sha256 of the dataset's PNG, and the PNG's size in bytes."""

    source: str
    image: str
    size: int


def source_digest(content: bytes) -> str:
    """What `Made.source` holds: changes with the source's bytes, and with the converter's version."""
    return f"{CONVERTER}:{hashlib.sha256(content).hexdigest()}"


class Ledger:
    """The record of one collection's pictures. Use as a context manager; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._made: dict[int, Made] = {}
        self._lines = 0
        self._file: TextIO | None = None
        self._read()

    def _read(self) -> None:
        if not self._path.is_file():
            return
        for line in self._path.read_text("utf-8", errors="replace").splitlines():
            self._lines += 1
            try:
                token_id, source, image, size = json.loads(line)
                self._made[int(token_id)] = Made(str(source), str(image), int(size))
            except (ValueError, TypeError):
                continue  # the torn last line of a crash

    def get(self, token_id: int) -> Made | None:
        return self._made.get(token_id)

    def add(self, made: Mapping[int, Made]) -> None:
        """Record pictures that are on disk; what is recorded already is not written again."""
        fresh = {token_id: entry for token_id, entry in made.items() if self._made.get(token_id) != entry}
        if not fresh:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._file.write("\n" if self._torn() else "")
        self._file.writelines(_line(token_id, entry) for token_id, entry in fresh.items())
        self._file.flush()
        self._made.update(fresh)
        self._lines += len(fresh)

    def pictures(self) -> dict[int, str]:
        """The PNG's sha256 by token id."""
        return {token_id: made.image for token_id, made in self._made.items()}

    def forget(self, token_ids: Iterable[int]) -> None:
        """Drop the record of pictures that are gone."""
        for token_id in token_ids:
            self._made.pop(token_id, None)

    def _torn(self) -> bool:
        content = self._path.read_bytes()
        return bool(content) and not content.endswith(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, and rewrite the file if it holds lines that count no more."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lines > len(self._made):
            lines = (_line(token_id, self._made[token_id]) for token_id in sorted(self._made))
            write_atomic(self._path, "".join(lines).encode())
            self._lines = len(self._made)


def _line(token_id: int, made: Made) -> str:
    return json.dumps([str(token_id), made.source, made.image, made.size]) + "\n"
