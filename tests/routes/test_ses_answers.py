"""What SES answers, as results: by position, and what would be so for all ends the way out, and no address."""

from __future__ import annotations

import pytest
from ses_way import route_of, target_of

from pinpoint_users import (
    AccessDeniedError,
    ConfigurationError,
    ConnectionLostError,
    DeliveryStatus,
    EndpointMessageResult,
    FailureReason,
    RequestError,
    RetryPolicy,
    Sent,
    ServiceError,
    ThrottledError,
)
from pinpoint_users._rate.limiter import RateLimiter
from pinpoint_users._requests.jobs import Readings
from pinpoint_users._routes.targets_job import TargetsJob
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.pacing import Pace
from pinpoint_users._transport.base import answer_error

TARGETS = [target_of("a@example.com"), target_of("b@example.com"), target_of("c@example.com")]
OK = {"Status": "SUCCESS", "MessageId": "id"}
CLOSING = {
    "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "CONFIGURATION_SET_NOT_FOUND",
    "TEMPLATE_NOT_FOUND",
    "INVALID_SENDING_POOL_NAME",
    "ACCOUNT_SUSPENDED",
    "ACCOUNT_SENDING_PAUSED",
    "CONFIGURATION_SET_SENDING_PAUSED",
}


def read(*entries):
    """The results of three recipients."""
    return route_of().results("SendBulkEmail", {"BulkEmailEntryResults": [*entries]}, TARGETS)


def closing(*entries):
    """Why an answer ends the way out."""
    return route_of().closing_error("SendBulkEmail", {"BulkEmailEntryResults": [*entries]})


def explained(status, code, message, *, count=1, operation="SendEmail"):
    """What a refusal says to so many recipients."""
    error = answer_error(operation, status, code=code, message=message, request_id="r", retry_after=2.0)
    return error, route_of().explain(error, TARGETS[:count])


def test_results_come_by_position():
    first, second, third = read(OK, {"Status": "MESSAGE_REJECTED", "Error": "No."}, {"Status": "SUCCESS"})
    assert first == EndpointMessageResult(
        address="a@example.com", delivery_status="SUCCESSFUL", message_id="id", status_code=200
    )
    assert (second.address, second.status_message) == ("b@example.com", "MESSAGE_REJECTED: No.")
    assert (third.address, third.delivery_status, third.message_id) == ("c@example.com", DeliveryStatus.SUCCESSFUL, None)


@pytest.mark.parametrize(
    ("status", "told", "code", "reason"),
    [
        ("ACCOUNT_THROTTLED", "THROTTLED", 429, FailureReason.THROTTLED),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "THROTTLED", 429, FailureReason.THROTTLED),
        ("TRANSIENT_FAILURE", "TEMPORARY_FAILURE", 503, FailureReason.TEMPORARY),
        ("FAILED", "UNKNOWN_FAILURE", 500, FailureReason.OTHER),
        ("MESSAGE_REJECTED", "PERMANENT_FAILURE", 400, FailureReason.OTHER),
        ("INVALID_PARAMETER", "PERMANENT_FAILURE", 400, FailureReason.OTHER),
        *(
            (status, "PERMANENT_FAILURE", 404 if "NOT_FOUND" in status else 400, FailureReason.CONFIGURATION)
            for status in sorted(CLOSING)
        ),
    ],
)
def test_every_status_has_its_delivery_status(status, told, code, reason):
    _, result, _ = read(OK, {"Status": status, "Error": "Words."}, OK)
    assert (result.delivery_status.value, result.status_code, result.reason) == (told, code, reason)
    assert result.status_message == f"{status}: Words."
    assert read(OK, {"Status": status}, OK)[1].status_message == status


@pytest.mark.parametrize("status", [*sorted(CLOSING), "ACCOUNT_DAILY_QUOTA_EXCEEDED"])
def test_a_status_that_all_would_get_ends_the_way_out(status):
    error = closing(OK, {"Status": status, "Error": "Words."}, OK)
    assert type(error) is ConfigurationError
    assert error.code == status
    assert error.sent is Sent.NOT_SENT
    assert str(error).startswith(f"SendBulkEmail: {status}: Words.: ")


