"""The model does not wait for its readers, and stops when nobody reads."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.chat_model.fair_queue import FairQueue, StoppedError
from agent.chat_model.run_ahead import Wish, run_ahead, run_ahead_async


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_a_reader_who_stands_still_does_not_keep_the_turn_from_others():
    queue = FairQueue()

    def words():
        with queue.turn():
            yield from "abc"

    slow = run_ahead(words, Wish())
    assert next(slow) == "a"
    assert list(run_ahead(words, Wish())) == ["a", "b", "c"]
    assert list(slow) == ["b", "c"]


def test_what_is_raised_is_raised_where_it_is_read():
    def words():
        yield "a"
        raise ZeroDivisionError

    read = run_ahead(words, Wish())
    assert next(read) == "a"
    with pytest.raises(ZeroDivisionError):
        next(read)


def test_closing_tells_the_thread():
    wish, told = Wish(), threading.Event()

    def words():
        yield "a"
        until(wish.is_over)
        told.set()

    read = run_ahead(words, wish)
    next(read)
    read.close()
    assert told.wait(20)


@pytest.mark.parametrize("how", ["event", "patience"])
def test_a_silent_thread_is_left_when_the_wish_is_over(how):
    stopping, silent = threading.Event(), threading.Event()
    wish = Wish(stopping) if how == "event" else Wish(patience=0.1)
    if how == "event":
        stopping.set()

    def words():
        silent.wait(20)
        yield "too late"

    started = time.monotonic()
    with pytest.raises(StoppedError):
        list(run_ahead(words, wish))
    assert time.monotonic() - started < 5
    silent.set()


async def test_more_tasks_than_the_loop_has_threads_all_end():
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    queue, served = FairQueue(), []

    async def ask(name):
        def words():
            with queue.turn():
                yield from [name] * 3

        served.append([word async for word in run_ahead_async(words, Wish())])

    await asyncio.wait_for(asyncio.gather(*(ask(name) for name in range(12))), 20)
    assert sorted(served) == [[name] * 3 for name in range(12)]


async def test_a_cancelled_task_leaves_the_queue():
    queue, wish = FairQueue(), Wish()

    def words():
        with queue.turn(wish.is_over):
            yield "a"

    async def ask():
        return [word async for word in run_ahead_async(words, wish)]

    with queue.turn():
        task = asyncio.create_task(ask())
        while len(queue) < 2:
            await asyncio.sleep(0.002)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(until, lambda: len(queue) == 1)
