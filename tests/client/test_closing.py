"""Runs that end early because somebody ends them: everybody comes out once, with the reason, and nothing more goes out."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from itertools import islice

import pytest
from over_http import until
from stopping import stopped_by

from pinpoint_users import (
    Endpoint,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    PinpointUsersError,
    RunInterrupted,
    RunStoppedError,
    StoppedError,
)

USERS = [f"u-{number}" for number in range(1_000)]
HOW = pytest.mark.parametrize("is_lazy", [False, True], ids=["list", "iterator"])


def handed_in(is_lazy):
    """Users, and what tells how many of them were read, or come out of a list anyway."""
    users = iter(USERS) if is_lazy else USERS
    return users, lambda: USERS[: len(USERS) - len(list(users))] if is_lazy else USERS


def got(service):
    return {endpoint.rsplit("-", 1)[0] for endpoint in service.delivered}


FINALIZER = """
import sys
from pinpoint_users import DirectMessageConfiguration, SMSMessage
from pinpoint_users.local import LocalPinpoint

class Last:
    def __init__(self, end):
        self.pinpoint = LocalPinpoint().client()
        self.message = DirectMessageConfiguration(sms_message=SMSMessage(body="x"))
        self.send()
        self.end = end

    def send(self):
        self.pinpoint.send(self.message, ["u-1"])

    def __del__(self):
        try:
            self.end(self)
        except Exception as error:
            print(type(error).__name__, error)
        print("ended")

