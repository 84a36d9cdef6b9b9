"""SMS and voice version 2 by plain boto3."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.loaders import Loader
from over_http import read_by, refused

from pinpoint_users import BadRequestError, ConnectionLostError, ServiceError, ThrottledError
from pinpoint_users import ReadTimeoutError as NoAnswerError
from pinpoint_users.enums import ChannelType

NUMBER = "+12065550100"
TEXT = {"DestinationPhoneNumber": NUMBER, "MessageBody": "Hi"}
CALL = {**TEXT, "OriginationIdentity": "+12065550199"}
SHAPES = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")["shapes"]
REASONS = {
    reason: name.removesuffix("Reason")
    for name, shape in SHAPES.items()
    if name.endswith("ExceptionReason")
    for reason in shape["enum"]
}


def error(call, **parameters):
    """The parsed error that a call of boto3's comes to."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response


def post(local, operation="SendTextMessage", **members):
    return local.transport.post(operation, "ignored", json.dumps({**CALL, **members}).encode())


def test_a_text(texting, remote):
    more = {"MessageType": "TRANSACTIONAL", "TimeToLive": 5, "Context": {"why": "login"}, "OriginationIdentity": "pool-1"}
    answer = texting.send_text_message(**TEXT, **more)
    (delivery,) = remote.deliveries()
    assert (delivery.channel_type, delivery.address, delivery.body) == (ChannelType.SMS, NUMBER, "Hi")
    assert (delivery.user_id, delivery.endpoint_id, delivery.title, delivery.html) == (None, None, None, None)
    assert delivery.message == {"MessageBody": "Hi", **more}
    assert delivery.context == {"why": "login"}
    assert delivery.message_id == answer["MessageId"]
    assert delivery.request_id == answer["ResponseMetadata"]["RequestId"]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.0"


def test_a_call(texting, remote):
    body = "<speak>Hi</speak>"
    texting.send_voice_message(**{**CALL, "MessageBody": body, "MessageBodyTextType": "SSML", "VoiceId": "AMY"})
    (delivery,) = remote.deliveries()
    assert (delivery.channel_type, delivery.address, delivery.body) == (ChannelType.VOICE, NUMBER, body)
    assert delivery.context == {}


def test_a_dry_run_goes_nowhere(texting, remote):
    assert texting.send_text_message(**TEXT, DryRun=True)["MessageId"]
    remote.reject("DESTINATION_PHONE_NUMBER_OPTED_OUT", addresses=[NUMBER])
    assert error(texting.send_text_message, **TEXT, DryRun=True)["Error"]["Code"] == "ConflictException"
    assert remote.deliveries() == ()


@pytest.mark.parametrize(
    "change",
    [
        {"DestinationPhoneNumber": "(206) 555-0100"},
        {"DestinationPhoneNumber": "+0"},
        {"DestinationPhoneNumber": "+012065550100"},
        {"MessageBody": "x" * 1_601},
        {"MessageBody": " \n"},
        {"Keyword": "x" * 31},
        {"TimeToLive": 259_201},
        {"Context": {f"c{number}": "x" for number in range(6)}},
        {"Context": {"a b": "x"}},
        {"Context": {"a": " x"}},
        {"MaxPrice": "1,5"},
        {"MessageType": "OTHER"},
        {"OriginationIdentity": "a b"},
        {"DestinationCountryParameters": {"XX": "x"}},
    ],
)
def test_a_text_is_refused(texting, remote, change):
    response = error(texting.send_text_message, **{**TEXT, **change})
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Error"]["Code"] == "ValidationException"
    assert response["Reason"] == "FIELD_VALIDATION_FAILED"
    (field,) = response["Fields"]
    (name,) = change
    assert field["Name"].split(".")[0].lower() == name.lower()
    assert field["Message"] in response["Error"]["Message"] == response["Message"]
    assert remote.deliveries() == ()


@pytest.mark.parametrize(
    "change", [{"MessageBody": "x" * 6_001}, {"VoiceId": "Amy"}, {"MessageBodyTextType": "HTML"}, {"TimeToLive": 1_000_000}]
)
def test_a_call_is_refused(texting, remote, change):
    response = error(texting.send_voice_message, **{**CALL, **change})
    assert (response["Error"]["Code"], response["Reason"]) == ("ValidationException", "FIELD_VALIDATION_FAILED")
    texting.send_voice_message(**CALL, TimeToLive=259_200)
    assert len(remote.deliveries()) == 1


