"""The embedded Pinpoint enforces a quota, in virtual time: a run finds it, keeps to it, and wastes little."""

from __future__ import annotations

import pytest

from pinpoint_users import DirectMessageConfiguration, Outcome, RetryPolicy, SMSMessage
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture(scope="module")
def local():
    with LocalPinpoint() as local:
        yield local


def test_a_run_settles_at_the_quota(local):
    seconds, quota = 90.0, 20.0
    users = (f"u-{number}" for number in range(int(seconds * quota) * 100))
    local.limit_rate(quota)
    before, began = dict(local.requests), local.waited
    times = []
    with local.client(retry=RetryPolicy(max_attempts=50), concurrency=8) as pinpoint:
        for number, result in enumerate(pinpoint.stream(MESSAGE, users), 1):
            assert result.outcome is Outcome.FAILED  # there are no endpoints, which costs the service least
            if number % 100 == 0:
                times.append(local.waited - began)
    local.limit_rate(None)
    asked = {status: local.requests[status] - before.get(status, 0) for status in local.requests}
    refused = asked.get(429, 0) / sum(asked.values())
    settled = [time for time in times if time > 10.0]
    rate = (len(settled) - 1) / (settled[-1] - settled[0])
    assert rate == pytest.approx(quota, rel=0.1)
    assert refused < 0.05