def test_the_sandbox_ends_the_way_out_and_kills_no_address():
    said = "Email address is not verified. The following identities failed the check in region EU-WEST-1: b@example.com"
    entry = {"Status": "MESSAGE_REJECTED", "Error": said}
    assert "sandbox" in str(closing(OK, entry, OK))
    assert read(OK, entry, OK)[1].reason is FailureReason.CONFIGURATION
    assert "sandbox" in str(closing({"Status": "NEW_STATUS", "Error": said}))


@pytest.mark.parametrize("status", ["SUCCESS", "ACCOUNT_THROTTLED", "TRANSIENT_FAILURE", "FAILED", "MESSAGE_REJECTED", "NEW"])
def test_a_status_of_a_recipient_doesnt_end_it(status):
    assert closing({"Status": status, "Error": "Words."}) is None


@pytest.mark.parametrize("answer", [{}, {"BulkEmailEntryResults": None}, {"BulkEmailEntryResults": "x"}, {"MessageId": "x"}])
def test_what_cant_be_read_doesnt_end_it_either(answer):
    assert route_of().closing_error("SendBulkEmail", answer) is None
    assert route_of().results("SendBulkEmail", answer, TARGETS) == [None] * 3


@pytest.mark.parametrize("entries", [[], [OK], [OK, OK], [OK] * 4])
def test_another_number_of_results_than_of_recipients_says_nothing_of_any(entries):
    assert read(*entries) == [None] * 3


@pytest.mark.parametrize("entry", [None, "SUCCESS", {}, {"Status": None}, {"Status": 7}, {"MessageId": "x"}])
def test_an_entry_that_cant_be_read_is_unknown_and_no_other_is(entry):
    first, second, third = read(OK, entry, OK)
    assert second is None
    assert first.delivery_status is third.delivery_status is DeliveryStatus.SUCCESSFUL


def test_a_status_that_aws_adds_is_kept_and_may_mean_that_it_was_sent():
    result = read(OK, {"Status": "NEW", "Error": "Words."}, OK)[1]
    assert result.delivery_status.is_unknown
    assert result.status_message == "NEW: Words."


def test_members_of_other_types_are_left_out():
    result = read({"Status": "SUCCESS", "MessageId": 7, "Error": 7}, OK, OK)[0]
    assert (result.message_id, result.status_message) == (None, None)


def test_a_message_of_its_own_is_taken_by_its_id():
    route = route_of()
    (result,) = route.results("SendEmail", {"MessageId": "id"}, TARGETS[:1])
    assert (result.address, result.delivery_status, result.message_id) == ("a@example.com", DeliveryStatus.SUCCESSFUL, "id")
    assert route.results("SendEmail", {}, TARGETS[:1]) == [None]
    assert route.closing_error("SendEmail", {"MessageId": "id"}) is None


# --- refusals


def test_a_rate_that_is_used_up_is_waited_for():
    error, told = explained(429, "TooManyRequestsException", "Maximum sending rate exceeded.", count=3)
    assert told is error
    assert isinstance(told, ThrottledError)


def test_a_day_that_is_used_up_ends_the_way_out():
    _, told = explained(429, "TooManyRequestsException", "Daily message quota exceeded.", count=3)
    assert type(told) is ConfigurationError
    assert (told.status_code, told.code, told.request_id, told.retry_after) == (429, "TooManyRequestsException", "r", 2.0)
    assert told.sent is Sent.NOT_SENT
    assert "quota for 24 hours" in str(told)


def test_an_accounts_limit_is_waited_for():
    _, told = explained(400, "LimitExceededException", "Limit.", count=3)
    assert type(told) is ThrottledError
    assert told.status_code == 400


