"""A file of answers, one JSON object a line, that a run can be killed over and gone on with.

Records are added at its end, so a kill tears the last line at most. Where some were asked anew, they are put
in order when all are there.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from agent.answer import Versions
from agent.batch import Kept, Record
from agent.remember import Memory
from magpie.errors import InputError

_BEGINNING = b'{"line": '


class AnswerFile:
    """Use as a context manager. One process at a time."""

    def __init__(self, path: Path, versions: Versions) -> None:
        """Reads what is ``kept``, by line number, and drops a torn last line.

        Raises `InputError` if ``path`` holds anything else, or answers that depend on other ``versions``; it
        is then left as it was.
        """
        self.path, self._versions = path, versions
        self.kept: dict[int, Kept] = {}
        self._places: dict[int, int] = {}  # where the last record of each line begins
        self._is_sorted, self._newest = True, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._read() if path.exists() else 0
        self._file = path.open("ab")
        if self._file.seek(0, os.SEEK_END) > whole:
            self._file.truncate(whole)

    def add(self, record: Record) -> None:
        """Write one record; it is in the file when this returns."""
        self._place(record["line"], self._file.seek(0, os.SEEK_END))
        self._file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._file.flush()

    def finish(self, lines: set[int]) -> None:
        """All of ``lines`` are answered: bring their records into order, and drop any others."""
        if self._is_sorted and lines == set(self._places):
            return
        part = self.path.with_name(f".{self.path.name}.part")
        with self.path.open("rb") as old, part.open("wb") as new:
            for number in sorted(lines):
                old.seek(self._places[number])
                new.write(old.readline())
        part.replace(self.path)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> int:
        """How many bytes of the file are whole records."""
        end = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    if not (line.startswith(_BEGINNING) or _BEGINNING.startswith(line)):
                        raise self._foreign(number)
                    break
                self._remember(number, line, end)
                end += len(line)
        return end

    def _remember(self, number: int, line: bytes, place: int) -> None:
        try:
            record = json.loads(line)
            at = record["line"]
            self._place(at + 0, place)
            self.kept.pop(at, None)
            if "answer" in record and (kept := _kept(record)):
                self.kept[at] = kept
        except (ValueError, LookupError, TypeError) as error:
            raise self._foreign(number) from error
        if "answer" in record:
            self._require_same(number, record["answer"])

    def _place(self, number: int, place: int) -> None:
        self._is_sorted = self._is_sorted and number > self._newest
        self._newest = max(number, self._newest)
        self._places[number] = place

    def _require_same(self, number: int, answer: dict[str, Any]) -> None:
        kept, now = answer.get("versions") or {}, self._versions.model_dump(mode="json")
        for name, value in now.items():
            if kept.get(name) != value:
                raise InputError(
                    f"line {number} of {self.path} was answered with {name} {kept.get(name)!r}, and now it"
                    f" would be {value!r}: delete the file, or give another --out"
                )

    def _foreign(self, number: int) -> InputError:
        return InputError(
            f"{self.path} is no file of answers (line {number}): give --out a new file, or one that it made"
        )


def _kept(record: Record) -> Kept | None:
    """None if this version cannot go on from what its conversation remembered: it is asked again."""
    try:
        memory = Memory.model_validate(record["memory"]) if "memory" in record else None
    except ValidationError:
        return None
    return Kept(record["digest"], memory)
