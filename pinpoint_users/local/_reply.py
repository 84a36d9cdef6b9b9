"""What a door hands to its client, and what a fault makes of it."""

from __future__ import annotations

import json
import re
import uuid

import attrs

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


class ErrorReplyError(Exception):
    """An answer with an error's status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@attrs.frozen(kw_only=True)
class Reply:
    """What a door hands to its client."""

    ends: Break = "answer"
    status: int
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


def error_reply(status: int, message: str, request_id: str | None = None, code: str | None = None) -> Reply:
    """AWS's answer for an error; the code is the usual one for the status unless it is given."""
    request_id = request_id or str(uuid.uuid4())
    return Reply(
        status=status,
        body=as_json({"Message": message, "RequestID": request_id}),
        request_id=request_id,
        error_name=code or ERROR_NAMES.get(status, "UnknownError"),
    )


def broken_reply(fault: RequestFault, reply: Reply | None, request_id: str) -> Reply:
    """The reply that a fault makes of what would have been answered."""
    if fault.body is not None:
        return Reply(
            ends=fault.ends, status=fault.status, body=fault.body, content_type=fault.content_type, request_id=request_id
        )
    if fault.status != 200:
        return error_reply(fault.status, fault.message, request_id, fault.code)
    if reply is None:
        return Reply(ends=fault.ends, status=200, body=b"", request_id=request_id)
    if fault.change is not None and reply.status == 200:
        reply = attrs.evolve(reply, body=as_json(fault.change(json.loads(reply.body))))
    return attrs.evolve(reply, ends=fault.ends, seconds_per_byte=fault.seconds_per_byte)


def as_json(value: object) -> bytes:
    """JSON as it goes out."""
    return json.dumps(value).encode("ascii")
