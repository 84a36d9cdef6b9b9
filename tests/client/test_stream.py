"""`stream`: results as they come, users read no further than needed, and nothing lost on the way out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from stopping import stopped_by

from pinpoint_users import (
    AccessDeniedError,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunInterrupted,
    SendReport,
    StoppedError,
    ThrottledError,
    UsersError,
)


def numbered(count: int) -> Iterator[str]:
    return (f"u-{number}" for number in range(count))


def test_every_user_of_a_generator_comes_out(service, message):
    with PinpointUsers("app", transport=service) as pinpoint:
        stream = pinpoint.stream(message, numbered(1_234))
        results = list(stream)
    assert sorted(result.user_id for result in results) == sorted(numbered(1_234))
    assert len(stream.request_ids) == 13


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_users_are_read_no_further_than_requests_have_room(service, message, concurrency):
    read = []

    def users() -> Iterator[str]:
        for user in numbered(5_000):
            read.append(user)
            yield user

    handed_out = 0
    with PinpointUsers("app", transport=service, concurrency=concurrency) as pinpoint:
        for _ in pinpoint.stream(message, users()):
            handed_out += 1
            assert len(read) - len(service.requests) * 100 <= concurrency * 100
            assert len(read) - handed_out <= 2 * concurrency * 100
    assert handed_out == 5_000


def test_a_request_goes_out_when_its_users_are_read_and_not_before(service, message):
    first_post, half_read, second_post = threading.Event(), threading.Event(), threading.Event()

    def before_post(number: int) -> None:
        if number == 1:
            first_post.set()
            assert half_read.wait(60)
        else:
            second_post.set()

    def users() -> Iterator[str]:
        for number, user in enumerate(numbered(250)):
            if number == 150:
                assert first_post.wait(60)
                half_read.set()
                second_post.wait(0.2)  # the time in which the worker, free again, would post what is read so far
            yield user

    service.before_post = before_post
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        assert len(list(pinpoint.stream(message, users()))) == 250
    assert sorted(service.user_counts) == [50, 100, 100]


def test_users_are_read_in_the_callers_thread(service, message):
    threads = set()

    def users() -> Iterator[str]:
        for user in numbered(300):
            threads.add(threading.current_thread())
            yield user

    with PinpointUsers("app", transport=service) as pinpoint:
        list(pinpoint.stream(message, users()))
    assert threads == {threading.current_thread()}


def test_results_come_while_other_requests_are_under_way(service, message):
    release = threading.Event()
    post = service.post

    def slow_first(operation, application_id, body):
        answer = post(operation, application_id, body)
        if b'"u-0"' in body:
            assert release.wait(60)
        return answer

    service.post = slow_first
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        stream = pinpoint.stream(message, numbered(200))
        first = next(stream)
        release.set()
        rest = list(stream)
    assert first.user_id == "u-100"
    assert len(rest) == 199


def test_requests_go_out_concurrently_and_no_more_than_allowed(service, message):
    together = threading.Barrier(4, timeout=10)
    under_way, most = 0, 0
    lock = threading.Lock()
    post = service.post

    def counting(operation, application_id, body):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait()
        answer = post(operation, application_id, body)
        with lock:
            under_way -= 1
        return answer

    service.post = counting
    with PinpointUsers("app", transport=service, concurrency=4) as pinpoint:
        assert len(list(pinpoint.stream(message, numbered(800)))) == 800
    assert most == 4


def test_a_long_run_leaves_room_for_a_short_one_of_another_thread(service, message):
    """One worker for both: the second run's request comes after one of the first run's, not after all of them."""
    third_is_out, second_run_began = threading.Event(), threading.Event()

    def before_post(number: int) -> None:
        if number == 3:
            third_is_out.set()
            assert second_run_began.wait(60)

    service.before_post = before_post
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        long = threading.Thread(target=pinpoint.send, args=(message, numbered(5_000)))
        long.start()
        assert third_is_out.wait(60)
        entries = iter(["in a hurry"])

        def users() -> Iterator[str]:
            second_run_began.set()
            yield from entries

        pinpoint.send(message, users()).raise_for_failures()
        requests = len(service.requests)
        long.join()
    assert requests < 20
    assert len(service.requests) == 51


def test_closing_finishes_what_is_under_way_and_sends_nothing_more(service, message):
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        with pinpoint.stream(message, numbered(10_000)) as stream:
            first = next(stream)
        requests = len(service.requests)
        rest = list(stream)
    assert len(service.requests) == requests < 100
    results = [first, *rest]
    sent = [result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL]
    assert {f"{user}-{number}" for user in sent for number in (1, 2)} == set(service.delivered)
    assert all(isinstance(result.error, StoppedError) for result in results if result.outcome is not Outcome.SUCCESSFUL)


def test_closing_gives_up_what_waits(service, message, has_stopped):
    service.statuses = {"u-0-1": ["THROTTLED"] * 9}
    service.sleep = lambda _seconds: has_stopped.wait(10)
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        stream = pinpoint.stream(message, numbered(2))
        assert next(stream).user_id == "u-1"
        stream.close()
        stream.close()
        (left,) = list(stream)
    assert left.user_id == "u-0"
    assert left.outcome is Outcome.PARTIAL
    assert left.attempts == 1
    assert isinstance(left.error, StoppedError)


def test_a_stop_comes_with_everybody_who_was_not_handed_out(service, message):
    service.failures = [None, AccessDeniedError("403")]
    users, handed_out = numbered(1_000), []
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        stream = pinpoint.stream(message, users)
        with stopped_by(AccessDeniedError) as caught:
            handed_out.extend(result.user_id for result in stream)
        assert list(stream) == []
    report = caught.value.report
    read = 1_000 - sum(1 for _ in users)
    assert sorted([*handed_out, *report.users]) == sorted(numbered(read))
    assert {user.outcome for user in report.users.values()} <= {Outcome.SUCCESSFUL, Outcome.NOT_SENT}
    assert len(report.not_sent) == read - 100
    assert {user.error for user in report.not_sent} == {caught.value.reason}
    assert len(service.requests) == 2


def test_a_stop_waits_for_what_is_under_way(service, message, has_stopped):
    first_is_out = threading.Event()
    post = service.post

    def first_is_slow(operation, application_id, body):
        if b'"u-0"' in body:
            first_is_out.set()
            assert has_stopped.wait(60)
            return post(operation, application_id, body)
        assert first_is_out.wait(60)
        raise AccessDeniedError("403")

    service.post = first_is_slow
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, stopped_by(AccessDeniedError) as caught:
        list(pinpoint.stream(message, numbered(200)))
    report = caught.value.report
    assert (len(report.successful), len(report.not_sent)) == (100, 100)


def test_users_that_cannot_be_read_stop_a_stream(service, message):
    def users() -> Iterator[str]:
        yield "a"
        raise OSError("gone")

    with PinpointUsers("app", transport=service) as pinpoint, stopped_by(UsersError, match="gone") as caught:
        list(pinpoint.stream(message, users()))
    assert list(caught.value.report.users) == ["a"]


def interrupt(has_stopped: threading.Event) -> None:
    """Ctrl-C, again and again where Python misses it, as it does in the moment in which a thread falls asleep."""
    for _ in range(10):
        os.kill(os.getpid(), signal.SIGINT)
        if has_stopped.wait(1):
            return
    raise AssertionError("nobody cares for Ctrl-C")


class TestInterrupt:
    @pytest.fixture(autouse=True)
    def _strikes_during_the_third_request(self, service, has_stopped):
        def before_post(number):
            if number == 3:
                interrupt(has_stopped)

        service.before_post = before_post

    def test_send_hands_over_everybody(self, service, message):
        users = list(numbered(2_000))
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, pytest.raises(RunInterrupted) as caught:
            pinpoint.send(message, users)
        report = caught.value.report
        assert list(report.users) == users
        sent = {user.user_id for user in report.successful}
        assert {f"{user}-{number}" for user in sent for number in (1, 2)} == set(service.delivered)
        assert 0 < len(sent) <= 400
        assert len(report.not_sent) == 2_000 - len(sent)
        assert all(isinstance(user.error, StoppedError) for user in report.not_sent)
        assert str(caught.value).startswith("interrupted: 2,000 users")
        assert isinstance(caught.value, KeyboardInterrupt)
        assert not isinstance(caught.value, Exception)

    def test_send_does_not_read_a_generator_to_its_end(self, service, message):
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, pytest.raises(RunInterrupted) as caught:
            pinpoint.send(message, numbered(10**9))
        assert len(caught.value.report.users) < 5_000

    def test_a_stream_can_be_read_on(self, service, message):
        results = []
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
            stream = pinpoint.stream(message, numbered(10_000))
            try:
                for result in stream:
                    results.append(result)  # noqa: PERF402 - what was handed out before the interrupt counts
            except KeyboardInterrupt:
                stream.close()
            results.extend(stream)
        ids = [result.user_id for result in results]
        assert len(ids) == len(set(ids))
        sent = {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL}
        delivered = {endpoint.rsplit("-", 1)[0] for endpoint in service.delivered}
        # The interrupt may strike between our handing a result over and the loop's taking it.
        assert len(delivered - sent) <= 1
        assert sent <= delivered

    def test_it_strikes_a_wait_too(self, service, message, has_stopped):
        service.failures = [ThrottledError("429")]
        service.sleep = lambda _seconds: interrupt(has_stopped)
        with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(RunInterrupted) as caught:
            pinpoint.send(message, ["a"])
        assert isinstance(caught.value.report, SendReport)
        assert isinstance(caught.value.report.users["a"].error, StoppedError)
        assert len(service.requests) == 1


def test_a_wait_does_not_keep_a_free_worker_from_its_turn(service, message):
    """One request is slow; the run's pause ends meanwhile, by the real clock, and the rest goes on."""
    service.statuses = {"u-100-1": ["THROTTLED"]}
    go_on = threading.Event()
    post = service.post

    def first_is_slow(operation, application_id, body):
        if b'"u-0"' in body:
            assert go_on.wait(60)
        elif operation == "SendMessages":
            go_on.set()
        return post(operation, application_id, body)

    service.post = first_is_slow
    import time

    service.monotonic = time.monotonic
    with PinpointUsers("app", transport=service, concurrency=2, retry=RetryPolicy(base_delay=0.02)) as pinpoint:
        report = pinpoint.send(message, numbered(200))
    assert report.counts[Outcome.SUCCESSFUL] == 200


def test_a_request_that_comes_later_does_not_wait_for_one_under_way(service, message):
    first_is_out, second_is_out = threading.Event(), threading.Event()
    post = service.post

    def wait_for_each_other(operation, application_id, body):
        if b'"u-0"' in body:
            first_is_out.set()
            assert second_is_out.wait(60)
        else:
            second_is_out.set()
        return post(operation, application_id, body)

    def users():
        yield from numbered(100)
        assert first_is_out.wait(60)
        yield "late"

    service.post = wait_for_each_other
    with PinpointUsers("app", transport=service, concurrency=2) as pinpoint:
        results = list(pinpoint.stream(message, users()))
    assert {result.outcome for result in results} == {Outcome.SUCCESSFUL}
    assert len(results) == 101
