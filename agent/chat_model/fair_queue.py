"""A lock that is handed on in the order in which it was asked for, and one such lock for each model file."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_UP = 0.05  # seconds between two looks at whether a waiter wants to leave


class StoppedError(Exception):
    """Nobody wants the answer any more, or it took too long."""


class FairQueue:
    """First come, first served. Whoever leaves the line gives up its own place and nobody else's."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._line: deque[object] = deque()

    def __len__(self) -> int:
        """How many are in the line, with the one whose turn it is."""
        return len(self._line)

    @contextmanager
    def turn(self, leaves: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Waits for the turn, and holds it until the block ends.

        Raises `StoppedError` once ``leaves`` says so before the turn has come.
        """
        place = object()
        with self._moved:
            self._line.append(place)
        try:
            self._wait(place, leaves)
            yield
        finally:
            with self._moved:
                self._line.remove(place)
                self._moved.notify_all()

    def _wait(self, place: object, leaves: Callable[[], bool]) -> None:
        with self._moved:
            while self._line[0] is not place:
                if leaves():
                    raise StoppedError
                self._moved.wait(_LOOK_UP)


_QUEUES: dict[Path, FairQueue] = {}


def queue_of(model: Path) -> FairQueue:
    """The one queue of a model file in this process, whichever path leads to the file."""
    return _QUEUES.setdefault(model.resolve(), FairQueue())
