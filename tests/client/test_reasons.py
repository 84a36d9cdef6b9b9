"""Why somebody did not get the message, and what the address book should delete and store."""

from __future__ import annotations

import pytest

from pinpoint_users import (
    AccessDeniedError,
    EndpointMessageResult,
    FailureReason,
    Outcome,
    PinpointUsers,
    RenewedToken,
    RetiredEndpoint,
    StoppedError,
    ThrottledError,
    UndeliveredError,
    UserResult,
    ValidationError,
)

TOKEN = "token-of-a-device-0123"


def result(status, said=None, address=TOKEN):
    return {"Address": address, "DeliveryStatus": status, "StatusCode": 400, "StatusMessage": said}


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        ("SUCCESSFUL", "BadDeviceToken", None),
        ("THROTTLED", None, "THROTTLED"),
        ("TEMPORARY_FAILURE", "Unregistered", "TEMPORARY"),
        ("OPT_OUT", None, "OPTED_OUT"),
        ("DUPLICATE", None, "DUPLICATE"),
        ("UNKNOWN_FAILURE", None, "OTHER"),
        ("TIMEOUT", None, "UNKNOWN"),
        ("PERMANENT_FAILURE", None, "OTHER"),
        ("PERMANENT_FAILURE", "No endpoints found for userId.", "NO_ENDPOINTS"),
        ("PERMANENT_FAILURE", "No message for channel SMS.", "NO_MESSAGE_FOR_CHANNEL"),
        ("PERMANENT_FAILURE", "Phone number is opted out", "OPTED_OUT"),
        ("PERMANENT_FAILURE", '{"errorMessage":"x","pushProviderError":"BadDeviceToken"}', "DEAD_TOKEN"),
        ("PERMANENT_FAILURE", "INVALID_ARGUMENT: not a valid FCM registration token", "DEAD_TOKEN"),
        ("PERMANENT_FAILURE", "INVALID_ARGUMENT", "CONFIGURATION"),
        ("PERMANENT_FAILURE", "Invalid Credentials (Unregistered)", "CONFIGURATION"),
        ("PERMANENT_FAILURE", "No channel of type GCM", "CONFIGURATION"),
        ("PERMANENT_FAILURE", "AccessDenied", "CONFIGURATION"),
    ],
)
def test_reasons(status, said, reason):
    assert EndpointMessageResult.from_dict(result(status, said)).reason == reason


@pytest.mark.parametrize("address", ["+12065550100", "a@example.com"])
def test_what_is_no_token_is_not_a_dead_one(address):
    assert EndpointMessageResult.from_dict(result("PERMANENT_FAILURE", "unregistered", address)).reason is FailureReason.OTHER


@pytest.fixture
def pinpoint(service):
    dead = result("PERMANENT_FAILURE", "NotRegistered")
    renewed = {**result("SUCCESSFUL"), "UpdatedToken": "another-token-456789"}
    service.change = lambda answer: {
        **answer,
        "Result": {
            "a": {"a-1": dead, "a-2": result("DUPLICATE")},
            "b": {"b-1": renewed, "b-2": dead, "b-3": result("DUPLICATE")},
        },
    }
    with PinpointUsers("app", transport=service) as pinpoint:
        yield pinpoint


def test_what_to_delete_and_what_to_store(pinpoint, message):
    report = pinpoint.send(message, ["a", "b"])
    dead = EndpointMessageResult.from_dict(result("PERMANENT_FAILURE", "NotRegistered"))
    assert report.retired == (RetiredEndpoint("a", "a-1", TOKEN, dead), RetiredEndpoint("b", "b-2", TOKEN, dead))
    assert report.renewed == (RenewedToken("b", "b-1", TOKEN, "another-token-456789"),)
    assert TOKEN not in repr(report.retired)
    assert "another-token" not in repr(report.renewed)
    streamed = {user.user_id: user for user in pinpoint.stream(message, ["a", "b"])}
    assert streamed["a"].retired + streamed["b"].retired == report.retired
    assert streamed["b"].renewed == report.renewed


def test_some_reasons_can_be_left_out(pinpoint, message):
    report = pinpoint.send(message, ["a", "b"])
    assert report.users["b"].reason is FailureReason.DEAD_TOKEN
    with pytest.raises(UndeliveredError):
        report.raise_for_failures()
    with pytest.raises(UndeliveredError):
        report.raise_for_failures(ignore=["DEAD_TOKEN"])
    report.raise_for_failures(ignore=["DEAD_TOKEN", FailureReason.DUPLICATE])


@pytest.mark.parametrize(
    ("ignore", "said"), [("DEAD_TOKEN", r"write \['DEAD_TOKEN'\]"), (["DEAD"], "'DEAD' isn't a FailureReason")]
)
def test_a_wrong_word_is_refused(pinpoint, message, ignore, said):
    with pytest.raises(ValidationError, match=said):
        pinpoint.send(message, ["a", "b"]).raise_for_failures(ignore=ignore)


@pytest.mark.parametrize(
    ("outcome", "error", "reason"),
    [
        ("SUCCESSFUL", None, None),
        ("UNKNOWN", None, "UNKNOWN"),
        ("NOT_SENT", ThrottledError("429"), "THROTTLED"),
        ("NOT_SENT", AccessDeniedError("403"), "CONFIGURATION"),
        ("NOT_SENT", StoppedError("closed"), "NOT_SENT"),
        ("NOT_SENT", None, "NOT_SENT"),
    ],
)
def test_the_reason_of_a_user_without_results(outcome, error, reason):
    assert UserResult(user_id="u", outcome=Outcome(outcome), error=error).reason == reason
