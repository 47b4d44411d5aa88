"""What one fetch holds while it is under way: few large files are in memory at a time."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ingest.fetch.body import TooLarge

if TYPE_CHECKING:
    from ingest.fetch.gateways import Gateway

T = TypeVar("T")
TIERS = ((2 * 2**20, 12), (8 * 2**20, 4))
"""Bytes above which a file needs a place, and how many places there are: the larger, the fewer."""


class Places:
    """The places for large files, by size. For one event loop."""

    def __init__(self) -> None:
        self.tiers = [(size, asyncio.Semaphore(count)) for size, count in TIERS]


class Claim:
    """A piece of work's places among the few that hold large files, from when it needs them until `leave`.

    Whoever waits for a place of the largest kind holds one of the smaller kind, never the other way round, so
    nobody waits for ever.
    """

    def __init__(self, places: Places) -> None:
        self._wanted = places.tiers
        self._held: list[asyncio.Semaphore] = []
        self._asking = asyncio.Lock()

    @property
    def room(self) -> int:
        """How many bytes it may hold with the places it has."""
        held = len(self._held)
        return self._wanted[held][0] if held < len(self._wanted) else sys.maxsize

    async def enlarge(self, size: int) -> None:
        """Waits until it may hold ``size`` bytes. Parts of one file that come at a time wait together."""
        async with self._asking:
            while size > self.room:
                _, places = self._wanted[len(self._held)]
                await places.acquire()
                self._held.append(places)

    def leave(self) -> None:
        """Gives back what it has."""
        while self._held:
            self._held.pop().release()


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
        if not self.over:
            await self.enlarge(self._received)

    async def enlarge(self, size: int) -> None:
        """Waits until another file of ``size`` bytes fits in. That does not count as time spent."""
        if size <= self.claim.room:
            return
        self.timeout.reschedule(None)
        await self.claim.enlarge(size)
        if not self.over:
            self.timeout.reschedule(asyncio.get_running_loop().time() + self.seconds)


async def lightly(get: Callable[[int], Awaitable[T]], limit: int) -> T:
    """What ``get`` gives for a limit in bytes: a little is asked for first, more when there is room."""
    visit = VISIT.get()
    while True:
        room = visit.claim.room
        try:
            return await get(min(limit, room))
        except TooLarge as error:
            if limit <= room:
                raise
            await visit.enlarge(min(limit, max(room + 1, error.declared or 0)))


CLAIM: ContextVar[Claim] = ContextVar("claim")
"""Whose work it is, where results are held longer than a fetch takes: see `ingest.fetch.stream`."""
VISIT: ContextVar[Visit] = ContextVar("visit")
