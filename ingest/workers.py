"""Work in processes with a bounded queue: results in order, whatever a piece of work does to its process.

A native library that crashes, a process killed for its memory and work without end cost the one item that
caused them. Nothing is left behind if the parent dies.
"""

import faulthandler
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import TracebackType
from typing import Generic, Self, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")
IN_FLIGHT = 3  # pieces a worker: enough to keep it busy, few enough to bound memory
LIMIT = 60.0  # seconds for one item


@dataclass(frozen=True)
class Task(Generic[Work, Result]):
    """What to do with each item, and what stands for the result of one that killed its process.

    ``run`` is called in a worker, so it must be picklable; ``rescue`` is called here.
    """

    run: Callable[[Work], Result]
    rescue: Callable[[Work], Result]
    limit: float = LIMIT


class Pool:
    """Worker processes, started at the first `map`. Use as a context manager; leaving it stops them."""

    def __init__(self, workers: int | None = None) -> None:
        """``workers``: None for one a core, 0 to work in this process, where nothing is survived."""
        self._count = (os.cpu_count() or 1) if workers is None else workers
        self._executor: ProcessPoolExecutor | None = None

    def map(self, task: Task[Work, Result], pieces: Iterable[Sequence[Work]]) -> Iterator[Result]:
        """A result for each item of each piece, in order. ``pieces`` is read only as results leave."""
        waiting: deque[tuple[Sequence[Work], Future[list[Result]]]] = deque()
        for piece in pieces:
            if self._count == 0:
                yield from map(task.run, piece)
                continue
            waiting.append((piece, self._submit(task, piece)))
            if len(waiting) >= self._count * IN_FLIGHT:
                yield from self._collect(task, waiting)
        while waiting:
            yield from self._collect(task, waiting)

    def _collect(
        self, task: Task[Work, Result], waiting: deque[tuple[Sequence[Work], Future[list[Result]]]]
    ) -> list[Result]:
        piece, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            self._stop()
            # A broken pool loses all that is under way, not only the piece that broke it.
            lost = [piece, *(later for later, _ in waiting)]
            results = [self._one_by_one(task, items) for items in lost]
            waiting.clear()
            return [result for group in results for result in group]

    def _one_by_one(self, task: Task[Work, Result], piece: Sequence[Work]) -> list[Result]:
        results: list[Result] = []
        for item in piece:
            try:
                results += self._submit(task, [item]).result()
            except BrokenProcessPool:
                self._stop()
                results.append(task.rescue(item))
        return results

    def _submit(self, task: Task[Work, Result], piece: Sequence[Work]) -> Future[list[Result]]:
        if self._executor is None:
            # Spawned, not forked: the progress bar's thread may hold a lock at the moment of a fork.
            self._executor = ProcessPoolExecutor(self._count, get_context("spawn"), _prepare_worker)
        try:
            with _interrupts_held():  # a worker that is just starting would print a traceback for Ctrl-C
                return self._executor.submit(_run, task.run, piece, task.limit)
        except BrokenProcessPool as error:
            broken: Future[list[Result]] = Future()
            broken.set_exception(error)
            return broken

    def _stop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block. Processes started inside it never see one."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _run(run: Callable[[Work], Result], piece: Sequence[Work], limit: float) -> list[Result]:
    """In a worker: a result for each item. The watchdog ends the process even where no Python code runs."""
    results: list[Result] = []
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        for item in piece:
            faulthandler.dump_traceback_later(limit, exit=True, file=nowhere)
            try:
                results.append(run(item))
            finally:
                faulthandler.cancel_dump_traceback_later()
    return results


def _prepare_worker() -> None:
    """End when the parent is gone: a killed parent closes no queue."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
