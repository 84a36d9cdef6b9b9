"""Text messages and phone calls that the embedded service delivers, or refuses as AWS does."""

from __future__ import annotations

import pytest
from phones import NUMBER, call, recipient, sms

import pinpoint_users as p
from pinpoint_users._routes.targets_job import TargetsJob
from pinpoint_users.local import LocalPinpoint

OTHER = "+12065550101"
WAYS = pytest.mark.parametrize(("make", "channel"), [(sms, "SMS"), (call, "VOICE")], ids=["text", "voice"])


def deliver(local, route, *targets):
    """What becomes of each target: its results, or the error that would stop the channel."""
    told = []
    for operation, group in route.requests(targets):
        job = TargetsJob(route, operation, group, 1)
        try:
            readings = job.read(local.transport.post(operation, "", job.body()))
        except p.RequestError as error:
            readings = job.explain(error)
        if isinstance(readings, p.RequestError):
            told.append(readings)
        else:
            told += [result for reading in readings.others for result in reading.endpoints.values()]
    return told


@WAYS
def test_what_is_delivered(make, channel):
    with LocalPinpoint() as local:
        route = make(body="Hi {{User.UserAttributes.Name}}", context={"a": "b"}, trace_id="t")
        (result,) = deliver(local, route, recipient(channel))
        (delivery,) = local.deliveries()
    assert (delivery.channel_type, delivery.address, delivery.body) == (channel, NUMBER, "Hi Ann")
    assert delivery.context == {"a": "b", "TraceId": "t"}
    assert (result.delivery_status, result.message_id) == ("SUCCESSFUL", delivery.message_id)


@WAYS
def test_who_has_opted_out_costs_nobody_else(make, channel):
    with LocalPinpoint() as local:
        local.reject("DESTINATION_PHONE_NUMBER_OPTED_OUT", addresses=[NUMBER])
        results = deliver(local, make(), recipient(channel), recipient(channel, OTHER))
        assert [each.address for each in local.deliveries()] == [OTHER]
    assert [result.delivery_status for result in results] == ["OPT_OUT", "SUCCESSFUL"]
    assert results[0].reason is p.FailureReason.OPTED_OUT


def test_a_spend_limit_is_of_the_channel():
    with LocalPinpoint() as local:
        local.reject("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
        (error,) = deliver(local, sms(), recipient())
        (called,) = deliver(local, call(), recipient("VOICE"))
    assert isinstance(error, p.ConfigurationError)
    assert error.reason == "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
    assert "ask AWS for a higher quota" in str(error)
    assert called.delivery_status is p.DeliveryStatus.SUCCESSFUL


def test_throttling_goes_to_the_engine():
    with LocalPinpoint() as local:
        local.throttle(addresses=[NUMBER])
        throttled, sent = deliver(local, sms(), recipient(), recipient(address=OTHER))
    assert type(throttled) is p.ThrottledError
    assert sent.delivery_status is p.DeliveryStatus.SUCCESSFUL
