"""How much a host is asked at a time, and when it is left alone."""

import asyncio
import random

import pytest

from ingest.fetch import hosts
from ingest.fetch.body import MIN_RATE
from ingest.fetch.hosts import START, Host, Hosts


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(hosts.time, "monotonic", lambda: now[0])
    return now


def test_a_host_that_answers_is_asked_more_at_a_time_up_to_the_most():
    host = Host(20)
    assert host.limit == START
    host.answered(0.05)
    assert host.limit == START + 1
    for _ in range(10):
        host.answered(0.05)
    assert host.limit == 20


@pytest.mark.parametrize("most", [1, 2])
def test_the_most_may_be_less_than_one_would_start_with(most):
    assert Host(most).limit == most


def test_one_refusal_among_answers_changes_nothing():
    host = Host(64)
    for _ in range(64):
        host.answered(0.05)
    host.failed()
    assert host.limit == 64


def test_five_faults_in_a_hundred_do_not_slow_a_host_down():
    chance, host, limits = random.Random(7), Host(64), []
    for _ in range(20_000):
        host.failed() if chance.random() < 0.05 else host.answered(0.05)
        limits.append(host.limit)
    assert sum(limits[100:]) / len(limits[100:]) > 60
    assert not host.ready


def test_a_host_that_refuses_half_is_asked_less(clock):
    host = Host(64)
    for _ in range(64):
        host.answered(0.05)
    limits = []
    for _ in range(100):
        host.failed()
        host.answered(0.05)
        limits.append(host.limit)
    assert min(limits) < 40
    assert not host.ready


def test_a_host_that_only_fails_rests_each_time_for_longer(clock):
    host = Host(64)
    rests = []
    for _ in range(12):
        while host.ready <= clock[0]:
            host.failed()
        rests.append(host.ready - clock[0])
        clock[0] = host.ready + 0.001
    assert rests == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256, 256])
    assert host.limit == 1
    host.answered(0.05)
    for _ in range(7):
        host.failed()
    assert host.ready < clock[0]
    host.failed()
    assert host.ready == pytest.approx(clock[0] + 1)


def test_failures_of_requests_that_were_under_way_do_not_lengthen_the_rest(clock):
    host = Host(64)
    for _ in range(64):
        host.failed()
    assert host.ready == clock[0] + 1


def test_no_more_than_its_limit_are_under_way_and_all_get_their_turn():
    async def run():
        host, now, most, order = Host(3), 0, 0, []

        async def one(number):
            nonlocal now, most
            async with host.slot():
                now += 1
                most = max(most, now)
                order.append(number)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*map(one, range(20)))
        return most, order, host.idle

    assert asyncio.run(run()) == (3, list(range(20)), True)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_who_leaves_the_queue_takes_no_slot_along(before):
    """Cancelled while it waits, or just as its turn has come."""

    async def run():
        host = Host(1)
        gate = asyncio.Event()

        async def hold():
            async with host.slot():
                await gate.wait()

        first = asyncio.create_task(hold())
        await asyncio.sleep(0)
        second = asyncio.create_task(hold())
        await asyncio.sleep(0)
        gate.set()
        for _ in range(before):
            await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        async with asyncio.timeout(5), host.slot():
            pass
        return host.idle

    assert asyncio.run(run())


def test_long_unused_hosts_are_forgotten(monkeypatch):
    monkeypatch.setattr(hosts, "_KEPT", 2)
    known = Hosts(4)
    first = known.of(("a.example", 80))
    known.of(("b.example", 80))
    assert known.of(("a.example", 80)) is first
    known.of(("c.example", 80))
    assert known.of(("a.example", 80)) is first
    assert known.of(("a.example", 81)) is not first


def test_a_body_is_expected_to_come_as_bodies_usually_do_here():
    host = Host(64)
    assert host.pace(0) == (1.0, MIN_RATE)
    for _ in range(1000):
        host.answered(0.5, 500_000)
    grace, rate = host.pace(0)
    assert (grace, rate) == (pytest.approx(2.0), pytest.approx(250_000))
    assert host.pace(1) == (pytest.approx(4.0), pytest.approx(62_500))
    assert host.pace(9).rate == MIN_RATE


def test_a_host_that_becomes_slow_is_given_time():
    host = Host(64)
    for _ in range(1000):
        host.answered(0.01, 100_000)
    assert host.pace(0).grace == 1.0
    before = host.pace(0).rate
    for _ in range(200):
        host.failed()
        host.answered(3.0, 100_000)
    assert host.pace(0).grace == 4.0
    assert host.pace(0).rate < before / 100
