"""Worker processes that survive whatever a piece of work does to its process.

A native library that crashes, a process killed for its memory and work without end cost the one item that
caused them. Nothing is left behind if the parent dies.
"""

import faulthandler
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.synchronize import Lock
from types import TracebackType
from typing import Generic, Self, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")
LIMIT = 60.0  # seconds for one item
MEMORY = 900 * 2**20  # bytes that a worker may hold; beyond, the item that wanted them fails


@dataclass(frozen=True)
class Task(Generic[Work, Result]):
    """What to do with each item, and what stands for the result of one that killed its process.

    ``run`` is called in a worker, so it must be picklable; ``rescue`` and ``size`` are called here. ``size``
    is the bytes that an item keeps in memory until it is done.
    """

    run: Callable[[Work], Result]
    rescue: Callable[[Work], Result]
    size: Callable[[Work], int] = lambda _: 0
    limit: float = LIMIT


class Pool:
    """Worker processes, started for the first item. Use as a context manager; leaving it stops them."""

    def __init__(self, workers: int | None = None) -> None:
        """``workers``: None for one a core, 0 to work in this process, where nothing is survived."""
        self.count = (os.cpu_count() or 1) if workers is None else workers
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, task: Task[Work, Result], piece: Sequence[Work]) -> Future[list[Result]]:
        """Start a few items in one process. The future raises `BrokenProcessPool` if one kills it."""
        if self._executor is None:
            # Spawned, not forked: the progress bar's thread may hold a lock at the moment of a fork.
            context = get_context("spawn")
            self._executor = ProcessPoolExecutor(self.count, context, _prepare_worker, (context.Lock(),))
        try:
            with _interrupts_held():  # a worker that is just starting would print a traceback for Ctrl-C
                return self._executor.submit(_run, task.run, piece, task.limit)
        except BrokenProcessPool as error:
            broken: Future[list[Result]] = Future()
            broken.set_exception(error)
            return broken

    def one_by_one(self, task: Task[Work, Result], piece: Sequence[Work]) -> list[Result]:
        """The results of a piece whose process is gone: only the item that kills it again is given up."""
        results: list[Result] = []
        for item in piece:
            try:
                results += self.submit(task, [item]).result()
            except BrokenProcessPool:
                self.stop()
                results.append(task.rescue(item))
        return results

    def stop(self) -> None:
        """End the processes, once they have finished what they are at. The next item starts new ones."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block. Processes started inside it never see one."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


class _Process:
    """What a worker knows of itself; None and "" in any other process."""

    turn: Lock | None = None
    limit = LIMIT
    nowhere = -1


@contextmanager
def alone() -> Iterator[None]:
    """One worker of the pool at a time is inside: for what takes so much memory that two would be too much.

    The wait does not count towards the item's time limit. A process that is no worker waits for nothing.
    """
    if _Process.turn is None:
        yield
        return
    faulthandler.cancel_dump_traceback_later()
    with _Process.turn:
        _watch()
        yield


def _run(run: Callable[[Work], Result], piece: Sequence[Work], limit: float) -> list[Result]:
    """In a worker: a result for each item. The watchdog ends the process even where no Python code runs."""
    results: list[Result] = []
    _Process.limit = limit
    for item in piece:
        _watch()
        try:
            results.append(run(item))
        finally:
            faulthandler.cancel_dump_traceback_later()
    return results


def _watch() -> None:
    faulthandler.dump_traceback_later(_Process.limit, exit=True, file=_Process.nowhere)


def _prepare_worker(turn: Lock) -> None:
    """Bound this process, and end it when the parent is gone: a killed parent closes no queue."""
    _Process.turn, _Process.nowhere = turn, os.open(os.devnull, os.O_WRONLY)
    _, ceiling = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if ceiling < 0 else min(MEMORY, ceiling), ceiling))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
