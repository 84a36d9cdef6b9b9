"""The seam between this library and the service: one request, one answer."""

from __future__ import annotations

import abc
import re
import time
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pinpoint_users._clock import monotonic
from pinpoint_users._shapes.json_text import read_json
from pinpoint_users._transport.departure import Departure
from pinpoint_users.errors import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    EndOfSupportError,
    PayloadTooLargeError,
    RequestError,
    ServiceError,
    ThrottledError,
)
from pinpoint_users.results import masked_within

Operation: TypeAlias = Literal[
    "SendUsersMessages", "SendMessages", "SendEmail", "SendBulkEmail", "SendTextMessage", "SendVoiceMessage"
]
"""The operations of Pinpoint, SES v2, and SMS and voice version 2 that this library uses, by AWS's names."""

CHECK_PROXY = "nothing was sent; check the proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) and its user name and password"

CHECK_PROXY_RULES = (
    "nothing was sent; the proxy refused, not AWS: its rules must let this machine through to AWS's host; "
    "check them, and the proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)"
)
_SAY_THEIR_REQUEST_ID = frozenset({"SendUsersMessages", "SendMessages"})
_IAM_PREFIXES = {
    "SendEmail": "ses",
    "SendBulkEmail": "ses",
    "SendTextMessage": "sms-voice",
    "SendVoiceMessage": "sms-voice",
}
"""Before the names of operations in IAM, where it isn't Pinpoint's own."""
_DOUBTFUL = frozenset({408, 409, 444, 499})
"""Of the statuses that refuse a request, those that what stands before a service gives where it has lost sight of one."""
_THROTTLING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""botocore's, but for those that are one service's. SES says `LimitExceededException` of what an account may have."""

_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_CLOCK_CODES = frozenset({"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"})
_SIGNATURE_CODES = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_SLOWER = "the account's rate is used up; send more slowly or ask AWS for a higher quota"
_PERHAPS_SENT = "the message may have been sent all the same"
_NOT_AWS = (
    "nothing was sent; what refused isn't AWS, whose refusals name a code: a proxy or a firewall in between; "
    "check its rules (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), and the endpoint URL"
)
"""Where the code is botocore's stand-in."""
_LOCKED = "nothing was sent; AWS lets the account send nothing: ask AWS Support"
_TEXT_MESSAGING: Mapping[str, tuple[type[RequestError], str]] = {
    "ThrottlingException": (ThrottledError, _SLOWER),
    "AccessDeniedException": (AccessDeniedError, _LOCKED),
    "ResourceNotFoundException": (
        ConfigurationError,
        "nothing was sent; check the origination identity, the configuration set, the protect configuration and the Region",
    ),
    "ServiceQuotaExceededException": (ConfigurationError, "nothing was sent; wait, or ask AWS for a higher quota"),
    "ConflictException": (BadRequestError, "nothing was sent"),
    "ValidationException": (BadRequestError, "nothing was sent"),
    "InternalServerException": (ServiceError, _PERHAPS_SENT),
}
"""The errors of SMS and voice version 2."""
_NO_LONGER = frozenset({403, 410})
_END_OF_SUPPORT = re.compile(
    r"end(ed|s|ing)?[ -](of[ -])?(the[ -])?support|support\b.*\bend(s|ed)?\b"
    r"|no longer (be )?(supported|available|offered)|discontinued",
    re.IGNORECASE | re.DOTALL,
)
_LOOK_UP_YOURSELF = (
    "nothing was sent; AWS no longer keeps endpoints, so users are to be looked up on your side: "
    "PinpointUsers(…, directory=…) sends the same message; docs/moving.md shows the way"
)
_OF_THE_CLOCK = re.compile(r"expired|not yet current|skew", re.IGNORECASE)


