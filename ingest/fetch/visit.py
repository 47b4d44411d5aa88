"""What one fetch holds while it is under way: few large files are in memory at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ingest.fetch.body import TooLarge

if TYPE_CHECKING:
    from ingest.fetch.gateways import Gateway

T = TypeVar("T")
LIGHT = 4 * 2**20  # bytes that anybody may hold
LARGE_AT_A_TIME = 4


class Claim:
    """A piece of work's place among the few that hold large files, from when it needs one until `leave`."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._held = False
        self.wanted = False

    async def enlarge(self) -> None:
        """Waits for a place, once."""
        if not self.wanted:
            self.wanted = True
            await self._places.acquire()
            self._held = True

    def leave(self) -> None:
        """Gives the place back, if it has one."""
        if self._held:
            self._held = False
            self._places.release()


@dataclass
class Visit:
    """One `Fetcher.get`: what it has received, from whom, and when it is given up."""

    claim: Claim
    timeout: asyncio.Timeout
    seconds: float
    served_by: "list[Gateway]" = field(default_factory=list)
    over: bool = False
    _received: int = 0

    async def grow(self, size: int) -> None:
        """Counts bytes, and waits once they are many. Directories may come after the visit: they are free."""
        self._received += size
        if self._received > LIGHT and not self.over:
            await self.enlarge()

    async def enlarge(self) -> None:
        """Waits until another large file fits in. That does not count as time spent."""
        if self.claim.wanted:
            return
        self.timeout.reschedule(None)
        await self.claim.enlarge()
        if not self.over:
            self.timeout.reschedule(asyncio.get_running_loop().time() + self.seconds)


async def lightly(get: Callable[[int], Awaitable[T]], limit: int) -> T:
    """What ``get`` gives for a limit in bytes: asked for a little first, for all of it when there is room."""
    try:
        return await get(min(limit, LIGHT))
    except TooLarge:
        if limit <= LIGHT:
            raise
    await VISIT.get().enlarge()
    return await get(limit)


CLAIM: ContextVar[Claim] = ContextVar("claim")
"""Whose work it is, where results are held longer than a fetch takes: see `ingest.fetch.stream`."""
VISIT: ContextVar[Visit] = ContextVar("visit")
