import os
import signal
import time
from functools import partial

import pytest

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


@pytest.mark.parametrize("workers", [0, 2])
def test_a_pool_keeps_the_order_and_passes_errors_on(workers):
    with Pool(workers) as pool:
        assert list(pool.map(task(), [[n, n + 1] for n in range(0, 40, 2)])) == [3 * n for n in range(40)]
        assert list(pool.map(task(), [])) == []
        with pytest.raises(ValueError, match="negative"):
            list(pool.map(task(), [[1], [-1]]))


def test_work_is_taken_only_as_fast_as_it_is_done():
    taken = []
    with Pool(2) as pool:
        results = pool.map(task(), (taken.append(n) or [n] for n in range(1000)))
        next(results)
        assert len(taken) <= 6
        results.close()


def test_an_item_that_kills_its_process_costs_nothing_else():
    pieces = [[n, n + 1] for n in range(0, 20, 2)]
    pieces[3] = [6, 666]
    with Pool(2) as pool:
        assert list(pool.map(task(), pieces)) == [
            *(3 * n for n in range(7)),
            "666 was lost",
            *range(24, 60, 3),
        ]


def test_an_item_without_end_is_ended():
    with Pool(1) as pool:
        assert list(pool.map(task(limit=0.5), [[1, 777, 2]])) == [3, "777 was lost", 6]


def blocks_interrupts(_):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_ctrl_c_reaches_the_parent_only_from_a_workers_first_moment():
    with Pool(1) as pool:
        assert list(pool.map(Task(blocks_interrupts, blocks_interrupts), [[0]])) == [True]
    assert not blocks_interrupts(None)
