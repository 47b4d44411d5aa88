import os
import signal
import threading
import time
from functools import partial

import pytest

from ingest import workers as module
from ingest.shift import IN_FLIGHT, PIECE, ROOM_BYTES, Room, work_through
from ingest.workers import Pool, Task


def work(folder, number):
    """3 for 1, 6 for 2, ...; a negative number is an error, and some numbers are the end of the process."""
    if number == 666:
        os.kill(os.getpid(), signal.SIGSEGV)
    if number == 777:
        time.sleep(60)
    if number < 0:
        raise ValueError("negative")
    if folder is not None:
        (folder / str(number)).touch()
    return 3 * number


def task(folder=None, **options):
    return Task(partial(work, folder), lambda number: f"{number} was lost", **options)


def results_of(pool, given, items):
    taken = []
    work_through(pool, given, items, taken.extend)
    return taken


@pytest.mark.parametrize("workers", [0, 2])
def test_every_item_has_one_result_and_errors_are_passed_on(workers):
    with Pool(workers) as pool:
        assert sorted(results_of(pool, task(), range(100))) == [3 * n for n in range(100)]
        assert results_of(pool, task(), []) == []
        with pytest.raises(ValueError, match="negative"):
            results_of(pool, task(), [1, -1])


def test_work_is_taken_only_as_fast_as_it_is_done():
    read, most = [], []

    def items():
        for n in range(300):
            read.append(n)
            yield n

    taken = []

    def take(results):
        taken.extend(results)
        most.append(len(read) - len(taken))

    with Pool(1) as pool:
        work_through(pool, task(), items(), take)
    assert len(taken) == 300
    assert max(most) <= IN_FLIGHT * PIECE + 1


def test_what_is_done_is_taken_while_the_source_keeps_us_waiting():
    taken = threading.Event()

    def items():
        yield 1
        assert taken.wait(timeout=60)
        yield 2

    found = []

    def take(results):
        found.extend(results)
        if found:
            taken.set()

    with Pool(1) as pool:
        work_through(pool, task(), items(), take)
    assert found == [3, 6]


def test_without_results_the_taker_is_called_all_the_same():
    called = threading.Event()

    def items():
        assert called.wait(timeout=60)
        return
        yield

    with Pool(1) as pool:
        work_through(pool, task(), items(), lambda results: called.set() if not results else None)


def test_a_source_that_fails_loses_nothing_it_gave_before():
    def items():
        yield from range(20)
        raise OSError("the node is gone")

    taken = []
    with Pool(2) as pool, pytest.raises(OSError, match="the node is gone"):
        work_through(pool, task(), items(), taken.extend)
    assert sorted(taken) == [3 * n for n in range(20)]


def test_a_taker_that_fails_stops_the_reading():
    read = []

    def items():
        for n in range(100_000):
            read.append(n)
            yield n

    def take(results):
        raise OSError("the disk is full")

    with Pool(1) as pool, pytest.raises(OSError, match="the disk is full"):
        work_through(pool, task(), items(), take)
    assert len(read) < 100_000


def test_an_item_that_kills_its_process_costs_nothing_else():
    with Pool(2) as pool:
        taken = results_of(pool, task(), [*range(10), 666, *range(10, 20)])
    assert "666 was lost" in taken
    assert sorted(result for result in taken if result != "666 was lost") == [3 * n for n in range(20)]


def test_an_item_without_end_is_ended():
    with Pool(1) as pool:
        assert sorted(results_of(pool, task(limit=0.5), [1, 777, 2]), key=str) == [3, 6, "777 was lost"]


def hold(size):
    try:
        return len(bytearray(size))
    except MemoryError:
        return "too much"


def test_a_worker_holds_only_so_much_memory():
    with Pool(1) as pool:
        asked = [2**20, module.MEMORY + 2**20, 2**20]
        assert sorted(results_of(pool, Task(hold, hold), asked), key=str) == [2**20, 2**20, "too much"]


def alone_with(folder, number):
    """The number of processes inside at the same time, as seen from inside."""
    with module.alone():
        mark = folder / str(os.getpid())
        mark.touch()
        time.sleep(0.05)
        inside = len(list(folder.iterdir()))
        mark.unlink()
        return inside


def test_what_needs_much_memory_is_done_one_at_a_time(tmp_path):
    inside = partial(alone_with, tmp_path)
    with Pool(3) as pool:
        assert set(results_of(pool, Task(inside, inside), range(20))) == {1}


def test_the_wait_for_others_does_not_count_towards_the_limit(tmp_path):
    slow = partial(alone_with, tmp_path)
    with Pool(3) as pool:  # 3 x 8 x 0.05 s one after the other
        results = results_of(pool, Task(slow, lambda number: "lost", limit=1.0), range(24))
    assert "lost" not in results


def entered(room, size, patience):
    """Whether there is room within ``patience`` seconds."""
    inside = threading.Thread(target=room.enter, args=(size,), daemon=True)
    inside.start()
    inside.join(timeout=patience)
    return not inside.is_alive()


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        (0, ROOM_BYTES, True),
        (1, ROOM_BYTES - 1, True),
        (1, ROOM_BYTES, False),
        (2 * ROOM_BYTES, 0, False),
    ],
)
def test_what_is_under_way_is_bounded_in_bytes(first, second, fits):
    room = Room(10, ROOM_BYTES)
    assert room.enter(first)
    assert entered(room, second, 30 if fits else 0.2) == fits
    room.close()


@pytest.mark.parametrize(("most", "fits"), [(1, False), (2, True)])
def test_what_is_under_way_is_bounded_in_number(most, fits):
    room = Room(most, ROOM_BYTES)
    assert room.enter(0)
    assert entered(room, 0, 30 if fits else 0.2) == fits
    room.close()
    assert not room.enter(0)


def blocks_interrupts(_):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_ctrl_c_reaches_the_parent_only_from_a_workers_first_moment():
    with Pool(1) as pool:
        assert results_of(pool, Task(blocks_interrupts, blocks_interrupts), [0]) == [True]
    assert not blocks_interrupts(None)
