"""What carries runs out: whatever happens to its clock, its threads or its process, no run hangs and nobody is forgotten."""

from __future__ import annotations

import itertools
import os
import queue
import signal
import threading
import time

import pytest
from stopping import stopped_by

from pinpoint_users import (
    Outcome,
    PinpointUsers,
    PinpointUsersError,
    RequestError,
    ResultStream,
    SendUsersMessageRequest,
    Sent,
    StoppedError,
    ThrottledError,
    Transport,
)

USERS = [f"u-{number}" for number in range(250)]


class TestAClockThatFails:
    def test_while_it_waits_stops_the_run(self, service, message):
        def sleep(seconds):
            raise ZeroDivisionError("no clock")

        service.sleep = sleep
        service.failures = [ThrottledError("429")]
        with PinpointUsers("app", transport=service) as pinpoint, stopped_by(RequestError, match="no clock") as caught:
            pinpoint.send(message, USERS)
        assert list(caught.value.report.users) == USERS
        assert {user.error.sent for user in caught.value.report.not_sent} == {Sent.NOT_SENT}

    def test_while_it_is_read_stops_the_run(self, service, message):
        readings = []

        def monotonic():
            readings.append(1)
            if len(readings) > 6:
                raise ZeroDivisionError("no clock")
            return 1.0

        service.monotonic = monotonic
        with PinpointUsers("app", transport=service) as pinpoint, stopped_by(RequestError, match="no clock") as caught:
            pinpoint.send(message, USERS)
        users = caught.value.report.users
        assert list(users) == USERS
        got = {user for user in USERS if f"{user}-1" in service.delivered}
        assert got == {user_id for user_id, user in users.items() if user.outcome is Outcome.SUCCESSFUL}

    def test_a_transports_own_is_the_machines(self, monkeypatch):
        class Plain(Transport):
            def post(self, *_request):
                raise NotImplementedError

        waits = []
        monkeypatch.setattr(time, "sleep", waits.append)
        Plain().sleep(3.0)
        assert waits == [3.0]
        assert Plain().monotonic() <= time.monotonic()


class TestAProcessThatStoodStill:
    """As after SIGSTOP, which tests of compatibility show with a real one."""

    def test_gives_up_no_request_whose_answer_has_come_meanwhile(self, service, message):
        post, number, first_comes = service.post, itertools.count(1), threading.Event()

        def in_turn(*request):
            turn = next(number)
            if turn == 1:
                assert first_comes.wait(60)
            if turn == 2:
                service.now += 100
            if turn == 3:  # whoever had the second answer has looked at the time
                first_comes.set()
            return post(*request)

        service.post, service.timeout = in_turn, 5.0
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
            pinpoint.send(message, USERS).raise_for_failures()


class TestAnotherProcess:
    """As after a fork, which tests of the transport show with real ones."""

    def test_does_not_go_on_with_a_stream(self, service, message, monkeypatch):
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, USERS)
            next(stream)
            with monkeypatch.context() as forked:
                forked.setattr(os, "getpid", lambda: -1)
                with pytest.raises(PinpointUsersError, match="belongs to the process that began it"):
                    list(stream)
            stream.close()

    def test_sends_with_threads_of_its_own(self, service, message, monkeypatch):
        with PinpointUsers("app", transport=service, requests_per_second=1_000) as pinpoint:
            pinpoint.send(message, ["a"])
            with monkeypatch.context() as forked:
                forked.setattr(os, "getpid", lambda: -1)
                assert len(pinpoint.send(message, USERS).successful) == 250
                pinpoint.close()


def test_a_transport_may_close_its_client(service, message):
    post = service.post

    def close(*request):
        pinpoint.close()
        return post(*request)

    service.post = close
    pinpoint = PinpointUsers("app", transport=service, concurrency=1)
    with stopped_by(StoppedError) as caught:
        pinpoint.send(message, USERS)
    assert [len(caught.value.report.successful), len(caught.value.report.not_sent)] == [100, 150]


@pytest.fixture
def held(service):
    """Set when a request is out; to be set when requests may be answered."""
    is_out, may_answer = threading.Event(), threading.Event()

    def hold(_number):
        is_out.set()
        assert may_answer.wait(60)

    service.before_post = hold
    return is_out, may_answer


