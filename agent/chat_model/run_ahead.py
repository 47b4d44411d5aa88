"""Iterators that run in a thread of their own, so that a slow reader does not keep the model from others.

A reader may stop at any time, also while the thread is busy: the thread learns of it by its `Wish` and ends.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from agent.chat_model.fair_queue import StoppedError

T = TypeVar("T")
_LOOK_UP = 0.05  # seconds between two looks at whether the reader wants to leave


@dataclass(frozen=True)
class Wish:
    """Whether an answer is still wanted: until the reader stops, and for ``patience`` seconds at most."""

    stopping: threading.Event | None = None
    patience: float | None = None
    left: threading.Event = field(default_factory=threading.Event)
    since: float = field(default_factory=time.monotonic)

    def is_over(self) -> bool:
        """For the thread: stop."""
        return self.left.is_set() or self.is_stopped()

    def is_stopped(self) -> bool:
        """For the reader: leave."""
        if self.stopping is not None and self.stopping.is_set():
            return True
        return self.patience is not None and time.monotonic() - self.since > self.patience


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class _Thread(Generic[T]):
    """Gives what ``produce`` yields to ``put``, and an `_End` with what it raised."""

    def __init__(
        self, produce: Callable[[], Iterator[T]], put: Callable[[T | _End], object], *, daemon: bool = False
    ) -> None:
        self._produce, self._put = produce, put
        threading.Thread(target=self._run, name="chat model", daemon=daemon).start()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._produce():
                self._put(item)
        except BaseException as raised:  # noqa: BLE001 (raised again where it is read)
            error = raised
        self._put(_End(error))


def run_ahead(produce: Callable[[], Iterator[T]], wish: Wish, *, daemon: bool = False) -> Iterator[T]:
    """What ``produce`` yields, in its order; raises what it raises, and `StoppedError` by the ``wish``.

    A ``daemon`` is left behind when the process ends: for threads that only wait for somebody else.
    """
    line: SimpleQueue[T | _End] = SimpleQueue()
    try:
        _Thread(produce, line.put, daemon=daemon)
        while True:
            try:
                item = line.get(timeout=_LOOK_UP)
            except Empty:
                if wish.is_stopped():
                    raise StoppedError from None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            if wish.is_stopped():
                raise StoppedError
    finally:
        wish.left.set()


async def run_ahead_async(produce: Callable[[], Iterator[T]], wish: Wish) -> AsyncIterator[T]:
    """`run_ahead` for an event loop: a cancelled task stops the thread.

    Not by the loop's executor: its few threads would all wait for the one whose next step needs one of them.
    """
    loop = asyncio.get_running_loop()
    line: asyncio.Queue[T | _End] = asyncio.Queue()

    def put(item: T | _End) -> None:
        try:
            loop.call_soon_threadsafe(line.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody reads on
            wish.left.set()

    try:
        _Thread(produce, put)
        while True:
            try:
                item = await asyncio.wait_for(
                    line.get(), _LOOK_UP if wish.patience or wish.stopping else None
                )
            except TimeoutError:
                if wish.is_stopped():
                    raise StoppedError from None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            if wish.is_stopped():
                raise StoppedError
    finally:
        wish.left.set()
