"""The sketches of every indexed picture, in one SQLite file: brought up to date by ``magpie index``.

A sketch is kept by the digest of its file, so equal files share one, and an update that was killed goes on
where it was. Beside it is the digest of what the file shows: equal pixels in two files are one picture. The
token table is written last: it says what the sketches are of.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from magpie.domain import Token, TokenRef
from magpie.errors import IndexMismatchError
from magpie.layout import picture_file
from magpie.progress import Tick
from magpie.settings import Settings
from retrieval.copies.candidates import Pooled
from retrieval.copies.sketches import LENGTH, VERSION, Bytes, pixel_digest, sketch
from retrieval.pictures import open_picture, processors

_BATCH = 256  # pictures: at most this much work is lost when an update is killed
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sketches (digest TEXT PRIMARY KEY, pixels TEXT NOT NULL, sketch BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    ref TEXT PRIMARY KEY, collection TEXT NOT NULL, image TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS dataset (hash TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Sketchbook:
    """A row a token that has a picture which could be read, ordered by collection.

    ``sketches`` is (n, `LENGTH`); ``images`` are paths below the dataset; equal ``digests``: equal pixels.
    """

    refs: list[str]
    collections: list[str]
    images: list[str]
    digests: list[str]
    sketches: Bytes

    def ref(self, row: int) -> TokenRef:
        return TokenRef.parse(self.refs[row])

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each token."""
        return {ref: row for row, ref in enumerate(self.refs)}

    @cached_property
    def pooled(self) -> Pooled:
        """The sketches, coarser, to choose rows by."""
        return Pooled(self.sketches)

    @cached_property
    def spans(self) -> dict[str, range]:
        """The rows of each collection."""
        names = np.array(self.collections)
        starts = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
        return {self.collections[start]: range(start, end) for start, end in pairwise(starts) if start < end}

    @cached_property
    def twins(self) -> dict[str, list[int]]:
        """The rows of each picture, by its digest."""
        found: dict[str, list[int]] = {}
        for row, digest in enumerate(self.digests):
            found.setdefault(digest, []).append(row)
        return found


def update(settings: Settings, tokens: Iterable[Token], dataset: str, *, tick: Tick) -> None:
    """Sketch the pictures that are not sketched yet, and forget those that are gone.

    ``dataset`` is `Catalog.dataset_hash` of ``tokens``. A picture that cannot be read is left out: it is not
    indexed either.
    """
    pictured = [token for token in tokens if token.image]
    wanted = {token.image_sha256 or token.image or "": token.image or "" for token in pictured}
    with closing(_opened(_path(settings))) as db:
        held = {digest for (digest,) in db.execute("SELECT digest FROM sketches")}
        due = [(digest, image) for digest, image in wanted.items() if digest not in held]
        done = len(wanted) - len(due)
        if due:
            tick("sketch pictures", done, len(wanted))
        for batch, found in _sketched(settings, due):
            with db:
                db.executemany("INSERT OR REPLACE INTO sketches VALUES (?, ?, ?)", found)
            done += batch
            tick("sketch pictures", done, len(wanted))
        _name(db, pictured, dataset)


def load(settings: Settings, dataset: str) -> Sketchbook:
    """All sketches. Raises `IndexMismatchError` if there are none of this ``dataset``."""
    path = _path(settings)
    if not path.is_file():
        raise IndexMismatchError(f"the pictures at {settings.home} are not sketched: run `magpie index`")
    with closing(_opened(path)) as db:
        if db.execute("SELECT hash FROM dataset").fetchone() != (dataset,):
            raise IndexMismatchError("the sketches are not of this dataset: run `magpie index`")
        rows = db.execute(
            "SELECT t.ref, t.collection, t.image, s.pixels, s.sketch FROM tokens t"
            " JOIN sketches s ON s.digest = t.digest ORDER BY t.collection, t.rowid"
        ).fetchall()
    refs, collections, images, digests, sketches = map(list, zip(*rows, strict=True)) if rows else [[]] * 5
    joined = np.frombuffer(b"".join(sketches), np.uint8).reshape(-1, LENGTH)
    return Sketchbook(refs, collections, images, digests, joined)


def _sketched(
    settings: Settings, due: list[tuple[str, str]]
) -> Iterator[tuple[int, list[tuple[str, str, bytes]]]]:
    """For each batch how many it had, and the sketches of those that could be read."""

    def read(one: tuple[str, str]) -> tuple[str, str, bytes] | None:
        file = picture_file(settings.dataset_dir, one[1])
        try:
            picture = open_picture(file) if file else None
            return (one[0], pixel_digest(picture), sketch(picture).tobytes()) if picture else None
        except (OSError, ValueError, MemoryError):
            return None

    with ThreadPoolExecutor(processors()) as threads:
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            yield len(batch), [found for found in threads.map(read, batch) if found]


def _name(db: sqlite3.Connection, tokens: list[Token], dataset: str) -> None:
    """Say which tokens the sketches are of, if that changed."""
    if db.execute("SELECT hash FROM dataset").fetchone() == (dataset,):
        return
    with db:
        db.execute("DELETE FROM tokens")
        db.executemany(
            "INSERT INTO tokens VALUES (?, ?, ?, ?)",
            ((str(t.ref), t.collection, t.image, t.image_sha256 or t.image) for t in tokens),
        )
        db.execute("DELETE FROM sketches WHERE digest NOT IN (SELECT digest FROM tokens)")
        db.execute("DELETE FROM dataset")
        db.execute("INSERT INTO dataset VALUES (?)", (dataset,))


def _opened(path: Path) -> sqlite3.Connection:
    """The file, made anew if it holds sketches of another kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=30)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        db.executescript(
            "DROP TABLE IF EXISTS sketches; DROP TABLE IF EXISTS tokens; DROP TABLE IF EXISTS dataset;"
        )
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.executescript(_SCHEMA)
    return db


def _path(settings: Settings) -> Path:
    return settings.home / "sketches.sqlite"
