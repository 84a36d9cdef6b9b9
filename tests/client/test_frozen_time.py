"""Time that a test freezes: as freezegun has it, `time.monotonic` stands still. Waits end all the same."""

from __future__ import annotations

import asyncio
import time

import pytest
from stopping import stopped_by

from pinpoint_users import AsyncPinpointUsers, DeadlineExceededError, Outcome, PinpointUsers, RetryPolicy
from pinpoint_users.local import LocalPinpoint

SOON = RetryPolicy(base_delay=0.01, max_delay=0.02)


@pytest.fixture
def local(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(time, "monotonic", lambda: 1_767_225_600.0)
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        yield local


@pytest.fixture
def to_it(local):
    with local.serve() as server:
        yield {"application_id": local.application_id, "endpoint_url": server.url, "region_name": "eu-west-1", "retry": SOON}


def outcome_of(report):
    return report.users["u"].outcome


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_throttled_user_is_sent_to_again(local, to_it, message, is_whole):
    if is_whole:
        local.fail_next(429)
    else:
        local.throttle(user_ids=["u"])
    with PinpointUsers(**to_it) as pinpoint:
        assert outcome_of(pinpoint.send(message, ["u"])) is Outcome.SUCCESSFUL
    assert len(local.deliveries()) == 1


def test_a_throttled_user_is_sent_to_again_from_asyncio(local, to_it, message):
    async def main():
        async with AsyncPinpointUsers(**to_it) as pinpoint:
            return await pinpoint.send(message, ["u"])

    local.throttle(user_ids=["u"])
    assert outcome_of(asyncio.run(main())) is Outcome.SUCCESSFUL


def test_a_rate_lets_further_requests_out(local, to_it, message):
    with PinpointUsers(**to_it, requests_per_second=100) as pinpoint:
        report = pinpoint.send(message, [f"u-{number}" for number in range(250)])
    assert report.counts[Outcome.FAILED] == 250
    assert local.requests == {200: 3}


def test_the_embedded_services_rate_lets_further_requests_through(local, to_it, message):
    local.limit_rate(20)
    patient = RetryPolicy(base_delay=0.01, max_delay=0.02, max_attempts=1_000)
    with PinpointUsers(**{**to_it, "retry": patient}) as pinpoint:
        for _ in range(22):  # twenty at once, and two that are throttled first
            assert outcome_of(pinpoint.send(message, ["u"])) is Outcome.SUCCESSFUL


def test_a_deadline_passes(local, to_it, message):
    local.hang_next()
    with PinpointUsers(**to_it) as pinpoint, stopped_by(DeadlineExceededError) as caught:
        pinpoint.send(message, ["u"], deadline=0.1)
    assert outcome_of(caught.value.report) is Outcome.UNKNOWN
