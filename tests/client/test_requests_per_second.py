"""The caller's own bound on the rate, in virtual time."""

from __future__ import annotations

import pytest

from pinpoint_users import EndpointSendConfiguration, Outcome, PinpointUsers, SendUsersMessageRequest, ValidationError

USERS = [f"u-{number}" for number in range(2_000)]


@pytest.fixture
def times(service):
    times = []
    service.before_post = lambda _number: times.append(service.now)
    return times


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_keeps_to_it(service, message, times, concurrency):
    with PinpointUsers("app", transport=service, concurrency=concurrency, requests_per_second=4) as pinpoint:
        report = pinpoint.send(message, USERS)
    assert report.counts[Outcome.SUCCESSFUL] == 2_000
    assert len(times) == 20
    assert times[-1] - times[0] == pytest.approx(19 / 4, rel=0.1)


def test_runs_of_a_client_share_it(service, message, times):
    with PinpointUsers("app", transport=service, concurrency=1, requests_per_second=4) as pinpoint:
        streams = [pinpoint.stream(message, iter(USERS[start : start + 1_000])) for start in (0, 1_000)]
        first, second = ([next(stream)] for stream in streams)
        first += streams[0]
        second += streams[1]
    assert len(first) == len(second) == 1_000
    assert times[-1] - times[0] == pytest.approx(19 / 4, rel=0.1)


def test_single_requests_keep_to_it(service, message, times):
    request = SendUsersMessageRequest(message_configuration=message, users={"u-1": EndpointSendConfiguration()})
    with PinpointUsers("app", transport=service, requests_per_second=0.5) as pinpoint:
        for _ in range(3):
            pinpoint.send_users_messages(request)
    assert times[2] - times[0] == pytest.approx(4.0)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "10", True, 10**400])
def test_it_must_be_a_rate(service, rate):
    with pytest.raises(ValidationError, match="requests_per_second: must be a number above 0"):
        PinpointUsers("app", transport=service, requests_per_second=rate)
