"""Many fetches at a time from ordinary code: the pace, the bounds, and the end."""

import asyncio
import threading
import time

import pytest

from ingest.fetch import stream, visit
from ingest.fetch.stream import concurrently

pytestmark = pytest.mark.network


async def double(fetcher, number):
    await asyncio.sleep(0.001 * (number % 3))
    return 2 * number


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert "fetch" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
def test_each_item_gives_its_result_once(count, make_settings):
    got = concurrently(double, range(count), limit=8, settings=make_settings())
    assert sorted(got) == [2 * number for number in range(count)]


def test_results_come_as_they_are_done(make_settings):
    last = asyncio.Event()

    async def work(fetcher, number):
        if number == 8:
            last.set()
        elif number == 0:
            await last.wait()
        return number

    got = list(concurrently(work, range(9), limit=4, settings=make_settings()))
    assert sorted(got) == list(range(9))
    assert got.index(0) > 5


def test_items_are_read_only_as_results_are_taken(make_settings):
    read = []

    def items():
        for number in range(1000):
            read.append(number)
            yield number

    results = concurrently(double, items(), limit=4, settings=make_settings())
    assert not read
    for taken in range(1, 20):
        next(results)
        time.sleep(0.002)
        assert len(read) <= taken + 4
    results.close()


def test_what_was_done_and_not_taken_counts_as_under_way(make_settings):
    begun = []

    async def work(fetcher, number):
        begun.append(number)
        return number

    results = concurrently(work, range(1000), limit=4, settings=make_settings())
    next(results)
    time.sleep(0.1)
    assert len(begun) <= 5
    results.close()


def test_slow_items_keep_no_result_waiting(make_settings):
    given = threading.Event()

    async def work(fetcher, number):
        asyncio.get_running_loop().call_later(0.01, given.set)  # a little after it has returned
        return number

    def items():
        yield 0
        assert given.wait(10)
        yield 1
        raise AssertionError("the first result was not given before this was read")

    results = concurrently(work, items(), limit=100, settings=make_settings())
    assert next(results) == 0
    results.close()


def test_an_exception_of_the_work_ends_it_and_cancels_the_rest(make_settings):
    all_begun, ended = asyncio.Event(), []

    async def work(fetcher, number):
        if number == 3:
            await all_begun.wait()
            raise ZeroDivisionError
        if number == 4:
            all_begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    with pytest.raises(ZeroDivisionError):
        list(concurrently(work, range(9), limit=5, settings=make_settings()))
    assert sorted(ended) == [0, 1, 2, 4]


def test_an_exception_of_the_items_ends_it_too(make_settings):
    def items():
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(concurrently(double, items(), limit=5, settings=make_settings()))


def test_closing_cancels_what_is_under_way(make_settings):
    begun, ended = asyncio.Event(), []

    async def work(fetcher, number):
        if number == 0:
            await begun.wait()
            return number
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append(number)
            raise

    results = concurrently(work, range(100), limit=5, settings=make_settings())
    assert next(results) == 0
    results.close()
    assert ended
    assert set(ended) < set(range(1, 7))


def test_a_fetcher_that_cannot_be_made_is_said_at_once(make_settings, monkeypatch):
    monkeypatch.setattr(stream.Fetcher, "__aenter__", None)
    with pytest.raises(TypeError):
        list(concurrently(double, range(3), limit=2, settings=make_settings()))


@pytest.mark.parametrize(("size", "at_a_time"), [(5000, 4), (30_000, 1)])
def test_of_large_files_few_are_in_memory_until_they_are_taken(
    size, at_a_time, site, make_settings, reply, monkeypatch
):
    monkeypatch.setattr(visit, "TIERS", ((1000, 4), (20_000, 1)))
    site.on("/large", reply(bytes(size)))
    site.on("/small", reply(bytes(500)))
    held, most = set(), []

    async def work(fetcher, number):
        kind = "small" if number % 4 == 0 else "large"
        got = await fetcher.get(f"{site.url}/{kind}", limit=100_000)
        if len(got.content) == size:
            held.add(number)
            most.append(len(held))
        return number

    results = concurrently(work, range(60), limit=30, settings=make_settings(site.url))
    taken = []
    for number in results:
        held.discard(number)
        taken.append(number)
        time.sleep(0.002)
    assert sorted(taken) == list(range(60))
    assert max(most) <= at_a_time + 1  # the one being taken