def test_a_stream_belongs_to_one_thread_at_a_time(service, message, held):
    is_out, may_answer = held
    results = []
    with PinpointUsers("app", transport=service) as pinpoint:
        stream = pinpoint.stream(message, USERS)
        other = threading.Thread(target=lambda: results.extend(stream))
        other.start()
        assert is_out.wait(60)
        with pytest.raises(RuntimeError, match="belongs to one thread at a time"):
            next(stream)
        may_answer.set()
        other.join(60)
    assert len(results) == 250


def test_a_stream_that_another_thread_closes_sends_nothing_more_and_neither_hangs(service, message, held):
    is_out, may_answer = held
    results = []
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        stream = pinpoint.stream(message, USERS)
        other = threading.Thread(target=lambda: results.extend(stream))
        other.start()
        assert is_out.wait(60)
        with pytest.raises(RuntimeError, match="may be called from any"):
            stream.close()
        may_answer.set()
        other.join(60)
    assert len(results) == 250
    assert len(service.requests) == 1


def test_turns_that_ctrl_c_cut_short_free_no_stream_that_is_read_on(service, message, held):
    _, may_answer = held
    with PinpointUsers("app", transport=service) as pinpoint:
        stream = pinpoint.stream(message, USERS)
        cut_short = stream._cursor.turns("this thread")  # which the error's traceback keeps
        next(cut_short)
        going_on = stream._cursor.turns("this thread")
        next(going_on)
        cut_short.close()
        with pytest.raises(RuntimeError, match="belongs to one thread at a time"):
            next(stream._cursor.turns("another thread"))
        going_on.close()
        may_answer.set()
        assert len([*stream]) == 250


def test_of_two_threads_that_read_and_close_a_stream_one_is_told_and_nothing_is_lost(service, message):
    is_out, may_answer = threading.Event(), threading.Event()

    post, numbers = service.post, itertools.count(1)

    def hold(*request):
        if next(numbers) == 1:  # the first one's results come when the second is out
            assert is_out.wait(60)
        else:
            is_out.set()
            assert may_answer.wait(60)
        return post(*request)

    service.post = hold
    results, told = [], queue.SimpleQueue()

    def attempt(step):
        try:
            step()
        except RuntimeError as error:
            told.put(str(error))

    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        stream = pinpoint.stream(message, USERS)
        results += itertools.islice(stream, 100)
        threads = [
            threading.Thread(target=attempt, args=[step]) for step in (stream.close, lambda: results.append(next(stream)))
        ]
        for thread in threads:
            thread.start()
        assert "belongs to one thread at a time" in told.get(timeout=20)
        may_answer.set()
        for thread in threads:
            thread.join(60)
        results += stream
    assert told.empty()
    assert sorted(result.user_id for result in results) == sorted(USERS)


def test_what_interrupts_a_single_request_is_raised(service, message):
    def interrupt(_number):
        signal.raise_signal(signal.SIGINT)

    request = SendUsersMessageRequest(message_configuration=message, users={})
    service.before_post = interrupt
    with PinpointUsers("app", transport=service) as pinpoint:

        def send_until_it_strikes():
            for _ in range(100):
                pinpoint.send_users_messages(request)

        with pytest.raises(KeyboardInterrupt):
            send_until_it_strikes()


def test_threads_that_the_system_refuses_are_done_without(service, message, monkeypatch):
    start, started = threading.Thread.start, []

    def refuse(thread):
        if thread.name == "pinpoint-users":
            started.append(1)
            if len(started) > 2:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with PinpointUsers("app", transport=service, concurrency=8) as pinpoint:
        assert len(pinpoint.send(message, USERS).successful) == 250


def test_no_thread_at_all_is_told_and_nothing_is_sent(service, message, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    pinpoint = PinpointUsers("app", transport=service)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            pinpoint.send(message, USERS)
    assert service.requests == []
    pinpoint.close()


def test_no_thread_for_what_is_left_is_done_without(service, message, monkeypatch):
    def refuse(*_arguments):
        raise RuntimeError("can't start new thread")

    pinpoint = PinpointUsers("app", transport=service)
    stream = pinpoint.stream(message, USERS)
    pinpoint.close()
    with monkeypatch.context() as patched:
        patched.setattr("_thread.start_new_thread", refuse)
        with stopped_by(StoppedError) as caught:
            next(stream)
    assert list(caught.value.report.users) == USERS
    assert service.requests == []


def test_a_stream_whose_making_was_interrupted_is_dropped_without_a_word():
    ResultStream.__new__(ResultStream).__del__()
