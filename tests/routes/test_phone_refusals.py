"""What SMS and voice version 2 refuses is a recipient's, a country's, the channel's or the account's, and no more than that."""

from __future__ import annotations

import json

import boto3
import botocore
import botocore.config
import botocore.exceptions
import pytest
from peer import Peer, answer, say
from phones import MODEL, NUMBER, call, recipient, sms

import pinpoint_users as p
from pinpoint_users._routes.targets_job import TargetsJob
from pinpoint_users._transport.base import answer_error
from pinpoint_users._transport.failures import Moment, translate_error

TEXT, VOICE = "SendTextMessage", "SendVoiceMessage"
CONFLICT, INVALID, QUOTA, DENIED = (
    "ConflictException",
    "ValidationException",
    "ServiceQuotaExceededException",
    "AccessDeniedException",
)
OF_RECIPIENTS = [
    (CONFLICT, "DESTINATION_PHONE_NUMBER_OPTED_OUT"),
    (CONFLICT, "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
    (CONFLICT, "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
    (CONFLICT, "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
    (CONFLICT, "NO_ORIGINATION_IDENTITIES_FOUND"),
    (INVALID, "COUNTRY_CODE_MISMATCH"),
    (INVALID, "COUNTRY_NOT_ENABLED"),
    (INVALID, "DESTINATION_COUNTRY_BLOCKED"),
    (INVALID, "INTERNATIONAL_SENDING_NOT_SUPPORTED"),
    (INVALID, "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
    (INVALID, "PRICE_OVER_THRESHOLD"),
    (INVALID, "SENDER_ID_NOT_REGISTERED"),
    (INVALID, "SENDER_ID_NOT_SUPPORTED"),
    (INVALID, "SENDER_ID_REQUIRES_REGISTRATION"),
    (QUOTA, "DAILY_DESTINATION_CALL_LIMIT"),
]
PERHAPS_OF_ALL = [(INVALID, "FIELD_VALIDATION_FAILED"), (INVALID, "OTHER"), (INVALID, None), (CONFLICT, "NEW_REASON")]
OF_THE_CHANNEL = [
    (QUOTA, "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", p.ConfigurationError),
    (QUOTA, "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE", p.ConfigurationError),
    (DENIED, "INSUFFICIENT_ACCOUNT_REPUTATION", p.AccessDeniedError),
    (DENIED, "ACCOUNT_DISABLED", p.AccessDeniedError),
    (DENIED, None, p.AccessDeniedError),
    ("ResourceNotFoundException", None, p.ConfigurationError),
    (CONFLICT, "RESOURCE_NOT_ACTIVE", p.BadRequestError),
    (CONFLICT, "MESSAGE_TYPE_MISMATCH", p.BadRequestError),
    (INVALID, "CHANNEL_NOT_ENABLED", p.BadRequestError),
]


def job(channel="SMS"):
    route, operation = (sms(), TEXT) if channel == "SMS" else (call(), VOICE)
    return TargetsJob(route, operation, [recipient(channel)], 1)


def error_over_http(operation, code, reason, *, status="400 Bad Request", words="Conflict Occurred"):
    """The error that the transport makes of botocore's, which comes by HTTP."""
    body = {"__type": f"com.amazonaws#{code}", "Message": words, **({"Reason": reason} if reason else {})}
    with Peer(at="request", act=say(answer(json.dumps(body).encode(), status=status)), is_failing=True) as peer:
        client = boto3.client(
            "pinpoint-sms-voice-v2",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{peer.port}",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        send = {TEXT: client.send_text_message, VOICE: client.send_voice_message}[operation]
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            send(DestinationPhoneNumber=NUMBER, OriginationIdentity="x")
        client.close()
    return translate_error(operation, Moment.EXCHANGING, caught.value)


def results_of(readings):
    return [result for reading in readings.others for result in reading.endpoints.values()]


@pytest.mark.parametrize(("code", "reason"), OF_RECIPIENTS)
def test_a_recipients_fault_is_the_recipients(code, reason):
    error = error_over_http(TEXT, code, reason)
    assert (error.code, error.reason, error.status_code, error.sent) == (code, reason, 400, p.Sent.NOT_SENT)
    readings = job().explain(error)
    (result,) = results_of(readings)
    is_opt_out = reason == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert result.delivery_status == ("OPT_OUT" if is_opt_out else "PERMANENT_FAILURE")
    assert (result.reason is p.FailureReason.OPTED_OUT) is is_opt_out
    assert (result.address, result.status_code) == (NUMBER, 400)
    assert reason in result.status_message
    assert "Conflict Occurred" in result.status_message
    assert readings.refusal is None, "ten of them in a row would stop the others' messages"


@pytest.mark.parametrize(("code", "reason"), PERHAPS_OF_ALL)
def test_a_refusal_without_a_known_reason_is_the_recipients_until_it_is_everybodys(code, reason):
    readings = job().explain(error_over_http(TEXT, code, reason))
    assert [result.delivery_status for result in results_of(readings)] == ["PERMANENT_FAILURE"]
    assert readings.refusal is not None


@pytest.mark.parametrize(("code", "reason", "kind"), OF_THE_CHANNEL)
def test_what_would_fail_for_all_closes_the_channel(code, reason, kind):
    error = error_over_http(VOICE, code, reason)
    assert type(error) is kind
    assert isinstance(error, p.ConfigurationError)
    assert job("VOICE").explain(error) is error
    assert not job("VOICE").narrows(error)
    assert (reason or code) in str(error)


def test_a_status_of_5xx_is_doubtful_whatever_the_code():
    error = error_over_http(TEXT, "ThrottlingException", None, status="503 Service Unavailable")
    assert (type(error), error.sent) == (p.ServiceError, p.Sent.PERHAPS_SENT)


@pytest.mark.parametrize("status", ["400 Bad Request", "409 Conflict", "429 Too Many Requests"])
def test_the_code_decides_and_not_the_status(status):
    kinds = {
        "ThrottlingException": (p.ThrottledError, p.Sent.NOT_SENT),
        "InternalServerException": (p.ServiceError, p.Sent.PERHAPS_SENT),
        CONFLICT: (p.BadRequestError, p.Sent.NOT_SENT),
    }
    for code, (kind, was_sent) in kinds.items():
        error = error_over_http(TEXT, code, None, status=status)
        assert (type(error), error.sent, error.reason) == (kind, was_sent, None)
        if kind is not p.BadRequestError:
            assert job().explain(error) is error


def test_every_error_of_the_model_is_known_by_its_code():
    for operation in (TEXT, VOICE):
        shapes = MODEL.operation_model(operation).error_shapes
        assert {type(answer_error(operation, 418, code=shape.name)) for shape in shapes} >= {p.ThrottledError, p.ServiceError}
        for shape in shapes:
            as_said = answer_error(operation, 409, code=shape.name)
            assert (as_said.sent is p.Sent.PERHAPS_SENT) is (shape.name == "InternalServerException")


@pytest.mark.skipif(botocore.__version__.startswith("1.36."), reason="the model has got reasons since")
def test_every_reason_that_is_expected_is_in_the_model():
    shapes = MODEL._service_description["shapes"]
    for code, reason, *_ in [*OF_RECIPIENTS, *OF_THE_CHANNEL]:
        assert reason is None or reason in shapes[f"{code}Reason"]["enum"]


def test_a_reason_that_aws_has_in_its_words_is_not_said_twice():
    error = answer_error(TEXT, 400, code=CONFLICT, message='Conflict Occurred - Reason="X"', reason="X")
    assert str(error).count("X") == 1
    assert "(Y)" in str(answer_error(TEXT, 400, code=CONFLICT, message="no", reason="Y"))


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        (TEXT, "sms-voice:SendTextMessage"),
        (VOICE, "sms-voice:SendVoiceMessage"),
        ("SendEmail", "ses:SendEmail"),
        ("SendBulkEmail", "ses:SendBulkEmail"),
        ("SendUsersMessages", "mobiletargeting:SendUsersMessages"),
    ],
)
def test_a_missing_permission_is_named_as_iam_has_it(operation, action):
    error = answer_error(operation, 403, code=DENIED, message="not authorized")
    assert type(error) is p.AccessDeniedError
    assert action in str(error)


def test_an_error_that_is_none_of_the_models_goes_by_its_status():
    assert "have expired" in str(answer_error(TEXT, 400, code="ExpiredTokenException"))
    assert answer_error(TEXT, 503).sent is p.Sent.PERHAPS_SENT
    assert type(answer_error("SendMessages", 400, code=CONFLICT)) is p.BadRequestError
    assert type(answer_error("SendMessages", 409, code=CONFLICT)) is p.ServiceError


def test_an_odd_reason_is_none():
    response = {"Error": {"Code": INVALID, "Message": "no"}, "Reason": 7}
    assert translate_error(TEXT, Moment.EXCHANGING, botocore.exceptions.ClientError(response, TEXT)).reason is None