def test_what_must_be_there(local, texting, remote):
    response = error(texting.send_text_message, DestinationPhoneNumber=NUMBER)
    assert (response["Reason"], response["Fields"][0]["Name"]) == ("MISSING_PARAMETER", "messageBody")
    with pytest.raises(BadRequestError, match="'originationIdentity' failed to satisfy constraint: Member must not be null"):
        post(local, "SendVoiceMessage", OriginationIdentity=None)
    with pytest.raises(BadRequestError, match="2 validation errors detected"):
        post(local, "SendVoiceMessage", OriginationIdentity=None, DestinationPhoneNumber="x")
    with pytest.raises(BadRequestError, match="'timeToLive' failed to satisfy constraint: Member must have value greater than"):
        post(local, TimeToLive=4)
    with pytest.raises(BadRequestError, match="SerializationException"):
        post(local, TimeToLive="60")
    with pytest.raises(BadRequestError, match="SerializationException"):
        post(local, TimeToLive=True)


# --- what a test lets go wrong


def test_an_opted_out_number(texting, remote):
    remote.reject("DESTINATION_PHONE_NUMBER_OPTED_OUT", addresses=[NUMBER])
    with pytest.raises(texting.exceptions.ConflictException) as caught:
        texting.send_text_message(**TEXT)
    response = caught.value.response
    assert response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert (response["ResourceType"], response["ResourceId"]) == ("opted-out-number", NUMBER)
    words = 'Conflict Occurred - Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT" ResourceType="opted-out-number"'
    assert response["Error"]["Message"] == f'{words} ResourceId="{NUMBER}"'
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    texting.send_text_message(**{**TEXT, "DestinationPhoneNumber": "+12065550101"})
    assert [delivery.address for delivery in remote.deliveries()] == ["+12065550101"]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_is_in_the_error_that_has_it(texting, remote, reason):
    remote.reject(reason)
    calls = [(texting.send_text_message, TEXT), (texting.send_voice_message, CALL)]
    if reason.endswith("_FOR_TEXT"):
        texting.send_voice_message(**CALL)
        calls = calls[:1]
    if reason in {"DAILY_DESTINATION_CALL_LIMIT", "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE"}:
        texting.send_text_message(**TEXT)
        calls = calls[1:]
    for call, parameters in calls:
        response = error(call, **parameters)
        assert (response["Error"]["Code"], response["Reason"]) == (REASONS[reason], reason)
        assert reason in response["Error"]["Message"]
    assert len(remote.deliveries()) == 2 - len(calls)


def test_a_number_is_refused_so_many_times_by_one_operation(texting, remote):
    remote.reject("INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", addresses=[NUMBER], times=2, operation="SendTextMessage")
    texting.send_voice_message(**CALL)
    for _ in range(2):
        assert error(texting.send_text_message, **TEXT)["Reason"] == "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"
    texting.send_text_message(**TEXT)
    assert len(remote.deliveries()) == 2


def test_nobody_is_rejected_for_an_empty_list(texting, remote):
    remote.reject("ACCOUNT_DISABLED", addresses=[])
    texting.send_text_message(**TEXT)
    assert len(remote.deliveries()) == 1


def test_what_cannot_be_scripted(local):
    with pytest.raises(ValueError, match="OPTED_OUT is neither"):
        local.reject("OPTED_OUT")
    with pytest.raises(ValueError, match="SendEmail doesn't give ACCOUNT_DISABLED: SendTextMessage, SendVoiceMessage"):
        local.reject("ACCOUNT_DISABLED", operation="SendEmail")
    with pytest.raises(ValueError, match="SendVoiceMessage doesn't give"):
        local.reject("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", operation="SendVoiceMessage")


def test_a_throttled_number(texting, remote):
    remote.throttle(addresses=[NUMBER])
    with pytest.raises(texting.exceptions.ThrottlingException) as caught:
        texting.send_text_message(**TEXT)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Message"] == "Rate exceeded"
    texting.send_text_message(**TEXT)


def test_the_quota(texting, remote):
    remote.limit_rate(None, endpoints_per_second=0.001)
    texting.send_text_message(**TEXT)
    assert refused(texting.send_text_message, **TEXT) == (400, "ThrottlingException")
    remote.limit_rate(0.001)
    texting.send_voice_message(**CALL)
    assert refused(texting.send_text_message, **TEXT) == (400, "ThrottlingException")
    assert remote.requests == {200: 2, 400: 2}


