"""One try to get one URL: redirects followed by hand, statuses judged, the host's record kept."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ingest.fetch.body import Pace
from ingest.fetch.guard import Target, check
from ingest.fetch.hosts import Hosts
from ingest.sources.tree import printable
from magpie.errors import SourceError

if TYPE_CHECKING:
    from ingest.fetch.transport import Answer, Transport

MAX_REDIRECTS = 5
LONGEST_WAIT = 30.0  # seconds of somebody's Retry-After that are waited
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 503)
_PASSING = (408, 425, *_BUSY, 500, 502, 504, 507, 520, 521, 522, 523, 524, 525, 527, 530)


class HttpError(SourceError):
    """A status that is no success. ``wait`` is how many seconds the server asks to be left alone."""

    def __init__(self, status: int, wait: float = 0.0) -> None:
        super().__init__(f"HTTP {status}", retryable=status in _PASSING)
        self.status, self.wait = status, wait


class Resting(SourceError):
    """Not asked: it failed too often just now."""


@dataclass(frozen=True)
class Page:
    """What a URL gave, and where redirects had led by then."""

    content: bytes
    target: Target
    media_type: str


@dataclass(frozen=True)
class Exchange:
    """Asks hosts, each as much as it bears. ``gate`` bounds the requests under way in all."""

    transport: "Transport"
    hosts: Hosts
    gate: asyncio.Semaphore

    async def get(
        self, target: Target, attempt: int = 0, *, limit: int, accept: str = "*/*", named: bool = False
    ) -> Page:
        """What ``target`` gives, at most ``limit`` bytes.

        ``attempt`` counts the tries before this one: each is more patient with a slow body. ``named``:
        the target is of a gateway from the settings. Raises `SourceError`; `HttpError` for a status.
        """
        host = self.hosts.of(target.origin)
        async with host.slot(), self.gate:
            if host.ready > time.monotonic():
                raise Resting(f"{target.authority}: rests after failures", retryable=True)
            start = time.monotonic()
            pace = host.pace(attempt)
            try:
                page = await self._followed(target, limit, pace, accept, named)
            except SourceError as error:
                if error.retryable:
                    host.failed()
                else:
                    host.answered(time.monotonic() - start)
                raise
            host.answered(time.monotonic() - start, len(page.content))
            return page

    async def _followed(self, start: Target, limit: int, pace: Pace, accept: str, named: bool) -> Page:
        at = start
        for _ in range(MAX_REDIRECTS + 1):
            own = named and at.origin == start.origin and at.scheme == start.scheme
            try:
                answer = await self.transport.ask(at, limit=limit, pace=pace, accept=accept, named=own)
                if answer.status not in _REDIRECTS:
                    return _page(answer, at)
                at = _next(at, answer, start if named else None)
            except SourceError as error:
                error.args = (
                    f"{at.authority}: {error}",
                )  # the same error, so that its class and fields stay
                raise
        raise SourceError(f"{start.authority}: more than {MAX_REDIRECTS} redirects")


def _next(at: Target, answer: "Answer", gateway: Target | None) -> Target:
    """Where a redirect leads. Raises `SourceError` if it may not be followed."""
    location = answer.headers.get("Location", "")
    if not location:
        raise SourceError("redirects to nowhere")
    try:
        url = urljoin(str(at), location.strip())
        target = check(url, named=gateway is not None and _same_origin(url, gateway))
    except (SourceError, ValueError) as error:
        raise SourceError(f"redirects to {printable(location)}: {printable(str(error))}") from error
    if at.scheme == "https" and target.scheme == "http":
        raise SourceError("redirects from https to http")
    return target


def _same_origin(url: str, gateway: Target) -> bool:
    return check(url, named=True).origin == gateway.origin


def _page(answer: "Answer", at: Target) -> Page:
    if answer.status != 200:
        raise HttpError(answer.status, _wait(answer.headers) if answer.status in _BUSY else 0.0)
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Page(answer.content, at, printable(media_type))


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After, written as a number or a date; 0 for none and nonsense."""
    written = headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdigit():
        return min(float(written[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
