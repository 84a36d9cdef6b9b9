"""What a door hands to its client, and what a fault makes of it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

import attrs

from pinpoint_users._shapes.json_text import write_json
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._faults import Break, RequestFault

ERROR_NAMES = {
    400: "BadRequestException",
    403: "ForbiddenException",
    404: "NotFoundException",
    405: "MethodNotAllowedException",
    413: "PayloadTooLargeException",
    429: "TooManyRequestsException",
    500: "InternalServerErrorException",
    503: "ServiceUnavailableException",
}
"""AWS's names of the errors. 503 isn't in the service's model; it comes from what stands before the service."""


@attrs.frozen(kw_only=True)
class Dialect:
    """How a service writes its answers."""

    service: str
    """The service, by botocore's name."""
    content_type: str = "application/json"
    """The type of the body."""
    message_name: str = "Message"
    """The member of an error that has its words."""
    has_codes_alone: bool = False
    """Whether an error is told by its code in the body, and its status is 400 wherever the client is to blame."""
    error_names: Mapping[int, str] = ERROR_NAMES
    """The usual name of the error for a status."""
    rate_exceeded: str = "Rate exceeded."
    """What is said to a request beyond the quota."""


PINPOINT = Dialect(service="pinpoint")
SES = Dialect(
    service="sesv2",
    message_name="message",
    error_names={**ERROR_NAMES, 403: "AccessDeniedException", 500: "InternalFailure", 503: "ServiceUnavailable"},
    rate_exceeded="Maximum sending rate exceeded.",
)
TEXT_MESSAGING = Dialect(
    service="pinpoint-sms-voice-v2",
    content_type="application/x-amz-json-1.0",
    has_codes_alone=True,
    error_names={
        **ERROR_NAMES,
        400: "ValidationException",
        403: "AccessDeniedException",
        404: "ResourceNotFoundException",
        429: "ThrottlingException",
        500: "InternalServerException",
    },
    rate_exceeded="Rate exceeded",
)


class ErrorReplyError(Exception):
    """An answer with an error's status.

    Args:
        status: The HTTP status.
        message: The service's words.
        code: AWS's name of the error; None is the usual one for the status.
        members: What else the error has.
    """

    def __init__(self, status: int, message: str, code: str | None = None, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.members = members or {}


@attrs.frozen(kw_only=True)
class Reply:
    """What a door hands to its client."""

    ends: Break = "answer"
    status: int
    """The HTTP status; 200 is a success, whose status the model has."""
    body: bytes
    content_type: str = "application/json"
    request_id: str
    error_name: str | None = None
    """AWS's name of the error, or None for a success."""
    seconds_per_byte: float = 0.0
    """How slowly the body goes out, if it drips."""


_FOR_JSON = (
    (re.compile(r": write .*", re.DOTALL), ""),
    (re.compile(r"bytes or an email\.message\.EmailMessage\b"), "base64 text"),
    (re.compile(r"\ba mapping\b"), "an object"),
    (re.compile(r"\bnot (?:a |an )?None\b"), "not null"),
    (re.compile(r"\bnot str\b"), "not a string"),
    (re.compile(r"\bnot (?:int|float)\b"), "not a number"),
    (re.compile(r"\bnot bool\b"), "not a boolean"),
    (re.compile(r"\bnot list\b"), "not a list"),
    (re.compile(r"\bnot dict\b"), "not an object"),
)


def refusal_text(error: ValidationError) -> str:
    """What is wrong with a request, in words for whoever writes JSON: the advice for Python is left out."""
    problems = []
    for fault in error.faults:
        problem = fault.problem
        for pattern, word in _FOR_JSON:
            problem = pattern.sub(word, problem)
        problems.append(f"{fault.path}: {problem}")
    return "; ".join(problems)


def error_reply(
    status: int,
    message: str,
    request_id: str | None = None,
    code: str | None = None,
    *,
    dialect: Dialect = PINPOINT,
    members: Mapping[str, Any] | None = None,
) -> Reply:
    """AWS's answer for an error; the code is the usual one for the status unless it is given."""
    request_id = request_id or str(uuid.uuid4())
    code = code or dialect.error_names.get(status, "UnknownError")
    body = {dialect.message_name: message, **(members or {})}
    if dialect is PINPOINT:
        body["RequestID"] = request_id
    if dialect.has_codes_alone:
        body["__type"] = code
        status = 400 if status < 500 else status
        if code == "InternalServerException":
            body["RequestId"] = request_id
    return Reply(status=status, body=as_json(body), content_type=dialect.content_type, request_id=request_id, error_name=code)


def broken_reply(fault: RequestFault, reply: Reply | None, request_id: str, dialect: Dialect = PINPOINT) -> Reply:
    """The reply that a fault makes of what would have been answered."""
    if fault.body is not None:
        return Reply(
            ends=fault.ends, status=fault.status, body=fault.body, content_type=fault.content_type, request_id=request_id
        )
    if fault.status != 200:
        return error_reply(fault.status, fault.message, request_id, fault.code, dialect=dialect)
    if reply is None:
        return Reply(ends=fault.ends, status=200, body=b"", request_id=request_id)
    if fault.change is not None and reply.status == 200:
        reply = attrs.evolve(reply, body=as_json(fault.change(json.loads(reply.body))))
    return attrs.evolve(reply, ends=fault.ends, seconds_per_byte=fault.seconds_per_byte)


def as_json(value: object) -> bytes:
    """JSON as it goes out."""
    try:
        return write_json(value)
    except (TypeError, UnicodeEncodeError):  # lone surrogates, and numbers beyond 64 bits
        return json.dumps(value).encode("ascii")
