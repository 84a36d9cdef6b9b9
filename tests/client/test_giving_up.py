"""A run that gets nothing through for too long gives up, and one that is asked to wait waits.

Time is the service's own, which passes as it is waited for.
"""

from __future__ import annotations

import pytest
from stopping import stopped_by

from pinpoint_users import (
    ConnectionFailedError,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    RetryPolicy,
    RunStoppedError,
    StalledError,
    ThrottledError,
    ValidationError,
)
from pinpoint_users._run.core import RunCore

USERS = [f"u-{number}" for number in range(250)]
PATIENT = RetryPolicy(max_attempts=1_000_000, base_delay=2.0, max_delay=10.0, give_up_after=100.0)


@pytest.fixture(params=["send", "stream"])
def stalled(request, service, message):
    """Sends to users until the run gives up: what came out, the reason, and the seconds that it took."""

    def stalled(users=USERS, *, retry=PATIENT):
        began, results = service.now, {}
        with PinpointUsers("app", transport=service, retry=retry) as pinpoint, stopped_by(StalledError) as caught:
            if request.param == "send":
                pinpoint.send(message, users)
            for result in pinpoint.stream(message, users):
                results[result.user_id] = result
        results |= caught.value.report.users
        return results, caught.value.reason, service.now - began

    return stalled


@pytest.mark.parametrize("failure", [ThrottledError("429", status_code=429), ConnectionFailedError("refused")])
def test_requests_that_fail_without_end(service, stalled, failure):
    service.failures = [failure] * 100_000
    results, reason, seconds = stalled()
    assert results.keys() == set(USERS)
    assert {user.outcome for user in results.values()} == {Outcome.NOT_SENT}
    assert {user.error for user in results.values()} <= {failure, reason}
    assert 100 <= seconds < 200
    assert service.delivered == {}


def test_endpoints_that_are_throttled_without_end(service, stalled):
    users = USERS[:20]
    service.statuses = {f"{user}-{number}": ["THROTTLED"] * 100_000 for user in users for number in (1, 2)}
    results, _, seconds = stalled(users)
    assert results.keys() == set(users)
    assert {user.outcome for user in results.values()} == {Outcome.THROTTLED}
    assert 100 <= seconds < 200
    assert service.delivered == {}


def test_users_who_got_it_before_have_got_it(service, stalled):
    service.failures = [None, *[ThrottledError("429")] * 100_000]
    results, _, seconds = stalled()
    got = {endpoint.rsplit("-", 1)[0] for endpoint in service.delivered}
    assert results.keys() == set(USERS)
    assert {user_id for user_id, user in results.items() if user.outcome is Outcome.SUCCESSFUL} == got
    assert len(got) in {50, 100}
    assert 100 <= seconds < 200


def test_what_gets_through_now_and_then_is_no_stall(service, message):
    service.failures = ([ThrottledError("429")] * 10 + [None]) * 3
    retry = RetryPolicy(max_attempts=100, base_delay=15.0, max_delay=15.0, give_up_after=1_000.0)
    with PinpointUsers("app", transport=service, retry=retry, concurrency=1) as pinpoint:
        report = pinpoint.send(message, USERS)
    assert report.counts[Outcome.SUCCESSFUL] == 250


def test_one_answer_that_came_late_is_no_stall(service, message):
    """The last request fails long after the one before: nobody is left to give up on."""
    service.failures = [ReadTimeoutError("late")]
    service.before_post = lambda _number: setattr(service, "now", service.now + 500.0)
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        report = pinpoint.send(message, USERS)
    assert report.counts == {**dict.fromkeys(Outcome, 0), Outcome.UNKNOWN: 100, Outcome.SUCCESSFUL: 150}


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "60", None])
def test_the_time_is_more_than_none(seconds):
    with pytest.raises(ValidationError, match="give_up_after: "):
        RetryPolicy(give_up_after=seconds)


def test_a_service_that_says_how_long_to_wait_holds_the_whole_run(service, message):
    throttled, times = ThrottledError("429", status_code=429), []
    throttled.retry_after = 77.0
    service.failures = [throttled]
    service.before_post = lambda _number: times.append(service.now)
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        report = pinpoint.send(message, USERS)
    assert report.counts[Outcome.SUCCESSFUL] == 250
    assert service.user_counts == [100, 100, 100, 50] or sorted(service.user_counts) == [50, 100, 100, 100]
    assert len(times) == 4
    assert 77 <= times[1] - times[0] < 80


def test_a_shorter_wait_than_ours_changes_nothing(service, message):
    throttled = ThrottledError("429", status_code=429)
    throttled.retry_after = 0.0
    service.failures = [throttled] * 4
    with PinpointUsers("app", transport=service, retry=RetryPolicy(base_delay=1.0)) as pinpoint:
        assert pinpoint.send(message, ["a"]).users["a"].attempts == 5
    assert service.waits


class TestAFaultOfOurs:
    """Such as none is known of: a run ends, and whoever waits for it is told."""

    @pytest.fixture(autouse=True)
    def fault(self, monkeypatch):
        def answered(*_arguments):
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(RunCore, "answered", answered)

    def test_does_not_let_send_hang(self, service, message):
        with (
            PinpointUsers("app", transport=service) as pinpoint,
            pytest.raises(RuntimeError, match="a fault of ours") as caught,
        ):
            pinpoint.send(message, ["a"])
        assert isinstance(caught.value.__cause__, RunStoppedError)

    def test_does_not_let_a_stream_hang(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(RuntimeError, match="a fault of ours"):
            next(pinpoint.stream(message, ["a"]))
