"""What each token of a collection was made from, so that nothing is fetched or converted twice.

One JSON line a token in ``dataset/<Collection>/.sources.jsonl``, appended when the token's files are written,
so that each line is true whenever the run is killed. It need not wait for the catalogue: a token that is kept
goes through the pipeline again, which writes its row if it is not there. A lost line costs only the work of
making that token again. When a run is finished the lines are in the order of the ids.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from ingest.images import CONVERTER
from ingest.ports import Problem
from magpie.files import write_atomic

FILE = ".sources.jsonl"
MAX_PROBLEMS = 10  # of one token
MAX_REASON = 300


@dataclass(frozen=True)
class Original:
    """The picture as published: the sha256 of its bytes, its media type, its size, and who converted it.

    ``kind`` is what its content says, such as "png"; "" if it is no picture that is read.
    """

    sha256: str
    kind: str
    size: int
    converter: str = CONVERTER


@dataclass(frozen=True)
class Picture:
    """The dataset's PNG: its sha256 and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Entry:
    """One token. ``metadata`` is the sha256 of its metadata file, "" if it has none.

    ``published`` names the kinds of text that were fetched, rather than made by us; ``traits`` counts those
    kept and ``dropped`` those left out, by reason. ``origin`` and ``verified`` are `ingest.ports.RawToken`'s.
    """

    origin: str = ""
    verified: bool | None = None
    metadata: str = ""
    original: Original | None = None
    picture: Picture | None = None
    published: tuple[str, ...] = ()
    traits: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class Ledger:
    """The record of one collection's tokens. Use as a context manager; one writer at a time.

    The lines are kept as they are on disk, which takes a fraction of the memory of what they say.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lines: dict[int, bytes] = {}
        self._holders: dict[bytes, int] = {}
        self._file: TextIO | None = None
        self._written = b""
        if self._path.is_file():
            self._read()

    def _read(self) -> None:
        with self._path.open("rb") as file:
            for line in file:
                try:
                    self._keep(*_parse(line))
                except (ValueError, TypeError, KeyError):
                    continue  # the torn last line of a crash

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, token_id: int) -> Entry | None:
        line = self._lines.get(token_id)
        return _parse(line)[1] if line else None

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """All tokens by id."""
        for token_id in sorted(self._lines):
            yield _parse(self._lines[token_id])

    def holder(self, sha256: str) -> tuple[int, Picture] | None:
        """A token whose picture was made from the original of this digest, by this version of ours."""
        token_id = self._holders.get(bytes.fromhex(sha256))
        entry = self.get(token_id) if token_id is not None else None
        if token_id is None or entry is None or entry.original is None or entry.picture is None:
            return None
        is_it = entry.original.sha256 == sha256 and entry.original.converter == CONVERTER
        return (token_id, entry.picture) if is_it else None

    def add(self, entries: Mapping[int, Entry]) -> None:
        """Record tokens whose files are on disk; what is recorded already is not written again."""
        fresh = [token_id for token_id, entry in entries.items() if self._keep(token_id, entry)]
        if not fresh:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torn = self._torn()
            self._file = self._path.open("a", encoding="utf-8")
            self._file.write("\n" if torn else "")
        self._file.writelines(self._lines[token_id].decode() for token_id in fresh)
        self._file.flush()

    def _keep(self, token_id: int, entry: Entry) -> bool:
        """Whether this is news."""
        line = _line(token_id, entry).encode()
        if self._lines.get(token_id) == line:
            return False
        self._lines[token_id] = line
        if entry.original and entry.picture:
            self._holders[bytes.fromhex(entry.original.sha256)] = token_id
        return True

    def forget(self, token_ids: Iterable[int]) -> None:
        """Drop the record of tokens that are gone."""
        for token_id in token_ids:
            self._lines.pop(token_id, None)

    def _torn(self) -> bool:
        if not self._path.is_file() or not self._path.stat().st_size:
            return False
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read() != b"\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; after a run that was not cut short, the file holds each token once, in order."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if error is None:
            self._sort()

    def _sort(self) -> None:
        ordered = b"".join(self._lines[token_id] for token_id in sorted(self._lines))
        if not self._path.is_file():
            if not ordered:
                return
        elif self._path.stat().st_size == len(ordered) and self._path.read_bytes() == ordered:
            return
        write_atomic(self._path, ordered)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _line(token_id: int, entry: Entry) -> str:
    """One line of JSON, with only what there is to say."""
    original, picture = entry.original, entry.picture
    told: dict[str, Any] = {
        "id": str(token_id),
        "origin": entry.origin,
        "verified": entry.verified,
        "metadata": entry.metadata,
        "original": original and [original.sha256, original.kind, original.size, original.converter],
        "picture": picture and [picture.sha256, picture.size],
        "published": list(entry.published),
        "traits": entry.traits,
        "dropped": dict(sorted(entry.dropped.items())),
        "problems": [
            [problem.where[:MAX_REASON], problem.reason[:MAX_REASON]]
            for problem in entry.problems[:MAX_PROBLEMS]
        ],
    }
    said = {name: value for name, value in told.items() if value is False or value}
    return json.dumps(said, separators=(",", ":")) + "\n"


def _parse(line: bytes) -> tuple[int, Entry]:
    told = json.loads(line)
    if isinstance(told, list):
        return _parse_first_format(told)
    if not isinstance(told, dict):
        raise ValueError("no entry")
    original, picture = told.get("original"), told.get("picture")
    return int(told["id"]), Entry(
        origin=told.get("origin", ""),
        verified=told.get("verified"),
        metadata=told.get("metadata", ""),
        original=Original(*original) if original else None,
        picture=Picture(*picture) if picture else None,
        published=tuple(told.get("published", ())),
        traits=told.get("traits", 0),
        dropped=told.get("dropped", {}),
        problems=tuple(Problem(where=where, reason=reason) for where, reason in told.get("problems", ())),
    )


def _parse_first_format(told: list[Any]) -> tuple[int, Entry]:
    """``[id, "converter:sha256 of the original", sha256 of the PNG, size of the PNG]``: magpie 0.1."""
    token_id, source, image, size = told
    converter, _, sha256 = str(source).partition(":")
    bytes.fromhex(sha256)
    return int(token_id), Entry(
        original=Original(sha256, "", 0, converter), picture=Picture(str(image), int(size))
    )
