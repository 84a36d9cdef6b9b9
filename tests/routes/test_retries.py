"""What goes again to endpoints from a directory."""

from __future__ import annotations

import pytest

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    Endpoint,
    GCMMessage,
    PinpointUsers,
    RetryPolicy,
    SimpleEmail,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"), gcm_message=GCMMessage(body="hello"))
ENDPOINTS = [
    Endpoint(channel_type="SMS", address="+12065550100", id="phone"),
    Endpoint(channel_type="GCM", address="token", id="app"),
]


@pytest.mark.parametrize("throttled", [["+12065550100"], ["+12065550100", "token"]])
@pytest.mark.parametrize("scope", ["endpoint", "user"])
def test_throttled_addresses_go_again_by_themselves_whatever_the_scope(scope, throttled):
    with LocalPinpoint() as local:
        local.throttle(addresses=throttled)
        policy = RetryPolicy(scope=scope)
        with PinpointUsers(
            local.application_id, transport=local.transport, directory={"u-1": ENDPOINTS}, retry=policy
        ) as pinpoint:
            report = pinpoint.send(MESSAGE, ["u-1"])
        assert report.users["u-1"].outcome == "SUCCESSFUL"
        assert report.users["u-1"].attempts == 2
        assert sorted(each.address for each in local.deliveries()) == ["+12065550100", "token"]


@pytest.mark.parametrize("status", ["SUCCESSFUL", "THROTTLED", "OPT_OUT", "A_NEW_WORD"])
def test_a_word_that_ses_does_not_have_yet_says_nothing(status):
    message = DirectMessageConfiguration(
        email_message=EmailMessage(
            from_address="news@example.com", simple_email=SimpleEmail(subject="hello", text_part="hello")
        )
    )
    directory = {"u-1": [Endpoint(channel_type="EMAIL", address="ann@example.com", id="e-1")]}
    with LocalPinpoint() as local:
        local.alter_next(lambda answer: {"BulkEmailEntryResults": [{"Status": status, "MessageId": "m"}]})
        with PinpointUsers(local.application_id, transport=local.transport, directory=directory) as pinpoint:
            report = pinpoint.send(message, ["u-1"])
        assert report.users["u-1"].outcome == "UNKNOWN"
        assert len(local.deliveries()) == 1
