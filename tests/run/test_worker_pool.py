"""The threads of a client: what one has found is done, whatever another finds meanwhile."""

from __future__ import annotations

import itertools
import threading

from pinpoint_users._run.worker_pool import WorkerPool


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
