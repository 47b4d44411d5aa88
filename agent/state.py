"""The file of what is remembered about people, ``state.sqlite``: opened, shared, erased from, and its errors.

Threads share one `State`, processes share the file. With no file it is kept in memory, by the same rules.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

from magpie.errors import SourceError

# Bump when the tables change, and bring older files up to date in `State._prepare`.
SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0


class State:
    """An open store. Use as a context manager; threads may share it."""

    def __init__(self, path: Path | None = None) -> None:
        """Makes the file if it is not there, readable by its owner only; without ``path`` nothing is written.

        Raises `SourceError` if it cannot be made or read, or is a newer version's; it is then left as it was.
        """
        self.path = path
        self._lock = threading.RLock()
        if path is not None:
            _make_private(path)
        self._db = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            with self._told():
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        version = self._refuse_foreign()  # before the first statement that writes
        if self.path is not None:
            self._use_wal()
        self._db.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last turns, never a half
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(
            "PRAGMA temp_store = MEMORY"
        )  # or VACUUM would copy it all into the temporary folder
        if version == 0:
            self._make_tables()
        if self._db.execute("SELECT 1 FROM erasures LIMIT 1").fetchone():
            with suppress(SourceError):  # busy: the next one to open the file tries again
                self.erase_traces()

    def _make_tables(self) -> None:
        with self.transaction() as db:
            if self._refuse_foreign() == 0:  # another process may have made them meanwhile
                for statement in _statements():
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _refuse_foreign(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise SourceError(
                f"{self.path} was written by a newer Magpie (format {version}, this one reads"
                f" {SCHEMA_VERSION}): update Magpie, or move the file away to begin with an empty memory"
            )
        if version == 0 and self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise SourceError(
                f"{self.path} is some other program's database: move it away, and Magpie makes its own"
            )
        return int(version)

    def _use_wal(self) -> None:
        """Readers and the writer then do not wait for each other."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:  # SQLite does not wait by itself here when two processes do it at once
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock, self._told():
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone; all or none of what is written within. May be nested."""
        with self._lock:
            if self._db.in_transaction:
                yield self._db
                return
            with self._told():
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:  # a full disk has rolled it back already
                        self._db.execute("ROLLBACK")
                    raise

    @contextmanager
    def deletion(self) -> Iterator[sqlite3.Connection]:
        """A transaction after which nothing of what it deleted is in the file or its log."""
        with self.transaction() as db:
            yield db
            db.execute("INSERT INTO erasures VALUES (?)", (now(),))
        self.erase_traces()

    def erase_traces(self) -> None:
        """Overwrite what deletions left between the rows (despite ``secure_delete``) and in the log."""
        with self.reading() as db:
            (last,) = db.execute("SELECT MAX(rowid) FROM erasures").fetchone()
            if self.path is not None:
                db.execute("VACUUM")
                busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    raise SourceError(
                        f"deleted, but traces stay in {self.path}-wal while another program reads it:"
                        " they go when it is closed and Magpie is used again"
                    )
            db.execute("DELETE FROM erasures WHERE rowid <= ?", (last,))

    def close(self) -> None:
        """Close the file; nothing can be read or written afterwards."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as a line that says what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
                raise  # wrong use of SQLite is a bug
            raise SourceError(f"{self.path} {_fix(error.sqlite_errorname)} ({error})") from error


def now() -> str:
    """The time in UTC, ISO 8601, to the microsecond: as text in the order of time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _statements() -> list[str]:
    script = files("agent").joinpath("state_schema.sql").read_text("utf-8")
    bare = "\n".join(line.partition("--")[0] for line in script.splitlines())
    return [statement for statement in map(str.strip, bare.split(";")) if statement]


def _make_private(path: Path) -> None:
    """Make the file before SQLite does; SQLite gives its log the same access."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
            for log in (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                with suppress(FileNotFoundError):
                    log.chmod(0o600)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be kept to yourself ({error.strerror}): give it to your account, or give --home"
        ) from error


def _fix(name: str) -> str:
    match name.removeprefix("SQLITE_").partition("_")[0]:
        case "BUSY" | "LOCKED":
            return "is busy with another program's work: try again when that is done"
        case "FULL" | "IOERR":
            return "could not be written: make room on the disk, then try again"
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return "may not be written: give your account access to the file and its folder"
    return (
        "is damaged and was left as it is: move it away to begin with an empty memory;"
        " `sqlite3 FILE .recover` may save what it holds"
    )
