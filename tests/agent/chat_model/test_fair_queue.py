"""One line for all users of a model: in the order of arrival; nobody starves, or waits for who has left."""

import threading
import time

import pytest

from agent.chat_model.fair_queue import FairQueue, StoppedError, queue_of

LONG = 20


def until(condition):
    """Waits until ``condition()`` holds, which it must soon."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def line_up(queue, names, served, leaves=None):
    """A thread a name, each in the line before the next one starts."""
    threads = []
    for name in names:
        length = len(queue)

        def wait(name=name):
            try:
                with queue.turn((leaves or {}).get(name, lambda: False)):
                    served.append(name)
            except StoppedError:
                served.append(f"{name} left")

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        until(lambda length=length: len(queue) == length + 1)
    return threads


def joined(threads):
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()


def test_ten_threads_are_served_in_the_order_in_which_they_came():
    queue, served = FairQueue(), []
    with queue.turn():
        threads = line_up(queue, range(10), served)
        assert len(queue) == 11
        assert served == []
    joined(threads)
    assert served == list(range(10))
    assert len(queue) == 0


def test_nobody_starves_while_others_come_again_at_once():
    queue, turns, over = FairQueue(), {name: 0 for name in range(10)}, threading.Event()
    gaps, last = [], {name: 0 for name in range(10)}

    def greedy(name):
        while not over.is_set():
            with queue.turn():
                turns[name] += 1
                now = sum(turns.values())
                gaps.append(now - last[name])
                last[name] = now
                if now >= 400:
                    over.set()

    threads = [threading.Thread(target=greedy, args=(name,)) for name in turns]
    with queue.turn():
        for place, thread in enumerate(threads):
            thread.start()
            until(lambda place=place: len(queue) == place + 2)
    joined(threads)
    assert min(turns.values()) >= 10
    # Nine others at most are before anybody who comes back at once; a thread may be held up on its way back.
    assert sorted(gaps)[len(gaps) // 2] <= 10


def test_only_one_has_the_turn_at_a_time():
    queue, inside, most = FairQueue(), [], []

    def work():
        for _ in range(20):
            with queue.turn():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert len(most) == 200
    assert set(most) == {1}


@pytest.mark.parametrize("leaver", [0, 4, 9])
def test_a_waiter_who_leaves_is_out_at_once_and_the_others_keep_their_order(leaver):
    queue, served, gone = FairQueue(), [], threading.Event()
    with queue.turn():
        threads = line_up(queue, range(10), served, leaves={leaver: gone.is_set})
        gone.set()
        until(lambda: served == [f"{leaver} left"])
        assert len(queue) == 10
    joined(threads)
    assert served[1:] == [name for name in range(10) if name != leaver]


def test_a_turn_that_ends_in_an_error_is_handed_on():
    queue, served, threads = FairQueue(), [], []

    def fail():
        with queue.turn():
            threads.extend(line_up(queue, ["next"], served))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    joined(threads)
    assert served == ["next"]


def test_a_file_has_one_queue_whichever_path_leads_to_it(tmp_path):
    (tmp_path / "a.gguf").touch()
    (tmp_path / "link.gguf").symlink_to(tmp_path / "a.gguf")
    queue = queue_of(tmp_path / "a.gguf")
    assert queue_of(tmp_path / "folder" / ".." / "a.gguf") is queue
    assert queue_of(tmp_path / "link.gguf") is queue
    assert queue_of(tmp_path / "b.gguf") is not queue