class Transport(abc.ABC):
    """Carries one request to the service and brings its answer.

    `PinpointUsers(…, transport=…)` takes any: the one over boto3 is used by default, `LocalPinpoint.client()` uses its own.
    Waiting goes through the transport as well, so that one without a network needs no real time either.
    """

    timeout: float | None = None
    """Seconds after which a run gives a request up, whatever the transport still waits for; None is never."""

    @abc.abstractmethod
    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        """Sends one request, once, and waits for its answer. Called from several threads at a time.

        Args:
            operation: AWS's name of the operation.
            application_id: The application (project) to send from.
            body: The body of the HTTP request, JSON in UTF-8.

        Returns:
            The body of the answer with status 200: its bytes, or the JSON already parsed.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """

    def post_cancellable(
        self, departure: Departure, operation: Operation, application_id: str, body: bytes
    ) -> bytes | Mapping[str, Any]:
        """`post`, for a request that its run may cancel before it goes out, as at a deadline: then it never does.

        By default that is looked at once, before `post`. The transport over boto3 looks again once it has credentials and a
        connection.

        Args:
            departure: What the run cancels.
            operation: As for `post`, like the others.
            application_id: Likewise.
            body: Likewise.

        Raises:
            RequestError: As for `post`; a `ConnectionFailedError` if the request was cancelled, and nothing was sent.
        """
        if not departure.proceed(may_be_out=True):
            raise ConnectionFailedError(f"{operation}: cancelled before it went out; nothing was sent")
        return self.post(operation, application_id, body)

    def max_send_rate(self) -> float | None:
        """The most recipients a second that SES takes of the account; None, as by default, where it isn't known.

        Raises:
            RequestError: It could not be learned.
        """
        return None

    def monotonic(self) -> float:
        """The time in seconds, by a clock that never goes back."""
        return monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits for a time in seconds."""
        time.sleep(seconds)

    def close(self) -> None:  # noqa: B027 - most transports have nothing to close
        """Frees what the transport holds."""


def with_request_id(operation: Operation, answer: bytes, request_id: str | None) -> bytes | Mapping[str, Any]:
    """An answer with the ID of its request, which SES and SMS and voice version 2 say in a header alone.

    Args:
        operation: AWS's name of the operation.
        answer: The answer's body.
        request_id: The ID, if the answer has it.

    Returns:
        The body parsed, with a member `RequestId`; as it is of an operation of Pinpoint's, or where it can't be read.
    """
    if operation in _SAY_THEIR_REQUEST_ID or request_id is None:
        return answer
    try:
        parsed = read_json(answer)
    except (ValueError, RecursionError):
        return answer
    return {"RequestId": request_id, **parsed} if isinstance(parsed, dict) else answer


def retry_after_seconds(value: str | None) -> float | None:
    """The seconds that a `Retry-After` header asks to wait, as a number or until a date; None if it has neither."""
    import calendar  # noqa: PLC0415 - with datetime, which building messages doesn't need
    from email.utils import parsedate  # noqa: PLC0415 - likewise

    value = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        date = parsedate(value)  # HTTP's dates are in GMT
        return None if date is None else max(0.0, calendar.timegm(date) - time.time())
    except (ValueError, OverflowError):
        return None


def answer_error(
    operation: str,
    status_code: int,
    *,
    code: str = "",
    message: str = "",
    request_id: str | None = None,
    retry_after: float | None = None,
    reason: str | None = None,
) -> RequestError:
    """The error for an answer whose status isn't 200.

    The model of SMS and voice version 2 gives its errors no status, so there the code decides where it is one of the model's.

    Args:
        operation: AWS's name of the operation.
        status_code: The HTTP status.
        code: AWS's name of the error, if the answer has it.
        message: The service's words, if the answer has some. Addresses in them are masked.
        request_id: AWS's ID of the request, if the answer has it.
        retry_after: The seconds that the answer asks to wait, if it does; `retry_after_seconds` reads its header.
        reason: Of SMS and voice version 2, AWS's reason for the error, such as `DESTINATION_PHONE_NUMBER_OPTED_OUT`.
    """
    cause = f" ({reason})" if reason and reason not in message else ""
    said = f"{operation}: HTTP {status_code} {code}{cause}: {masked_within(message, '')}".rstrip(": ")
    error: type[RequestError]
    if (told := _told_by_words(operation, status_code, code, message, reason)) is not None:
        error, remedy = told
    elif status_code == 429 or (400 <= status_code < 500 and code in _THROTTLING_CODES):
        error, remedy = ThrottledError, _SLOWER
    elif status_code == 413:
        error, remedy = PayloadTooLargeError, "request and answer hold at most 7 MB each; send to fewer users at a time"
    elif 400 <= status_code < 500 and (credentials_remedy := _credentials_remedy(code, message)) is not None:
        error, remedy = AccessDeniedError, f"nothing was sent; {credentials_remedy}"
    elif status_code == 407:
        error, remedy = ConfigurationError, CHECK_PROXY
    elif status_code == 404 and code == "404":  # botocore's stand-in: the service itself says NotFoundException
        error, remedy = (
            ConfigurationError,
            (
                "nothing was sent; what answers there isn't Pinpoint, or lacks the operation as moto does: "
                "check the endpoint URL; for tests there is pinpoint_users.local.LocalPinpoint"
            ),
        )
    elif status_code == 404:
        error, remedy = ApplicationNotFoundError, "check the application ID, the account and the Region"
    elif status_code in {401, 403}:
        error, remedy = AccessDeniedError, _NOT_AWS if code == "403" else _permission_remedy(operation)
    elif 400 <= status_code < 500 and status_code not in _DOUBTFUL:
        error, remedy = BadRequestError, "the request as a whole was refused; nothing was sent"
    else:
        error, remedy = ServiceError, _PERHAPS_SENT
    return error(
        f"{said}: {remedy}",
        status_code=status_code,
        code=code or None,
        request_id=request_id,
        retry_after=retry_after,
        reason=reason or None,
    )


def _told_by_words(
    operation: str, status_code: int, code: str, message: str, reason: str | None
) -> tuple[type[RequestError], str] | None:
    """The error and its remedy, where AWS's words decide and not the status.

    So it is at the end of support, and with the codes of SMS and voice version 2.
    """
    if operation == "SendUsersMessages" and status_code in _NO_LONGER and _END_OF_SUPPORT.search(message):
        return EndOfSupportError, _LOOK_UP_YOURSELF
    if _IAM_PREFIXES.get(operation) != "sms-voice":
        return None
    if code == "AccessDeniedException" and not reason:
        return AccessDeniedError, _permission_remedy(operation)
    return _TEXT_MESSAGING.get(code) if status_code < 500 else None


def _permission_remedy(operation: str) -> str:
    remedy = f"check the credentials, and that they allow {_IAM_PREFIXES.get(operation, 'mobiletargeting')}:{operation}"
    if operation == "SendMessages":
        remedy += ', or, if Pinpoint looks users up, do without it by RetryPolicy(scope="user")'
    return remedy


def _credentials_remedy(code: str, message: str) -> str | None:
    """What to do about an error of the credentials or of the signature made with them; None for others."""
    if code in _EXPIRED_CODES:
        return (
            "the credentials have expired: renew them, such as by `aws sso login`, or name a role or profile that boto3 renews"
        )
    if code in _CLOCK_CODES or (code in _SIGNATURE_CODES and _OF_THE_CLOCK.search(message)):
        return "the signature's time is too far from AWS's: check this machine's clock"
    if code in _SIGNATURE_CODES:
        return "check the credentials: the access key, the secret key that belongs to it, and the session token"
    return None
