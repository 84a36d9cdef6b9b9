"""E-mail to users from a directory, through the client, to the embedded SES."""

from __future__ import annotations

import pytest
from ses_way import message_of
from stopping import stopped_by

from pinpoint_users import (
    ConfigurationError,
    DeliveryStatus,
    DirectMessageConfiguration,
    Endpoint,
    EndpointSendConfiguration,
    EndpointUser,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, ListManagementOptions

SENDER = SES(from_email_address="Größe <news@example.com>")
BY_THEMSELVES = SES(
    from_email_address="Größe <news@example.com>", list_management_options=ListManagementOptions(contact_list_name="all")
)
MESSAGE = message_of(
    "Hi {{User.UserAttributes.Name}}",
    "{{#if code}}Code {{code}}{{/if}} & {{Address}}",
    "<p>{{code}} {{{code}}}</p>",
    [("List-Unsubscribe", "<https://example.com/{{code}}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")],
)


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        yield local


def user_of(number, address=None, **more):
    """A user's endpoint for e-mail."""
    user = EndpointUser(user_id=f"u-{number}", user_attributes={"Name": [f"N<{number}>"]})
    return Endpoint(channel_type="EMAIL", address=address or f"user{number}@example.com", user=user, **more)


def directory_of(count):
    """So many users by e-mail."""
    return {f"u-{number}": [user_of(number)] for number in range(count)}


def sending(local, directory, settings=SENDER, **more):
    """A client that sends e-mail by SES."""
    more.setdefault("retry", RetryPolicy(base_delay=0.0))
    return PinpointUsers(
        local.application_id, transport=local.transport, directory=directory, routes={"EMAIL": settings}, **more
    )


def own_of(count):
    """What each user has of its own."""
    return {
        f"u-{number}": EndpointSendConfiguration(substitutions={"code": [f"<{number}>" if number else ""]})
        for number in range(count)
    }


@pytest.mark.parametrize("settings", [SENDER, BY_THEMSELVES], ids=["in bulk", "by themselves"])
def test_what_each_address_gets_is_the_same_by_both_operations(local, settings):
    with sending(local, directory_of(120), settings) as pinpoint:
        report = pinpoint.send(MESSAGE, own_of(120), context={"campaign": "spring"}, trace_id="t")
    assert report.counts[Outcome.SUCCESSFUL] == 120
    deliveries = {delivery.address: delivery for delivery in local.deliveries()}
    assert len(deliveries) == 120
    first, other = deliveries["user0@example.com"], deliveries["user7@example.com"]
    assert (first.title, first.body, first.html) == ("Hi N<0>", " & user0@example.com", "<p> </p>")
    assert (other.title, other.body, other.html) == ("Hi N<7>", "Code <7> & user7@example.com", "<p>&lt;7&gt; <7></p>")
    assert other.message["FromEmailAddress"] == "=?utf-8?b?R3LDtsOfZQ==?= <news@example.com>"
    headers = {header["Name"]: header["Value"] for header in other.message["Content"]["Simple"]["Headers"]}
    assert headers == {"List-Unsubscribe": "<https://example.com/<7>>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    assert other.context == {"campaign": "spring", "TraceId": "t"}
    (result,) = report.users["u-7"].endpoints.values()
    assert (result.address, result.message_id) == ("user7@example.com", other.message_id)


def test_a_bad_address_costs_its_own_endpoint_and_nothing_else(local):
    directory = {**directory_of(3), "u-1": [user_of(1, "jörg@example.com", id="bad"), user_of(1, id="good")]}
    with sending(local, directory) as pinpoint:
        report = pinpoint.send(MESSAGE, own_of(3))
    assert sorted(delivery.address for delivery in local.deliveries()) == [f"user{number}@example.com" for number in range(3)]
    endpoints = report.users["u-1"].endpoints
    assert endpoints["bad"].delivery_status is DeliveryStatus.PERMANENT_FAILURE
    assert endpoints["good"].delivery_status is DeliveryStatus.SUCCESSFUL


def test_a_recipient_that_is_throttled_is_sent_to_alone_again(local):
    local.throttle(addresses=["user1@example.com"], times=1)
    with sending(local, directory_of(3)) as pinpoint:
        report = pinpoint.send(MESSAGE, own_of(3))
    assert report.counts[Outcome.SUCCESSFUL] == 3
    assert report.users["u-1"].attempts == 2
    assert sorted(delivery.address for delivery in local.deliveries()) == [f"user{number}@example.com" for number in range(3)]


def test_what_would_be_so_for_all_ends_email_while_other_channels_go_on(local):
    local.reject("ACCOUNT_SENDING_PAUSED", addresses=["user1@example.com"], times=None)
    directory = {
        f"u-{number}": [user_of(number), Endpoint(channel_type="SMS", address=f"+1206555{number:04}")] for number in range(300)
    }
    message = DirectMessageConfiguration(email_message=MESSAGE.email_message, sms_message=SMSMessage(body="x"))
    with sending(local, directory, concurrency=1) as pinpoint, stopped_by(ConfigurationError) as caught:
        pinpoint.send(message, own_of(300))
    report = caught.value.report
    channels = [delivery.channel_type for delivery in local.deliveries()]
    assert channels.count("SMS") == 300
    assert channels.count("EMAIL") < 150
    assert report.users["u-299"].outcome is Outcome.PARTIAL
    assert isinstance(report.users["u-299"].error, ConfigurationError)
    assert "sending is paused" in str(report.users["u-299"].error)


def test_a_day_that_is_used_up_is_throttled_and_not_tried_again(local):
    local.reject("ACCOUNT_DAILY_QUOTA_EXCEEDED", addresses=["user1@example.com"], times=None)
    with sending(local, directory_of(3)) as pinpoint, stopped_by(ConfigurationError) as caught:
        pinpoint.send(MESSAGE, own_of(3))
    report = caught.value.report
    assert report.users["u-0"].outcome is Outcome.SUCCESSFUL
    assert report.users["u-1"].outcome is Outcome.THROTTLED
    assert report.users["u-1"].attempts == 1
    assert "quota for 24 hours" in str(report.users["u-1"].error)


def test_an_answer_that_is_lost_sends_to_nobody_twice(local):
    local.truncate_next()
    with sending(local, directory_of(60)) as pinpoint:
        report = pinpoint.send(MESSAGE, own_of(60))
    addresses = [delivery.address for delivery in local.deliveries()]
    assert sorted(addresses) == sorted(set(addresses))
    assert report.counts[Outcome.UNKNOWN] in {10, 50}
    assert report.counts[Outcome.UNKNOWN] + report.counts[Outcome.SUCCESSFUL] == 60


@pytest.mark.parametrize("settings", [SENDER, BY_THEMSELVES], ids=["in bulk", "by themselves"])
def test_a_result_that_is_missing_makes_unknown(local, settings):
    local.alter_next(lambda answer: answer.clear(), times=1)
    with sending(local, directory_of(1), settings) as pinpoint:
        report = pinpoint.send(MESSAGE, own_of(1))
    assert report.users["u-0"].outcome is Outcome.UNKNOWN
