"""One open agent for every call of other programs, and the few threads that work for them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self, TypeVar

import anyio

from agent.assemble import Agent, open_agent
from agent.library import Library
from agent.onchain.receipt import Receipt
from agent.onchain.verifier import Verifier
from magpie.errors import InputError
from magpie.settings import Settings
from retrieval import manifest
from retrieval.manifest import Manifest
from ui.known import Rankings

T = TypeVar("T")
WORKERS = 4
WAITING = 16  # calls, beside those at work
CALL_SECONDS = 120.0


class Stopped(Exception):
    """The caller has left, or the time is up."""


@dataclass
class Open:
    """An agent over one state of the index, with what else the tools need of that state."""

    agent: Agent
    built: Manifest | None
    users: int = 0
    library: Library = field(init=False)
    rankings: Rankings = field(init=False)

    def __post_init__(self) -> None:
        self.library, self.rankings = (
            Library(self.agent.searcher.catalog),
            Rankings(self.agent.searcher.catalog),
        )
        self._verifier = Verifier(self.agent.settings, self.agent.searcher.catalog)
        self._asking = threading.Lock()  # a verifier is for one thread at a time

    def verify(self, name_or_contract: str, token_id: int, owner: str | None) -> Receipt:
        """As `Verifier.verify`."""
        with self._asking:
            return self._verifier.verify(self._verifier.find_collection(name_or_contract), token_id, owner)


@dataclass(frozen=True)
class Caller:
    """Who waits for a call, as the thread sees it that works for them: ``tell`` them what is being done, in a
    few words; once they have ``left``, raise `Stopped` at the next chance.
    """

    tell: Callable[[str], None]
    left: threading.Event = field(default_factory=threading.Event)


Work = Callable[[Open, Caller], T]


class Desk:
    """Use as a context manager; `call` is for one event loop. What was indexed meanwhile is seen by the next
    call.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises `MagpieError` if nothing is ingested or indexed."""
        self.settings, self._lock = settings, threading.Lock()
        self._counting, self._held = threading.Lock(), 0
        self._open = self._opened(manifest.read(settings))
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="magpie-mcp")

    async def call(self, work: Work[T], tell: Callable[[str], None]) -> T:
        """What ``work`` gives, from another thread, which also calls ``tell``.

        Raises what it raises, and `InputError` if too many calls wait already or it takes too long.
        Cancelled, it asks ``work`` to stop, and drops it if it has not begun.
        """
        if self._held >= WORKERS + WAITING:
            raise InputError(f"{self._held} calls are waiting already: ask again when they are answered")
        caller = Caller(tell)
        with self._counting:
            self._held += 1
        done = self._threads.submit(self._work, work, caller)
        done.add_done_callback(self._let_go)
        try:
            with anyio.move_on_after(CALL_SECONDS):
                return await asyncio.wrap_future(done)
        finally:
            caller.left.set()
        raise InputError(f"no answer within {CALL_SECONDS:.0f} s: ask for less, or again")

    def _let_go(self, _: object) -> None:
        with self._counting:
            self._held -= 1

    def _work(self, work: Work[T], caller: Caller) -> T:
        if caller.left.is_set():
            raise Stopped
        with self._current() as held:
            return work(held, caller)

    @contextmanager
    def _current(self) -> Iterator[Open]:
        """What is open, for as long as it is used; opened anew if the index has become another one."""
        with self._lock:
            built = manifest.read(self.settings)
            if built != self._open.built:
                old, self._open = self._open, self._opened(built)
                _close_unused(old)
            held = self._open
            held.users += 1
        try:
            yield held
        finally:
            with self._lock:
                held.users -= 1
                if held is not self._open:
                    _close_unused(held)

    def _opened(self, built: Manifest | None) -> Open:
        return Open(open_agent(self.settings), built)

    def close(self) -> None:
        """Wait for the calls that are at work, drop the others, and free the models."""
        self._threads.shutdown(cancel_futures=True)
        self._open.agent.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _close_unused(held: Open) -> None:
    if not held.users:
        held.agent.close()
