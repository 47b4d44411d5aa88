"""One run of a worker pool: hands items out and results on, so that neither waits for a slow source."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Generic

from ingest.workers import Pool, Result, Task, Work

PIECE = 8  # items handed to a process at once, when there are that many
PIECE_BYTES = 8 * 2**20
IN_FLIGHT = 3  # pieces a worker: enough to keep it busy, few enough to bound memory
ROOM_BYTES = 64 * 2**20  # of items that are not done; a larger one is alone
PAUSE = 1.0  # seconds without a result until ``take`` is called with nothing


def work_through(
    pool: Pool, task: Task[Work, Result], items: Iterable[Work], take: Callable[[Sequence[Result]], None]
) -> None:
    """Give ``take`` a result for each item, some at a time, in the order in which they finish.

    ``items`` is read here, only as fast as the work is done. ``take`` is called in another thread, so that
    what is done does not wait for a slow source; after a second without results it is called with none. If
    reading fails, what was read before is still finished and taken.
    """
    if pool.count == 0:
        for item in items:
            take([task.run(item)])
        return
    shift = Shift(pool, task, take)
    shift.start()
    try:
        for item in items:
            shift.put(item)
    finally:
        shift.finish()


class _Signal(Enum):
    END = "no more items"


class Room:
    """Bounds what has been read and is not done yet, in items and in bytes."""

    def __init__(self, items: int, size: int) -> None:
        self._most, self._most_bytes = items, size
        self._items = self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def enter(self, size: int) -> bool:
        """Wait for room. False: it is closed, and nothing more will be done."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._items or self._fits(size))
            if not self._closed:
                self._items, self._bytes = self._items + 1, self._bytes + size
            return not self._closed

    def _fits(self, size: int) -> bool:
        return self._items < self._most and self._bytes + size <= self._most_bytes

    def leave(self, items: int, size: int) -> None:
        with self._changed:
            self._items, self._bytes = self._items - items, self._bytes - size
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Shift(threading.Thread, Generic[Work, Result]):
    """The thread between a source and the pool. What fails in it is raised by `put` and `finish`."""

    def __init__(
        self, pool: Pool, task: Task[Work, Result], take: Callable[[Sequence[Result]], None]
    ) -> None:
        super().__init__(daemon=True)
        self._pool, self._task, self._give = pool, task, take
        self._limit = pool.count * IN_FLIGHT
        self._room = Room(self._limit * PIECE, ROOM_BYTES)
        self._events: SimpleQueue[Work | Future[list[Result]] | _Signal] = SimpleQueue()
        self._ready: deque[Work] = deque()
        self._under_way: dict[Future[list[Result]], list[Work]] = {}
        self._failure: BaseException | None = None

    def put(self, item: Work) -> None:
        """Hand an item over, as soon as there is room for it."""
        if not self._room.enter(self._task.size(item)):
            self.finish()
        self._events.put(item)

    def finish(self) -> None:
        """Wait until all that was put is done and taken."""
        self._events.put(_Signal.END)
        self.join()
        if self._failure is not None:
            raise self._failure

    def run(self) -> None:
        try:
            self._work()
        except BaseException as failure:  # noqa: BLE001 (raised again by `finish`, in the thread of the source)
            self._failure = failure
        finally:
            self._room.close()

    def _work(self) -> None:
        ended = False
        while self._ready or self._under_way or not ended:
            try:
                event = self._events.get(timeout=PAUSE)
            except Empty:
                self._give([])
                continue
            if event is _Signal.END:
                ended = True
            elif isinstance(event, Future):
                self._collect(event)
            elif not isinstance(event, _Signal):
                self._ready.append(event)
            while self._ready and len(self._under_way) < self._limit:
                self._submit(self._piece())

    def _piece(self) -> list[Work]:
        """What waits, up to the size of a piece: one item of a slow source, several of a quick one."""
        piece = [self._ready.popleft()]
        size = self._task.size(piece[0])
        while self._ready and len(piece) < PIECE:
            size += self._task.size(self._ready[0])
            if size > PIECE_BYTES:
                break
            piece.append(self._ready.popleft())
        return piece

    def _submit(self, piece: list[Work]) -> None:
        future = self._pool.submit(self._task, piece)
        self._under_way[future] = piece
        future.add_done_callback(self._events.put)

    def _collect(self, future: Future[list[Result]]) -> None:
        piece = self._under_way.pop(future, None)
        if piece is None:
            return  # its pool broke, and it has been done again
        try:
            self._take(future.result(), piece)
        except BrokenProcessPool:
            self._pool.stop()
            # A broken pool loses all that is under way, not only the piece that broke it.
            lost = [piece, *self._under_way.values()]
            self._under_way.clear()
            for again in lost:
                self._take(self._pool.one_by_one(self._task, again), again)

    def _take(self, results: Sequence[Result], piece: Sequence[Work]) -> None:
        self._give(results)
        self._room.leave(len(piece), sum(map(self._task.size, piece)))
