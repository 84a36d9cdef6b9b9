"""The threads of a client: what one has found is done, whatever another finds meanwhile."""

from __future__ import annotations

import _thread
import itertools
import threading
import time

import pytest

from pinpoint_users._run.worker_pool import InterruptSafeEvent, WorkerPool


@pytest.mark.parametrize("was_set", [True, False])
def test_an_event_is_waited_for_no_longer_than_it_says(was_set):
    """A queue's timeout that was over as soon as it began was none, up to Python 3.12."""
    event = InterruptSafeEvent()

    def wait():
        for _ in range(20_000):
            if was_set:
                event.set()
                event.clear()
            event.wait(1e-6)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(60)
    assert not waiting.is_alive()


def test_an_event_wakes_once_however_often_it_is_set():
    event = InterruptSafeEvent()
    setting = [threading.Thread(target=lambda: [event.set() for _ in range(2_000)]) for _ in range(4)]
    for thread in setting:
        thread.start()
    for thread in setting:
        thread.join()
    event.wait()
    began = time.monotonic()
    event.wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_what_is_found_while_another_thread_finds_that_there_will_be_no_more_is_done():
    looks, done, turns = threading.Event(), threading.Event(), itertools.count(1)
    first = []

    def find():
        turn = next(turns)
        if turn == 1:
            first.append(threading.current_thread())
            return lambda: looks.wait(10), 0.0
        if threading.current_thread() in first:
            return None
        if not done.is_set():
            looks.set()
            first[0].join(10)
            return done.set, 0.0
        return None

    pool = WorkerPool(find, 2, lambda error: None)
    pool.open()
    pool.join(lambda: 0)
    assert done.is_set()


def test_a_thread_that_is_one_too_many_leaves_nothing_undone():
    """One that hung has come back, and isn't done yet: the next that has done its work ends, and what is due is found."""
    hangs, others_done, is_over = threading.Event(), threading.Event(), threading.Event()
    came_back, second_works = threading.Event(), threading.Event()
    lock, due, lookers = threading.Lock(), [], set()

    def find():
        lookers.add(threading.get_ident())
        with lock:
            if due:
                return due.pop(0), 3600.0
        return None if is_over.is_set() else (None, 3600.0)

    def hang():
        hangs.wait(10)
        pool.write_off(-1)
        came_back.set()
        others_done.wait(10)

    def work():
        second_works.set()
        came_back.wait(10)
        due.append(others_done.set)

    pool = WorkerPool(find, 1, lambda error: None)
    due.append(hang)
    pool.open()
    pool.write_off(1)
    while len(lookers) < 2:
        time.sleep(0.001)
    due.append(work)
    pool.wake()
    assert second_works.wait(60)
    while len(lookers) < 3:
        time.sleep(0.001)
    hangs.set()
    is_done = others_done.wait(2)
    is_over.set()
    others_done.set()
    pool.wake()
    pool.join(lambda: 0)
    assert is_done


def test_what_comes_while_the_last_thread_ends_is_done():
    done, due = threading.Event(), []

    def find():
        return (due.pop(), 0.0) if due else None

    def has_more():
        if done.is_set():
            return False
        pool.reopen(0)  # no thread counts at this moment, so that another one comes, which may be too late
        due.append(done.set)
        return True

    pool = WorkerPool(find, 1, lambda error: None, has_more)
    pool.open()
    assert done.wait(60)
    pool.join(lambda: 0)


def test_a_fault_is_told_where_no_thread_can_be_had_for_what_came(monkeypatch):
    def refuse(*_arguments):
        raise RuntimeError("can't start new thread")

    def find():
        raise fault

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    fault, faults = ValueError(), []
    WorkerPool(find, 1, faults.append).reopen(0)
    assert faults == [fault]
