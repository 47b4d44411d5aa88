"""How much each server is asked at a time, and when it is left alone: learnt from its answers.

A host may be asked for more at a time as it answers, and for half as much when a good part of its recent
answers were refusals: a stray one changes nothing. One that only fails rests, each time for longer.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ingest.fetch.body import MIN_RATE, Pace

START = 16  # requests at a time
_RECENT = 1 / 32  # the weight of the newest answer among the recent ones
_TOO_MANY = 0.25  # this share of refusals is no accident
_FAILURES = 8  # in a row, none of them an accident
_FIRST_REST, _LONGEST_REST = 1.0, 256.0
_GRACE = (1.0, 4.0)
_MUCH_SLOWER = 4  # times what is usual
_KEPT = 1024


@dataclass
class Host:
    """One server's record. For one event loop."""

    most: int
    _limit: float = START
    _busy: int = 0
    _waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)
    _refused: float = 0.0
    _failures: int = 0
    _rest: float = _FIRST_REST
    _ready: float = 0.0
    _typical: float = 0.25  # seconds for an answer
    _rate: float = 0.0  # bytes a second of one

    def __post_init__(self) -> None:
        self._limit = min(START, self.most)

    @property
    def full(self) -> bool:
        """Whether another request would have to wait."""
        return self._busy >= int(self._limit)

    @property
    def idle(self) -> bool:
        """Whether nobody uses it now."""
        return not self._busy and not self._waiting

    @property
    def limit(self) -> int:
        """How many requests it gets at a time."""
        return int(self._limit)

    @property
    def ready(self) -> float:
        """When it may be asked again, on `time.monotonic`'s clock; in the past unless it rests."""
        return self._ready

    def pace(self, attempt: int) -> Pace:
        """What is expected of a body after so many tries for it: a quarter of what is usual here, then less.

        So a body that drips holds nobody up for long, and on a slow line all come in the end.
        """
        grace = min(max(_MUCH_SLOWER * self._typical, _GRACE[0]), _GRACE[1])
        rate = max(self._rate / _MUCH_SLOWER ** (attempt + 1), MIN_RATE)
        return Pace(grace * 2**attempt, rate)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits until a request may go out, first come first served."""
        if self.full or self._waiting:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._leave()
                raise
        else:
            self._busy += 1
        try:
            yield
        finally:
            self._leave()

    def answered(self, seconds: float, size: int = 0) -> None:
        """It did what was asked, with ``size`` bytes, or said properly that it cannot, in so many seconds."""
        if size:
            self._rate += (size / max(seconds, 0.001) - self._rate) * _RECENT
        self._typical += (seconds - self._typical) * _RECENT
        self._refused -= self._refused * _RECENT
        self._failures, self._rest = 0, _FIRST_REST
        self._limit = min(self._limit + 1, self.most)
        self._wake()

    def failed(self) -> None:
        """It refused for now, broke off, or was too slow."""
        if self._ready > time.monotonic():
            return  # asked before it was laid to rest
        self._failures += 1
        self._rate -= self._rate * _RECENT  # it may have become slower
        self._refused += (1 - self._refused) * _RECENT
        if self._failures >= _FAILURES:
            self._ready = time.monotonic() + self._rest
            self._rest = min(2 * self._rest, _LONGEST_REST)
            self._failures, self._limit = _FAILURES - 1, 1  # the next failure will do
        elif self._refused > _TOO_MANY:
            self._limit, self._refused = max(1.0, self._limit / 2), _TOO_MANY / 2

    def _leave(self) -> None:
        self._busy -= 1
        self._wake()

    def _wake(self) -> None:
        """Hands free slots on, so that nobody who comes now overtakes who waits."""
        while self._waiting and not self.full:
            turn = self._waiting.popleft()
            if not turn.done():
                self._busy += 1
                turn.set_result(None)


class Hosts:
    """The records by host and port; long unused ones are forgotten."""

    def __init__(self, most: int) -> None:
        """``most`` requests at a time go to one host."""
        self._most = most
        self._known: OrderedDict[tuple[str, int], Host] = OrderedDict()

    def of(self, origin: tuple[str, int]) -> Host:
        """The record of one host."""
        host = self._known.get(origin)
        if host is None:
            host = self._known[origin] = Host(self._most)
        self._known.move_to_end(origin)
        if len(self._known) > _KEPT:
            oldest = next(iter(self._known))
            if self._known[oldest].idle:
                del self._known[oldest]
        return host
