"""Several tries, at one place or several, until one gives what is wanted."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ingest.fetch.exchange import HttpError, Resting
from ingest.fetch.hosts import Host
from magpie.errors import SourceError

TRIES = 6  # of one thing; and at least two at each place
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 10.0
T = TypeVar("T")


@dataclass(frozen=True)
class Place(Generic[T]):
    """Where the thing may be had: ``ask`` takes the number of earlier tries, and raises `SourceError`."""

    host: Host
    ask: Callable[[int], Awaitable[T]]


class _Course(Generic[T]):
    """The tries for one thing. Times are on `time.monotonic`'s clock."""

    def __init__(self, places: Sequence[Place[T]]) -> None:
        self._places = places
        self._tries = [0] * len(places)
        self._not_before = [0.0] * len(places)
        self.final: dict[int, SourceError] = {}
        self.passing: SourceError | None = None

    @property
    def tried(self) -> int:
        return sum(self._tries)

    def ready(self, place: int) -> float:
        return max(self._places[place].host.ready, self._not_before[place])

    def best(self) -> int | None:
        """Of the places that may have it the one that is ready first, was asked least, and has room."""
        now = time.monotonic()
        candidates = [place for place in range(len(self._places)) if place not in self.final]
        return min(
            candidates,
            key=lambda p: (max(self.ready(p), now), self._tries[p], self._places[p].host.full, p),
            default=None,
        )

    async def ask(self, place: int) -> T:
        earlier = self.tried
        self._tries[place] += 1
        try:
            return await self._places[place].ask(earlier)
        except SourceError as error:
            if not error.retryable:
                self.final[place] = error
                raise
            self.passing = error
            if isinstance(error, Resting):
                self._tries[place] -= 1  # it was not asked
            else:
                self._not_before[place] = time.monotonic() + _delay(error, self._tries[place])
            raise


async def persist(places: Sequence[Place[T]], *, until: float) -> T:
    """What the first place gives that gives it. Places are preferred in their order.

    A place that refuses for good is not asked again; the others are, after a delay that grows, while there
    are tries left and it is not ``until``. Raises the `SourceError` of the last, or of all that refused.
    """
    course = _Course(places)
    while course.tried < max(TRIES, 2 * len(places)):
        place = course.best()
        if place is None:
            break
        delay = course.ready(place) - time.monotonic()
        if delay > max(until - time.monotonic(), 0):
            raise course.passing or SourceError("failed too often of late; it rests", retryable=True)
        if delay > 0:
            await asyncio.sleep(delay)
        try:
            return await course.ask(place)
        except SourceError:
            continue
    if course.passing is not None:
        raise course.passing
    raise _together(list(course.final.values()))


def _delay(error: SourceError, tries: int) -> float:
    """Seconds to leave a place alone: what it asks for, else longer with each try; never quite the same."""
    if isinstance(error, HttpError) and error.wait:
        return error.wait * random.uniform(1.0, 1.1)
    return min(_FIRST_DELAY * 2.0**tries, _LONGEST_DELAY) * random.uniform(0.5, 1.5)


def _together(errors: Sequence[SourceError]) -> SourceError:
    if len(errors) == 1:
        return errors[0]
    return SourceError("; ".join(dict.fromkeys(map(str, errors))) or "the settings name no gateway for it")
