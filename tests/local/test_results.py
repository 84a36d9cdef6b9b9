"""What comes back for each endpoint, user and address."""

from __future__ import annotations

import json

import pytest

from pinpoint_users import (
    ApplicationNotFoundError,
    BadRequestError,
    DirectMessageConfiguration,
    Outcome,
    PayloadTooLargeError,
    RetryPolicy,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

SMS = {"SMSMessage": {"Body": "Hi"}}


def test_success(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")
    result = send(SMS)["u"]["e"]
    assert result == {
        "Address": "+12065550100",
        "DeliveryStatus": "SUCCESSFUL",
        "MessageId": result["MessageId"],
        "StatusCode": 200,
        "StatusMessage": f"MessageId: {result['MessageId']}",
    }


def test_a_user_without_endpoints(send):
    expected = {
        "Address": "",
        "DeliveryStatus": "PERMANENT_FAILURE",
        "StatusCode": 400,
        "StatusMessage": "No endpoints found for userId.",
    }
    assert send(SMS) == {"u": {"": expected}}


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ({"opt_out": "ALL"}, "OPT_OUT", "opted out"),
        ({"endpoint_status": "INACTIVE"}, "PERMANENT_FAILURE", "inactive"),
        ({"channel_type": "EMAIL"}, "PERMANENT_FAILURE", "No message for channel EMAIL"),
        ({"address": ""}, "PERMANENT_FAILURE", "no address"),
        ({"address": "nope"}, "PERMANENT_FAILURE", "Invalid phone number"),
    ],
)
def test_an_endpoint_that_gets_nothing_beside_one_that_does(local, send, options, status, words):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="good")
    local.add_endpoint(**{"user_id": "u", "channel_type": "SMS", "address": "+12065550101", "endpoint_id": "bad", **options})
    results = send(SMS)["u"]
    assert results["good"]["DeliveryStatus"] == "SUCCESSFUL"
    assert results["bad"]["DeliveryStatus"] == status
    assert results["bad"]["StatusCode"] == 400
    assert words in results["bad"]["StatusMessage"]
    assert [delivery.endpoint_id for delivery in local.deliveries()] == ["good"]


def test_an_address_gets_one_request_once(local, send):
    for number in (1, 2):
        local.add_endpoint(user_id=f"u-{number}", channel_type="SMS", address="+12065550100", endpoint_id=f"e-{number}")
    results = send(SMS, {"u-1": {}, "u-2": {}})
    assert results["u-1"]["e-1"]["DeliveryStatus"] == "SUCCESSFUL"
    assert results["u-2"]["e-2"]["DeliveryStatus"] == "DUPLICATE"
    assert send(SMS, {"u-2": {}})["u-2"]["e-2"]["DeliveryStatus"] == "SUCCESSFUL"
    assert len(local.deliveries()) == 2