sys.modules["last"] = Last(Last.send)
sys.modules["also last"] = Last(lambda last: last.pinpoint.close())
half_read = LocalPinpoint().client().stream(sys.modules["last"].message, (str(number) for number in range(1_000)))
next(half_read)
sys.modules["half read"] = Last(lambda last, half_read=half_read: half_read.close())
"""


def test_what_sends_while_the_interpreter_ends_is_told_so_and_hangs_no_program():
    done = subprocess.run([sys.executable, "-c", FINALIZER], check=True, capture_output=True, text=True, timeout=60)
    assert sorted(done.stdout.splitlines()) == [
        *["PinpointUsersError the interpreter is ending, and runs no other thread: send before that"] * 2,
        *["ended"] * 3,
    ]


def test_the_same_where_the_interpreter_only_says_so(service, message, monkeypatch):
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message, ["u-1"])
        with monkeypatch.context() as ending:
            ending.setattr(sys, "is_finalizing", lambda: True)
            with pytest.raises(PinpointUsersError, match="the interpreter is ending"):
                pinpoint.send(message, ["u-2"])
            pinpoint.close()
    assert len(service.requests) == 1


class TestClosingTheClientFromAnotherThread:
    @HOW
    def test_stops_send(self, service, message, has_stopped, is_lazy):
        pinpoint = PinpointUsers("app", transport=service, concurrency=1)
        closer = threading.Thread(target=pinpoint.close, daemon=True)

        def before_post(number):
            if number == 2:
                closer.start()
                assert has_stopped.wait(60)

        service.before_post = before_post
        users, read = handed_in(is_lazy)
        with stopped_by(StoppedError, match="the client was closed") as caught:
            pinpoint.send(message, users)
        closer.join(60)
        assert not closer.is_alive()
        report = caught.value.report
        assert list(report.users) == read()
        assert {user.user_id for user in report.successful} == got(service)
        assert len(report.successful) == 200
        assert len(report.not_sent) == len(report.users) - 200
        assert [user.error for user in report.not_sent] == [caught.value.reason] * (len(report.users) - 200)
        assert len(service.requests) == 2

    def test_stops_a_send_that_is_just_beginning(self, service, message, monkeypatch):
        pinpoint = PinpointUsers("app", transport=service)
        real, sender = os.getpid, threading.get_ident()
        gc.collect()  # clients of other tests, which ask for it when they go

        def closes_meanwhile():
            if threading.get_ident() != sender:
                return real()
            monkeypatch.setattr(os, "getpid", real)
            closer = threading.Thread(target=pinpoint.close, daemon=True)
            closer.start()
            closer.join(60)
            return real()

        monkeypatch.setattr(os, "getpid", closes_meanwhile)
        with stopped_by(StoppedError, match="the client was closed"):
            pinpoint.send(message, USERS)
        assert service.requests == []

    def test_stops_a_send_that_looks_users_up(self, service, message):
        asked, goes_on = threading.Event(), threading.Event()

        def look_up(user_ids):
            asked.set()
            assert goes_on.wait(60)
            return {user_id: [Endpoint(channel_type="SMS", address="+12065550100")] for user_id in user_ids}

        pinpoint = PinpointUsers("app", transport=service, directory=look_up)

        def close():
            assert asked.wait(60)
            threading.Timer(0.05, goes_on.set).start()
            pinpoint.close()

        closer = threading.Thread(target=close, daemon=True)
        closer.start()
        with stopped_by(StoppedError, match="the client was closed"):
            pinpoint.send(message, USERS)
        closer.join(60)
        assert service.requests == []

    @HOW
    def test_stops_a_half_read_stream(self, service, message, is_lazy):
        pinpoint = PinpointUsers("app", transport=service, concurrency=2)
        users, read = handed_in(is_lazy)
        stream = pinpoint.stream(message, users)
        results = list(islice(stream, 150))
        closer = threading.Thread(target=pinpoint.close, daemon=True)
        closer.start()
        closer.join(60)
        assert not closer.is_alive()
        requests = len(service.requests)
        with stopped_by(StoppedError, match="the client was closed") as caught:
            results.extend(stream)
        assert list(stream) == []
        results += caught.value.report.users.values()
        assert sorted(result.user_id for result in results) == sorted(read())
        assert {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL} == got(service)
        assert {result.error for result in results if result.user_id not in got(service)} <= {caught.value.reason}
        assert len(service.requests) == requests < 10

    @HOW
    def test_stops_a_stream_that_has_not_begun(self, service, message, is_lazy):
        pinpoint = PinpointUsers("app", transport=service)
        users, read = handed_in(is_lazy)
        stream = pinpoint.stream(message, users)
        pinpoint.close()
        with stopped_by(StoppedError) as caught:
            list(stream)
        assert list(caught.value.report.users) == read()
        assert service.requests == []


class TestClosingAStream:
    @HOW
    def test_gives_what_is_left(self, service, message, is_lazy):
        users, read = handed_in(is_lazy)
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
            with pinpoint.stream(message, users) as stream:
                results = list(islice(stream, 150))
            requests = len(service.requests)
            results += stream
        assert sorted(result.user_id for result in results) == sorted(read())
        assert {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL} == got(service)
        others = [result for result in results if result.user_id not in got(service)]
        assert {result.outcome for result in others} <= {Outcome.NOT_SENT}
        assert {type(result.error) for result in others} <= {StoppedError}
        assert len(service.requests) == requests < 10

    def test_gives_a_user_who_came_again_as_often(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, ["a", "b"] * 150)
            stream.close()
            results = list(stream)
        assert Counter(result.user_id for result in results) == {"a": 150, "b": 150}
        assert {result.outcome for result in results} == {Outcome.NOT_SENT}

    def test_that_nobody_holds_any_more_stops_it_and_frees_its_journal(self, service, message, has_stopped, tmp_path):
        journal = Journal(tmp_path / "run.db")

        def before_post(number):
            if number == 2:
                assert has_stopped.wait(60)

        service.before_post = before_post
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, USERS, journal=journal)
            next(stream)
            del stream
            gc.collect()
            assert has_stopped.wait(60)
            reports = []

            def goes_on():
                with contextlib.suppress(JournalError):  # as long as the other run has it
                    reports.append(pinpoint.send(message, USERS, journal=journal))
                return reports

            requests = len(service.requests)
            until(goes_on)
        assert requests <= 2
        assert reports[0].counts[Outcome.SUCCESSFUL] == 1_000
        assert set(service.delivered.values()) == {1}


class TestTheCallersGeneratorExits:
    """With what isn't an `Exception`, as `sys.exit()` does."""

    @pytest.fixture
    def users(self, service):
        first_is_out = threading.Event()
        service.before_post = lambda _number: first_is_out.set()

        def users():
            yield from USERS[:130]
            assert first_is_out.wait(60)
            raise SystemExit(3)

        return users()

    def test_send_raises_it_again(self, service, message, users):
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, pytest.raises(SystemExit) as caught:
            pinpoint.send(message, users)
        stopped = caught.value.__cause__
        assert isinstance(stopped, RunStoppedError)
        assert list(stopped.report.users) == USERS[:130]
        assert {user.user_id for user in stopped.report.successful} == got(service) == set(USERS[:100])
        assert {user.error for user in stopped.report.not_sent} == {stopped.reason}
        assert stopped.reason.__cause__ is caught.value
        assert len(service.requests) == 1

    def test_a_stream_raises_it_again(self, service, message, users):
        results = []
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, users)
            with pytest.raises(SystemExit) as caught:
                results.extend(stream)
            assert list(stream) == []
        stopped = caught.value.__cause__
        assert isinstance(stopped, RunStoppedError)
        results += stopped.report.users.values()
        assert sorted(result.user_id for result in results) == sorted(USERS[:130])
        assert {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL} == got(service)
        assert {user.error for user in stopped.report.not_sent} == {stopped.reason}
        assert len(service.requests) == 1