@pytest.mark.parametrize(
    ("status", "answered", "name"),
    [
        (400, 400, "ValidationException"),
        (403, 400, "AccessDeniedException"),
        (404, 400, "ResourceNotFoundException"),
        (429, 400, "ThrottlingException"),
        (500, 500, "InternalServerException"),
        (503, 503, "ServiceUnavailableException"),
    ],
)
def test_a_scripted_error(texting, remote, status, answered, name):
    remote.fail_next(status, operation="SendVoiceMessage")
    texting.send_text_message(**TEXT)
    assert refused(texting.send_voice_message, **CALL) == (answered, name)
    remote.fail_next(status, code="ExpiredTokenException")
    assert refused(texting.send_text_message, **TEXT) == (answered, "ExpiredTokenException")
    assert len(remote.deliveries()) == 1


def test_a_fault_of_the_server_names_the_request(texting, remote):
    remote.fail_next(500)
    response = error(texting.send_text_message, **TEXT)
    assert response["RequestId"] == response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("accept", [True, False])
def test_an_answer_that_does_not_come(make_boto3, remote, quiet, accept):
    client = make_boto3(service="pinpoint-sms-voice-v2", read_timeout=1)
    remote.hang_next(accept=accept)
    with pytest.raises(ReadTimeoutError):
        client.send_text_message(**TEXT)
    remote.drop_next(accept=accept)
    with pytest.raises(ConnectionClosedError):
        client.send_voice_message(**CALL)
    client.close()
    assert len(remote.deliveries()) == 2 * accept


def test_the_same_without_http(local):
    assert post(local)["MessageId"] == local.deliveries()[0].message_id
    local.reject("DESTINATION_PHONE_NUMBER_OPTED_OUT", addresses=[NUMBER], times=1)
    with pytest.raises(BadRequestError, match='Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT"') as caught:
        post(local)
    assert caught.value.code == "ConflictException"
    local.throttle(addresses=[NUMBER])
    with pytest.raises(ThrottledError):
        post(local)
    local.fail_next(500)
    with pytest.raises(ServiceError):
        post(local)
    local.hang_next()
    with pytest.raises(NoAnswerError):
        post(local)
    local.drop_next()
    with pytest.raises(ConnectionLostError):
        post(local, "SendVoiceMessage")
    local.reject("NO_ORIGINATION_IDENTITIES_FOUND")
    local.clear_faults()
    post(local, "SendVoiceMessage")
    assert [delivery.channel_type for delivery in local.deliveries()] == [ChannelType.SMS, ChannelType.SMS, ChannelType.VOICE]


def test_boto3_reads_all_of_an_answer(make_boto3, remote):
    client = make_boto3(service="pinpoint-sms-voice-v2")
    answers = read_by(client)
    client.send_text_message(**TEXT)
    client.send_voice_message(**CALL)
    error(client.send_text_message, **{**TEXT, "DestinationPhoneNumber": "x", "Keyword": "\n"})
    for reason in ("DESTINATION_PHONE_NUMBER_OPTED_OUT", "ACCOUNT_DISABLED", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"):
        remote.reject(reason, times=1)
        error(client.send_text_message, **TEXT)
    for status in (404, 429, 500):
        remote.fail_next(status)
        error(client.send_text_message, **TEXT)
    assert len(answers) == 9
    for body, parsed in answers:
        name = parsed.pop("Error", {}).get("Code")
        assert body == (parsed if name is None else {**parsed, "__type": name})


# --- the door


def test_an_operation_that_is_not_here(texting):
    assert refused(texting.describe_pools) == (501, "NotImplementedException")


@pytest.mark.parametrize("target", ["PinpointSMSVoiceV2.NoSuch", "Other.SendTextMessage", ""])
def test_an_operation_that_is_not_awss(raw, remote, target):
    raw.request("POST", "/", json.dumps(TEXT), {"X-Amz-Target": target})
    answer = raw.getresponse()
    assert answer.status == 404
    assert answer.read()
    assert remote.deliveries() == ()


def test_one_address_for_every_service(served, remote, monkeypatch):
    import boto3

    for name, value in {**served[1].environment, "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session(region_name="eu-west-1")
    assert session.client("sesv2").get_account()["SendingEnabled"]
    assert session.client("pinpoint-sms-voice-v2").send_text_message(**TEXT)["MessageId"]
    assert session.client("pinpoint").get_apps()["ApplicationsResponse"]["Item"]
    assert len(remote.deliveries()) == 1
