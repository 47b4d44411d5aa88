"""Downloads one zip of the Hub: continued where it was broken off, checked against the Hub's SHA-256.

The Hub's own library (2.4) starts again in every process and deletes what an interrupted one got, so this
asks the plain download URL for the bytes that are missing. Files are called by their digest: whatever a
server names them, there is nothing to sanitise, and a partial file always belongs to the content wanted.
"""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.hub.access import Hub, unreachable
from ingest.hub.listing import Archive
from ingest.hub.ranged import offset_of, opened
from magpie.errors import SourceError
from magpie.files import sha256_file
from magpie.optional import require
from magpie.progress import Tick
from magpie.urls import host_of

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 5  # in a row that bring nothing
PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before another attempt, doubled by each that brings nothing
_MB = 10**6


def fetch(hub: Hub, revision: str, archive: Archive, folder: Path, *, tick: Tick) -> Path:
    """The archive's file below ``folder``, downloaded unless it is there.

    Raises `ConfigError` if the Hub lets us not in, `SourceError` if the file cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done, part = folder / f"{archive.sha256}.zip", folder / f"{archive.sha256}.part"
    if done.is_file():
        if sha256_file(done) == archive.sha256:
            return done
        done.unlink()
    for _ in range(2):  # a file that does not match is fetched once more
        _complete(hub, hub.file_url(revision, archive.path), archive, part, tick)
        if sha256_file(part) == archive.sha256:
            part.replace(done)
            return done
        part.unlink()
    raise SourceError("what the Hub sends differs from its own SHA-256, twice: try another day or network")


def _complete(hub: Hub, url: str, archive: Archive, part: Path, tick: Tick) -> None:
    """Append what is missing to ``part``, as often as the connection breaks."""
    httpx = require("httpx", extra="hub")
    failures = 0
    with httpx.Client(timeout=hub.timeout) as client:
        while (have := _held(part)) < archive.size:
            _require_space(part.parent, archive.size - have)
            try:
                _append(client, hub, url, archive, part, tick)
            except SourceError as error:
                failures = 0 if _held(part) > have else failures + 1
                if not error.retryable or failures == ATTEMPTS:
                    raise
                time.sleep(min(PAUSE * 2**failures, LONGEST_PAUSE))


def _append(client: "httpx.Client", hub: Hub, url: str, archive: Archive, part: Path, tick: Tick) -> None:
    """Take what one answer brings. Raises a retryable `SourceError` if that is not all."""
    httpx = require("httpx", extra="hub")
    stage, total = f"{archive.name}, MB", -(-archive.size // _MB)
    size = _held(part)
    try:
        with opened(client, hub, url, size) as response, part.open("r+b" if size else "wb") as file:
            size = file.seek(offset_of(response, size))
            file.truncate()
            for chunk in response.iter_raw():
                size += file.write(chunk)
                tick(stage, min(-(-size // _MB), total), total)
                if size > archive.size:  # its digest will differ, however much is still to come
                    return
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(hub, error) from error
    if size < archive.size:
        raise SourceError(
            f"{host_of(hub.url)} ends in the middle: run the same command again", retryable=True
        )


def _held(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _require_space(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise SourceError(
            f"{missing / _MB:,.0f} MB are to come and {folder} has room for {free / _MB:,.0f}: make room, "
            "or give --home on another disk"
        )
