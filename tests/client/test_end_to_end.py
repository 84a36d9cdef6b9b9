"""Ten thousand users, a third of whose endpoints are throttled twice: each endpoint gets the message once."""

from __future__ import annotations

from collections import Counter

import pytest

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(10_000)]
MESSAGE = DirectMessageConfiguration(
    sms_message=SMSMessage(body="For {{name}}"), gcm_message=GCMMessage(title="Hi", body="{{name}}")
)


@pytest.fixture(scope="module")
def local():
    with LocalPinpoint() as local:
        sms = [
            {"ChannelType": "SMS", "Address": f"+1206555{n:04}", "Id": f"sms-{n}", "User": {"UserId": user}}
            for n, user in enumerate(USERS)
        ]
        gcm = [
            {"ChannelType": "GCM", "Address": f"token-{n}", "Id": f"gcm-{n}", "User": {"UserId": user}}
            for n, user in enumerate(USERS)
        ]
        local.add_endpoints([*sms, *gcm])
        yield local


@pytest.mark.parametrize("door", ["in-process", "http"])
def test_every_endpoint_gets_it_once(local, monkeypatch, door):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    local.clear_deliveries()
    local.throttle(share=0.3, times=2)
    users = ((user, EndpointSendConfiguration(substitutions={"name": [user]})) for user in USERS)
    if door == "in-process":
        with local.client() as pinpoint:
            report = pinpoint.send(MESSAGE, users)
    else:
        with (
            local.serve() as server,
            PinpointUsers(
                local.application_id, region_name="eu-west-1", endpoint_url=server.url, retry=RetryPolicy(base_delay=0.0)
            ) as pinpoint,
        ):
            report = pinpoint.send(MESSAGE, users)
    assert report.counts[Outcome.SUCCESSFUL] == 10_000
    assert list(report.users) == USERS
    deliveries = local.deliveries()
    assert Counter(delivery.endpoint_id for delivery in deliveries) == Counter(
        f"{channel}-{number}" for channel in ("sms", "gcm") for number in range(10_000)
    )
    assert {delivery.body for delivery in deliveries} == {*USERS, *(f"For {user}" for user in USERS)}
    throttled = sum(user.attempts == 3 for user in report.users.values())
    assert 4_000 < throttled < 6_500  # about 1 - 0.7 ** 2 of the users have a throttled endpoint
