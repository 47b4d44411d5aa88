"""Many fetches at a time for code that knows nothing of event loops.

The loop runs in a thread of its own. Whoever reads the results sets the pace: what was fetched and not yet
taken counts as under way, and few of it may be large files, so memory is bounded however slow the reader is.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from ingest.fetch.client import Fetcher
from ingest.fetch.visit import CLAIM, Claim
from magpie.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")


def concurrently(
    work: Callable[[Fetcher, Item], Awaitable[Result]],
    items: Iterable[Item],
    *,
    limit: int,
    settings: Settings,
) -> Iterator[Result]:
    """What ``work`` gives for each of ``items``, in the order in which it is done.

    At most ``limit`` items are under way. ``items`` is read in the caller's thread, and only as results are
    taken. An exception of ``work`` or ``items`` ends it; so does closing the generator: what is under way is
    cancelled. Nothing starts before the first result is asked for.
    """
    with _Workshop(work, settings) as workshop:
        todo = iter(items)
        more = True
        while True:
            while more and workshop.under_way < limit:
                try:
                    workshop.start(next(todo))
                except StopIteration:
                    more = False
                if workshop.any_done:  # not kept waiting while slow items are read
                    break
            if not workshop.under_way:
                return
            yield workshop.take()


class _Workshop(Generic[Item, Result]):
    """A thread with an event loop and a `Fetcher`."""

    def __init__(self, work: Callable[[Fetcher, Item], Awaitable[Result]], settings: Settings) -> None:
        self.under_way = 0
        self._work, self._fetcher = work, Fetcher(settings)
        self._done: SimpleQueue[Future[tuple[Result, Claim]]] = SimpleQueue()
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop, self._closing = self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    @property
    def any_done(self) -> bool:
        """Whether `take` would not have to wait."""
        return not self._done.empty()

    def start(self, item: Item) -> None:
        """Begins with one more."""
        self.under_way += 1
        asyncio.run_coroutine_threadsafe(self._one(item), self._loop)

    def take(self) -> Result:
        """Waits for whatever is done next. Raises what the work raised."""
        done = self._done.get()
        self.under_way -= 1
        result, claim = done.result()
        self._loop.call_soon_threadsafe(claim.leave)
        return result

    async def _one(self, item: Item) -> None:
        """Hands its result on by itself: a task and its future refer to each other, and so would keep it."""
        claim = Claim(self._fetcher.large_files)
        CLAIM.set(claim)
        done: Future[tuple[Result, Claim]] = Future()
        try:
            done.set_result((await self._work(self._fetcher, item), claim))
        except BaseException as failure:  # noqa: BLE001 (raised again by `take`, in the thread of the reader)
            claim.leave()
            done.set_exception(failure)
        self._done.put(done)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)  # in the thread that waits for it

    async def _serve(self) -> None:
        closing = asyncio.Event()
        async with self._fetcher:
            self._ready.set_result((asyncio.get_running_loop(), closing))
            await closing.wait()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