@pytest.mark.parametrize(
    ("status", "code", "message", "remedy"),
    [
        (400, "AccountSuspendedException", "Suspended.", "sending is paused or suspended"),
        (400, "SendingPausedException", "Paused.", "sending is paused or suspended"),
        (400, "MailFromDomainNotVerifiedException", "Not verified.", "MAIL FROM domain"),
        (404, "NotFoundException", "Configuration set <x> does not exist.", "check the settings of SES"),
        (404, "NotFoundException", "Template x does not exist.", "check the settings of SES"),
        (400, "MessageRejected", "The following identities failed the check in region EU-WEST-1: a@b.de", "sandbox"),
        (400, "BadRequestException", "Template contains unsupported operations", "a block or helper"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_fault_of_the_settings_or_the_account_is_no_recipients(status, code, message, remedy, count):
    error, told = explained(status, code, message, count=count)
    assert type(told) is ConfigurationError
    assert (told.status_code, told.code, told.request_id) == (status, code, "r")
    assert message.replace("a@b.de", "…") in str(told)
    assert remedy in str(told)
    assert "application ID" not in str(told)
    assert not TargetsJob(route_of(), "SendBulkEmail", TARGETS, 1).narrows(told)
    assert told is not error


@pytest.mark.parametrize(
    "message",
    [
        "Local address contains control or whitespace",
        "Domain contains illegal character",
        "Illegal address",
        "Missing final '@domain'",
        "Address is on the suppression list.",
    ],
)
@pytest.mark.parametrize("code", ["BadRequestException", "MessageRejected"])
def test_a_refusal_of_one_recipient_is_its_result_and_one_of_several_is_narrowed(code, message):
    error, told = explained(400, code, message)
    assert isinstance(told, EndpointMessageResult)
    assert (told.address, told.delivery_status, told.status_code) == ("a@example.com", DeliveryStatus.PERMANENT_FAILURE, 400)
    assert message in told.status_message
    error, told = explained(400, code, message, count=3, operation="SendBulkEmail")
    assert told is error
    assert TargetsJob(route_of(), "SendBulkEmail", TARGETS, 1).narrows(told)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "InternalFailure", ServiceError),
        (503, "NotFoundException", ServiceError),
        (403, "AccessDeniedException", AccessDeniedError),
    ],
)
def test_other_errors_are_what_they_are(status, code, kind):
    error, told = explained(status, code, "Words.", count=1)
    assert told is error
    assert isinstance(told, kind)
    lost: RequestError = ConnectionLostError("lost")
    assert route_of().explain(lost, TARGETS) is lost


@pytest.mark.parametrize(("message", "is_open"), [("Illegal address", True), ("A parameter is invalid.", False)])
def test_many_bad_addresses_dont_end_the_way_out_and_many_refusals_without_a_reason_do(message, is_open):
    job = TargetsJob(route_of(), "SendEmail", TARGETS[:1], 1)
    lanes = Lanes({job.lane: Pace(RetryPolicy(), RateLimiter(None), lambda: 0.5)})
    for _ in range(20):
        error = answer_error("SendEmail", 400, code="BadRequestException", message=message)
        lanes.observe_response(job, job.explain(error), 0.0)
    assert lanes.are_closed != is_open


def test_a_request_counts_for_its_recipients_in_a_rate():
    assert TargetsJob(route_of(), "SendBulkEmail", TARGETS, 1).weight == 3


def test_an_answer_that_ends_the_way_out_closes_its_lane_and_keeps_its_results():
    job = TargetsJob(route_of(), "SendBulkEmail", TARGETS, 1)
    answer = {"BulkEmailEntryResults": [OK, {"Status": "ACCOUNT_SUSPENDED"}, {"Status": "ACCOUNT_SUSPENDED"}]}
    readings = job.read(answer)
    assert isinstance(readings, Readings)
    assert len(readings.others) == 3
    assert readings.closes.code == "ACCOUNT_SUSPENDED"
    lanes = Lanes({job.lane: Pace(RetryPolicy(), RateLimiter(None), lambda: 0.5)})
    lanes.observe_response(job, job.read({"BulkEmailEntryResults": [OK] * 3}), 0.0)
    assert not lanes.are_closed
    lanes.observe_response(job, readings, 0.0)
    assert lanes.closed_by == [readings.closes]
