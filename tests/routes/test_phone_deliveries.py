"""Text messages and phone calls to users of a directory, which the embedded service delivers, or refuses as AWS does."""

from __future__ import annotations

import pytest

import pinpoint_users as p
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import TextMessaging, VoiceMessaging

FROM = "+12065550199"
TEXT, VOICE = TextMessaging(origination_identity="pool-1"), VoiceMessaging(origination_identity=FROM)
MESSAGE = p.DirectMessageConfiguration(
    sms_message=p.SMSMessage(body="Hi {{User.UserAttributes.Name}}"), voice_message=p.VoiceMessage(body="<speak>Hi</speak>")
)
WAYS = pytest.mark.parametrize("channel", ["SMS", "VOICE"])


def number(index):
    return f"+1206555{index:04}"


def directory(count, channels):
    person = p.EndpointUser(user_attributes={"Name": ["Ann"]})
    return {
        f"u-{index}": [p.Endpoint(channel_type=channel, address=number(index), user=person) for channel in channels]
        for index in range(count)
    }


def client(local, endpoints, *, text=TEXT, **how):
    routes = {"SMS": text, "VOICE": VOICE}
    return p.PinpointUsers(local.application_id, transport=local.transport, directory=endpoints, routes=routes, **how)


def sent(local, count, channels, *, message=MESSAGE, own=None, **how):
    endpoints = directory(count, channels)
    with client(local, endpoints, **how) as pinpoint:
        try:
            return pinpoint.send(message, own or list(endpoints), context={"a": "b"}, trace_id="t")
        except p.RunStoppedError as stopped:
            return stopped.report


def statuses(report):
    return [str(result.delivery_status) for user in report.users.values() for result in user.endpoints.values()]


def test_both_are_delivered():
    with LocalPinpoint() as local:
        report = sent(local, 1, ["SMS", "VOICE"])
        got = {each.channel_type: each for each in local.deliveries()}
    report.raise_for_failures()
    assert got["SMS"].body == "Hi Ann"
    assert got["SMS"].message["OriginationIdentity"] == "pool-1"
    assert (got["VOICE"].body, got["VOICE"].message["MessageBodyTextType"]) == ("<speak>Hi</speak>", "SSML")
    assert [dict(each.context) for each in got.values()] == [{"a": "b", "TraceId": "t"}] * 2
    told = {result.message_id for result in report.users["u-0"].endpoints.values()}
    assert told == {each.message_id for each in got.values()}


@WAYS
@pytest.mark.parametrize(
    "reason",
    [
        "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "NO_ORIGINATION_IDENTITIES_FOUND",
        "PRICE_OVER_THRESHOLD",
    ],
)
def test_many_numbers_of_a_refused_kind_cost_nobody_else(channel, reason):
    with LocalPinpoint() as local:
        local.reject(reason, addresses=[number(index) for index in range(30)])
        report = sent(local, 31, [channel])
        assert [each.address for each in local.deliveries()] == [number(30)]
    status = "OPT_OUT" if reason.endswith("OPTED_OUT") else "PERMANENT_FAILURE"
    assert statuses(report) == [status] * 30 + ["SUCCESSFUL"]


@WAYS
def test_a_fault_of_all_that_names_no_one_closes_the_channel_after_some(channel):
    with LocalPinpoint() as local:
        local.reject("FIELD_VALIDATION_FAILED")
        report = sent(local, 300, [channel], concurrency=1)
        assert not local.deliveries()
    assert 10 <= statuses(report).count("PERMANENT_FAILURE") < 300
    assert {user.outcome for user in report.users.values()} == {p.Outcome.FAILED, p.Outcome.NOT_SENT}


@pytest.mark.parametrize(("spent", "goes_on"), [("TEXT", "VOICE"), ("VOICE", "SMS")])
def test_a_spend_limit_stops_its_channel_while_the_other_goes_on(spent, goes_on):
    with LocalPinpoint() as local:
        local.reject(f"MONTHLY_SPEND_LIMIT_REACHED_FOR_{spent}")
        report = sent(local, 20, ["SMS", "VOICE"])
        assert {each.channel_type for each in local.deliveries()} == {goes_on}
        assert len(local.deliveries()) == 20
    assert len(report.users) == 20


@pytest.mark.parametrize("reason", ["ACCOUNT_DISABLED", "INSUFFICIENT_ACCOUNT_REPUTATION"])
def test_an_account_that_may_send_nothing_stops_the_run(reason):
    endpoints = directory(5, ["SMS"])
    with LocalPinpoint() as local, client(local, endpoints) as pinpoint:
        local.reject(reason)
        with pytest.raises(p.RunStoppedError) as caught:
            pinpoint.send(MESSAGE, list(endpoints))
        assert not local.deliveries()
    assert isinstance(caught.value.reason, p.AccessDeniedError)
    assert caught.value.reason.reason == reason
    assert "ask AWS Support" in str(caught.value.reason)


@WAYS
def test_who_is_throttled_goes_again_alone(channel):
    with LocalPinpoint() as local:
        local.throttle(addresses=[number(0)])
        report = sent(local, 3, [channel])
        assert sorted(each.address for each in local.deliveries()) == [number(0), number(1), number(2)]
    report.raise_for_failures()
    assert report.users["u-0"].attempts == 2


@WAYS
def test_what_may_have_been_sent_is_unknown_and_goes_to_nobody_twice(channel):
    operation = "SendTextMessage" if channel == "SMS" else "SendVoiceMessage"
    with LocalPinpoint() as local:
        local.fail_next(status=500, operation=operation)
        report = sent(local, 3, [channel])
        assert len(local.deliveries()) == 2
    assert [user.outcome for user in report.users.values()].count(p.Outcome.UNKNOWN) == 1


def test_a_text_that_does_not_fit_costs_its_own_user():
    own = {"u-0": p.EndpointSendConfiguration(body_override="x" * 1_601), "u-1": p.EndpointSendConfiguration()}
    with LocalPinpoint() as local:
        report = sent(local, 2, ["SMS"], own=own)
        assert [each.address for each in local.deliveries()] == [number(1)]
    assert statuses(report) == ["PERMANENT_FAILURE", "SUCCESSFUL"]


@pytest.mark.parametrize(("body", "seconds"), [("x" * 160, 9 / 3), ("x" * 161, 18 / 3)])
def test_the_rate_counts_parts(body, seconds):
    message = p.DirectMessageConfiguration(sms_message=p.SMSMessage(body=body))
    with LocalPinpoint() as local:
        began = local.transport.monotonic()
        report = sent(local, 10, ["SMS"], message=message, text=TextMessaging(parts_per_second=3))
        took = local.transport.monotonic() - began
    report.raise_for_failures()
    assert took == pytest.approx(seconds, rel=0.2)


def test_a_dry_run_reaches_nobody():
    with LocalPinpoint() as local:
        report = sent(local, 1, ["SMS"], text=TextMessaging(dry_run=True))
        assert not local.deliveries()
    (result,) = report.users["u-0"].endpoints.values()
    assert result.status_message == "Dry run: checked by the service, and not sent."
