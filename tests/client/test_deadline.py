"""A run ends: requests that hang are given up, a deadline bounds the whole, and everybody is accounted for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from stopping import stopped_by

from pinpoint_users import (
    DeadlineExceededError,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    RetryPolicy,
    Sent,
    ThrottledError,
    ValidationError,
)

USERS = [f"u-{number}" for number in range(1_000)]


class Hanging:
    """Lets some of a service's requests wait until the test is over."""

    def __init__(self, service, hangs):
        self.over = threading.Event()
        self._hangs = hangs
        self._post = service.post
        self._lock = threading.Lock()
        self._number = 0
        service.post = self.post

    def post(self, operation, application_id, body):
        with self._lock:
            self._number += 1
            hangs = self._hangs(self._number)
        answer = self._post(operation, application_id, body)
        if hangs:
            self.over.wait()
        return answer


@pytest.fixture
def hang(service):
    """Hangs the requests of these numbers; they get their answers, which nobody waits for, at the end."""
    made = []

    def hang(*numbers):
        made.append(Hanging(service, (lambda number: number in numbers) if numbers else (lambda _number: True)))

    service.monotonic = time.monotonic
    yield hang
    for each in made:
        each.over.set()


class TestARequestThatHangs:
    @pytest.mark.parametrize("concurrency", [1, 2, 8])
    def test_is_given_up(self, service, message, hang, concurrency):
        hang(2, 4)
        service.timeout = 0.8
        with PinpointUsers("app", transport=service, concurrency=concurrency) as pinpoint:
            report = pinpoint.send(message, USERS)
        assert list(report.users) == USERS
        assert report.counts[Outcome.SUCCESSFUL] == 800
        assert report.counts[Outcome.UNKNOWN] == 200
        assert {type(user.error) for user in report.unknown} == {ReadTimeoutError}
        assert len(service.requests) == 10

    def test_goes_again_if_that_is_asked_for(self, service, message, hang):
        hang(2, 4)
        service.timeout = 0.8
        retry = RetryPolicy(on_unknown="resend", base_delay=0)
        with PinpointUsers("app", transport=service, concurrency=2, retry=retry) as pinpoint:
            report = pinpoint.send(message, USERS)
        assert report.counts[Outcome.SUCCESSFUL] == 1_000
        assert len(report.maybe_duplicated) == 200

    def test_says_nothing_any_more_when_its_answer_comes_late(self, service, message):
        hanging = Hanging(service, lambda number: number == 1)
        service.monotonic = time.monotonic
        service.timeout = 0.8
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, USERS[:200])
            results = list(stream)
            hanging.over.set()
            again = pinpoint.send(message, ["a"])
        assert sorted(result.outcome for result in results) == [Outcome.SUCCESSFUL] * 100 + [Outcome.UNKNOWN] * 100
        assert list(stream) == []
        assert again.counts[Outcome.SUCCESSFUL] == 1

    def test_leaves_the_other_runs_of_the_client_their_places(self, service, message, hang):
        hang(1, 2)
        service.timeout = 0.8
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, ThreadPoolExecutor() as others:
            reports = list(others.map(lambda users: pinpoint.send(message, users), [USERS[:300], USERS[300:600]]))
        counts = [report.counts for report in reports]
        assert sum(count[Outcome.UNKNOWN] for count in counts) == 200
        assert sum(count[Outcome.SUCCESSFUL] for count in counts) == 400