def test_a_number_is_called_and_written_to(local, send):
    for channel_type in ("SMS", "VOICE"):
        local.add_endpoint(user_id="u", channel_type=channel_type, address="+12065550100")
    results = send({"DefaultMessage": {"Body": "Hi"}})["u"].values()
    assert [result["DeliveryStatus"] for result in results] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_send_messages_to_endpoints_with_the_users_configuration(local, send_messages):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")
    answer = send_messages(SMS, Endpoints={"e": {"BodyOverride": "own"}, "unknown": {}}, TraceId="t")
    assert answer["ApplicationId"] == local.application_id
    assert "Result" not in answer
    assert answer["EndpointResult"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    assert answer["EndpointResult"]["e"]["Address"] == "+12065550100"
    assert answer["EndpointResult"]["unknown"]["DeliveryStatus"] == "PERMANENT_FAILURE"
    (delivery,) = local.deliveries()
    assert (delivery.user_id, delivery.endpoint_id, delivery.body, delivery.trace_id) == ("u", "e", "own", "t")
    assert delivery.request_id == answer["RequestId"]


def test_send_messages_to_addresses(local, send_messages):
    answer = send_messages(
        SMS,
        Addresses={
            "+12065550100": {"ChannelType": "SMS", "Substitutions": {}, "BodyOverride": "to {{Address}}"},
            "ann@example.com": {"ChannelType": "EMAIL"},
            "nowhere": {},
        },
    )
    assert "EndpointResult" not in answer
    assert answer["Result"]["+12065550100"]["DeliveryStatus"] == "SUCCESSFUL"
    assert "Address" not in answer["Result"]["+12065550100"]
    assert {answer["Result"][address]["DeliveryStatus"] for address in ("ann@example.com", "nowhere")} == {"PERMANENT_FAILURE"}
    (delivery,) = local.deliveries()
    assert (delivery.user_id, delivery.endpoint_id, delivery.body) == (None, None, "to +12065550100")


def test_a_request_of_100_is_taken_and_of_101_refused(local, send, send_messages):
    assert len(send(SMS, {f"u-{number}": {} for number in range(100)})) == 100
    with pytest.raises(BadRequestError, match="101 items, at most 100"):
        send(SMS, {f"u-{number}": {} for number in range(101)})
    addresses = {f"+120655501{number:02}": {"ChannelType": "SMS"} for number in range(100)}
    assert len(send_messages(SMS, Addresses=addresses)["Result"]) == 100
    local.clear_deliveries()
    with pytest.raises(BadRequestError, match="101 recipients, at most 100"):
        send_messages(SMS, Addresses=addresses, Endpoints={"e": {}})
    assert local.deliveries() == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "isn't JSON"),
        (b"{", "isn't JSON"),
        (b"\xff", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b"[]", "isn't a JSON object"),
        (b"{}", "MessageConfiguration: is required"),
        (b'{"MessageConfiguration": {"SMSMesage": {}}, "Users": {}}', "did you mean SMSMessage"),
        (b'{"MessageConfiguration": {}, "Users": {}, "SendUsersMessageRequest": {}}', "no member"),
        (b'{"MessageConfiguration": {}, "Users": {"u": {"Substitutions": {"a": "b"}}}}', "must be a list of strings"),
        (b'{"MessageConfiguration": {"APNSMessage": {"Badge": "1"}}, "Users": {}}', "must be an int"),
        (b'{"MessageConfiguration": {}, "TemplateConfiguration": {"SMSTemplate": {"Version": "1"}}, "Users": {}}', "no name"),
        (b'{"MessageConfiguration": {}, "Users": {"\\ud800": {}}}', "surrogate"),
    ],
)
def test_a_request_that_the_service_refuses(local, body, words):
    with pytest.raises(BadRequestError, match=words) as caught:
        local.transport.post("SendUsersMessages", local.application_id, body)
    assert (caught.value.status_code, caught.value.code) == (400, "BadRequestException")
    assert caught.value.request_id


def test_an_empty_template_configuration_is_none(send):
    assert send(SMS, TemplateConfiguration={}).keys() == {"u"}


def test_an_unknown_application(local):
    body = json.dumps({"MessageConfiguration": SMS, "Users": {}}).encode()
    with pytest.raises(ApplicationNotFoundError) as caught:
        local.transport.post("SendUsersMessages", "other", body)
    assert (caught.value.status_code, caught.value.code) == (404, "NotFoundException")


def test_a_request_over_7_mb(local):
    with pytest.raises(PayloadTooLargeError):
        local.transport.post("SendUsersMessages", local.application_id, b" " * 7_000_001)


def test_an_answer_over_7_mb_sends_nothing(local, send):
    local.add_endpoints(
        {"ChannelType": "SMS", "Address": f"{number}-{endpoint}-{'x' * 5_000}", "User": {"UserId": f"u-{number}"}}
        for number in range(100)
        for endpoint in range(14)
    )
    with pytest.raises(PayloadTooLargeError):
        send(SMS, {f"u-{number}": {} for number in range(100)})
    assert local.deliveries() == ()


def test_the_typed_client_end_to_end(local):
    local.add_endpoint(user_id="ann", channel_type="SMS", address="+12065550100")
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="Hi"))
    with local.client(retry=RetryPolicy(max_attempts=1)) as client:
        report = client.send(message, ["ann", "nobody"])
    assert report.users["ann"].outcome is Outcome.SUCCESSFUL
    assert report.users["nobody"].outcome is Outcome.FAILED


def test_another_default_application():
    with LocalPinpoint(application_id="mine") as local:
        assert local.application_id == "mine"
        assert local.client().send(DirectMessageConfiguration(sms_message=SMSMessage(body="Hi")), ["u"]).users.keys() == {"u"}
