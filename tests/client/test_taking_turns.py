"""Threads that make bodies and read answers take turns, and whatever somebody does in a turn, the others go on."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import UserDict

import pytest

from pinpoint_users import PinpointUsers, RunStoppedError
from pinpoint_users._run import worker_pool

USERS = [f"u-{number}" for number in range(500)]


class Looked(UserDict):
    """An answer that calls something when it is read, which is in a turn."""

    def __init__(self, answer, call):
        super().__init__(answer)
        self._calls = [call]

    def get(self, *names):
        if self._calls:
            self._calls.pop()()
        return super().get(*names)


def at_first_answer(service, call):
    """Lets something be called once, when the first answer is read."""
    post, calls = service.post, [call]

    def answers(*request):
        answer = json.loads(post(*request))
        return Looked(answer, calls.pop()) if calls else answer

    service.post = answers


@pytest.fixture
def _short_turns(monkeypatch):
    monkeypatch.setattr(worker_pool, "MAX_TURN", 0.01)


@pytest.mark.usefixtures("_short_turns")
def test_who_sends_by_the_same_client_in_a_turn_is_not_kept_waiting(service, message):
    nested = []
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        at_first_answer(service, lambda: nested.append(pinpoint.send(message, ["another"])))
        pinpoint.send(message, USERS).raise_for_failures()
    nested[0].raise_for_failures()
    assert set(service.delivered.values()) == {1}
    assert len(service.delivered) == 2 * 501


@pytest.mark.usefixtures("_short_turns")
def test_who_hangs_in_a_turn_is_not_waited_for(service, message):
    go = threading.Event()
    service.monotonic, service.sleep, service.timeout = time.monotonic, time.sleep, 2.0
    at_first_answer(service, go.wait)
    try:
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
            report = pinpoint.send(message, USERS)
            assert list(report.users) == USERS
            assert len(report.unknown) >= 100
            assert report.successful
    finally:
        go.set()


def test_what_is_raised_in_a_turn_ends_it(service, message, monkeypatch):
    monkeypatch.setattr(worker_pool, "MAX_TURN", -1)  # as long as it takes

    def fails():
        raise ZeroDivisionError

    at_first_answer(service, fails)
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        with pytest.raises(RunStoppedError, match="ZeroDivisionError"):
            pinpoint.send(message, USERS)
        pinpoint.send(message, USERS).raise_for_failures()


def test_closing_waits_for_who_is_in_a_turn(service, message):
    reads, goes_on = threading.Event(), threading.Event()
    at_first_answer(service, lambda: (reads.set(), goes_on.wait(10)))
    reports = []
    pinpoint = PinpointUsers("app", transport=service, concurrency=2)
    sender = threading.Thread(target=lambda: reports.append(pinpoint.send(message, USERS[:100])))
    sender.start()
    assert reads.wait(60)
    threading.Timer(0.05, goes_on.set).start()
    pinpoint.close()
    sender.join(60)
    reports[0].raise_for_failures()


def test_a_process_that_is_forked_in_a_turn_has_turns_of_its_own(service, message, monkeypatch):
    reads, goes_on = threading.Event(), threading.Event()
    at_first_answer(service, lambda: (reads.set(), goes_on.wait(10)))
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        sender = threading.Thread(target=pinpoint.send, args=(message, USERS[:100]))
        sender.start()
        assert reads.wait(60)
        monkeypatch.setattr(worker_pool, "MAX_TURN", -1)  # as long as it takes
        with monkeypatch.context() as forked:  # as after a fork, which tests of the transport show with real ones
            forked.setattr(os, "getpid", lambda: -1)
            pinpoint.send(message, USERS[100:]).raise_for_failures()
        goes_on.set()
        sender.join(60)
    assert len(service.delivered) == 2 * len(USERS)