class TestADeadline:
    def test_ends_a_run_that_hangs(self, service, message, hang):
        hang()
        began = time.monotonic()
        # A busy machine has time for both.
        service.monotonic = lambda: time.monotonic() if len(service.requests) == 2 else began
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, stopped_by(TimeoutError) as caught:
            pinpoint.send(message, USERS, deadline=0.3)
        assert isinstance(caught.value.reason, DeadlineExceededError)
        report = caught.value.report
        assert list(report.users) == USERS
        assert report.counts[Outcome.UNKNOWN] == 200
        assert report.counts[Outcome.NOT_SENT] == 800
        assert {user.error for user in report.not_sent} == {caught.value.reason}
        assert {user.sent for user in report.unknown} == {Sent.PERHAPS_SENT}
        assert len(service.requests) == 2

    def test_ends_a_stream(self, service, message, hang):
        hang(3)
        began = time.monotonic()
        service.monotonic = lambda: time.monotonic() if len(service.requests) == 3 else began  # likewise, for three
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            stream = pinpoint.stream(message, iter(USERS), deadline=0.3)
            results = []
            with stopped_by(DeadlineExceededError) as caught:
                results.extend(stream)
            assert list(stream) == []
        report = caught.value.report
        assert {result.outcome for result in results} <= {Outcome.SUCCESSFUL}
        users = [*(result.user_id for result in results), *report.users]
        assert len(users) == len(set(users))
        assert report.counts[Outcome.UNKNOWN] == 100

    def test_lets_nothing_out_that_has_begun_before(self, service, message):
        begun, ended, over = threading.Event(), threading.Event(), threading.Event()
        post_cancellable = service.post_cancellable

        def post_late(*request):
            begun.set()
            ended.wait()
            try:
                return post_cancellable(*request)
            finally:
                over.set()

        def users():
            yield from USERS[:100]
            assert begun.wait(60)
            service.now += 100
            yield USERS[100]

        service.post_cancellable = post_late
        with PinpointUsers("app", transport=service) as pinpoint:
            with stopped_by(DeadlineExceededError) as caught:
                pinpoint.send(message, users(), deadline=60)
            ended.set()
            assert over.wait(60)
        assert caught.value.report.counts[Outcome.NOT_SENT] == 101
        assert service.requests == []

    def test_lets_nothing_out_after_the_process_stood_still(self, service, message):
        """Between two steps of a request the clock goes on by more than is left, and nobody has looked at it."""
        stood_still = []
        post_cancellable = service.post_cancellable

        def go_on_late(*request):
            if len(service.requests) == 2:
                stood_still.append(service.now)
                service.now += 100
            return post_cancellable(*request)

        service.post_cancellable = go_on_late
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(DeadlineExceededError) as stopped:
            pinpoint.send(message, USERS, deadline=60)
        assert len(stood_still) == 1
        assert len(service.requests) == 2
        counts = stopped.value.report.counts
        assert (counts[Outcome.SUCCESSFUL], counts[Outcome.NOT_SENT]) == (200, 800)

    def test_cuts_waiting_short(self, service, message):
        service.failures = [ThrottledError("429")] * 9
        retry = RetryPolicy(base_delay=1e6, max_delay=1e6)
        with PinpointUsers("app", transport=service, retry=retry) as pinpoint, stopped_by(DeadlineExceededError) as caught:
            pinpoint.send(message, ["a"], deadline=60.0)
        assert sum(service.waits) == pytest.approx(60.0)
        assert caught.value.report.users["a"].outcome is Outcome.NOT_SENT
        assert len(service.requests) == 1

    def test_that_is_far_changes_nothing(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            assert pinpoint.send(message, USERS, deadline=1e12).counts[Outcome.SUCCESSFUL] == 1_000
        assert service.waits == []

    @pytest.mark.parametrize("deadline", [0, -1, float("nan"), float("inf"), pytest.param(10**400, id="endless"), "60", True])
    def test_must_be_a_time(self, service, message, deadline):
        with PinpointUsers("app", transport=service) as pinpoint:
            for door in (pinpoint.send, pinpoint.stream):
                with pytest.raises(ValidationError, match="deadline: must be a number of seconds above 0"):
                    door(message, ["a"], deadline=deadline)
        assert service.requests == []


class TestAStreamsDuplicates:
    def test_are_passed_over_if_asked_for(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, ["a", "b", "a", "c", "b", "a"], unique=True)
            assert sorted(result.user_id for result in stream) == ["a", "b", "c"]
        assert stream.duplicates == ("a", "b", "a")
        assert set(service.delivered.values()) == {1}

    def test_are_sent_to_otherwise(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, ["a", "b", "a"])
            assert sorted(result.user_id for result in stream) == ["a", "a", "b"]
        assert stream.duplicates == ()
        assert service.delivered["a-1"] == 2