def test_ctrl_c_twice_gives_up_what_is_out(service, message, has_stopped):
    over, is_done, both_are_out, post = threading.Event(), threading.Event(), threading.Barrier(3), service.post

    def hang(*request):
        answer = post(*request)
        both_are_out.wait(10)
        over.wait()
        return answer

    def press_twice():
        both_are_out.wait(10)
        for has_come in (has_stopped, is_done):
            while not has_come.is_set():  # Python may miss one that comes as a thread falls asleep
                os.kill(os.getpid(), signal.SIGINT)
                has_come.wait(1)

    service.post = hang
    hands = threading.Thread(target=press_twice, daemon=True)
    threads = threading.active_count()
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        hands.start()
        with pytest.raises(RunInterrupted) as caught:
            pinpoint.send(message, USERS)
        is_done.set()
        hands.join(60)
    over.set()
    until(lambda: threading.active_count() <= threads)
    report = caught.value.report
    assert list(report.users) == USERS
    assert [user.user_id for user in report.unknown] == USERS[:200]
    assert len(report.not_sent) == 800
    assert {type(user.error) for user in report.not_sent} == {StoppedError}
    assert len(service.requests) == 2


class TestStoppingAStream:
    def test_from_a_signal_handler_whoever_is_under_way_comes_out_and_nothing_more_goes(self, service, message):
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, USERS)
            previous = signal.signal(signal.SIGINT, lambda *_: stream.stop())
            try:
                results = [next(stream)]
                signal.raise_signal(signal.SIGINT)
                results.extend(stream)
            finally:
                signal.signal(signal.SIGINT, previous)
        successful = [result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL]
        assert set(successful) == got(service)
        assert len(service.requests) < 10
        assert len({result.user_id for result in results}) == len(results) == len(USERS)
        assert {result.outcome for result in results} == {Outcome.SUCCESSFUL, Outcome.NOT_SENT}

    def test_before_it_began_nothing_goes_out(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, USERS)
            stream.stop()
            results = list(stream)
        assert service.requests == []
        assert {result.outcome for result in results} <= {Outcome.NOT_SENT}

    def test_it_does_not_wait(self, service, message):
        goes_on = threading.Event()
        service.before_post = lambda _number: goes_on.wait(10)
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, USERS[:100])
            reader = threading.Thread(target=lambda: results.extend(stream))
            results = []
            reader.start()
            until(lambda: service.requests)
            stream.stop()
            assert results == []
            goes_on.set()
            reader.join(60)
        assert not reader.is_alive()
        assert {result.outcome for result in results} == {Outcome.SUCCESSFUL}
        assert len(results) == 100
