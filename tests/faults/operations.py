"""What the services are asked, and what they answer, by operation: whom a request reaches, and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Deliver: TypeAlias = Callable[[list[str]], dict[str, dict[str, Any]]]
"""What becomes of endpoints, by ID, in Pinpoint's words."""

SINGLE = frozenset({"SendEmail", "SendTextMessage", "SendVoiceMessage"})
"""The operations that have one recipient."""
_OF_SES = {
    "SUCCESSFUL": "SUCCESS",
    "THROTTLED": "ACCOUNT_THROTTLED",
    "TEMPORARY_FAILURE": "TRANSIENT_FAILURE",
    "PERMANENT_FAILURE": "MESSAGE_REJECTED",
    "UNKNOWN_FAILURE": "FAILED",
    "OPT_OUT": "MESSAGE_REJECTED",
    "DUPLICATE": "SUCCESS",
}
_REFUSALS = {"THROTTLED": 429, "TEMPORARY_FAILURE": 429, "PERMANENT_FAILURE": 400, "UNKNOWN_FAILURE": 500, "OPT_OUT": 400}
_CODES = {
    "ses": {429: "TooManyRequestsException", 400: "MessageRejected", 403: "AccessDeniedException", 404: "NotFoundException"},
    "sms-voice": {
        429: "ThrottlingException",
        400: "ConflictException",
        403: "AccessDeniedException",
        404: "ResourceNotFoundException",
    },
}


class RefusalError(Exception):
    """A request that has another answer than 200."""

    def __init__(self, operation: str, status: int, code: str | None = None) -> None:
        self.status = status
        self.code = code or _code(operation, status)
        self.reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT" if self.code == "ConflictException" else None


def _code(operation: str, status: int) -> str:
    service = "ses" if "Email" in operation else "sms-voice" if operation in SINGLE else "pinpoint"
    return _CODES.get(service, {}).get(status, "InternalServerError" if status >= 500 else "BadRequestException")


def carried_out(
    operation: str,
    request: Mapping[str, Any],
    deliver: Deliver,
    *,
    endpoints_of: Callable[[str], list[str]],
    ids: Mapping[str, str],
) -> dict[str, Any]:
    """Delivers, and answers.

    Args:
        operation: The operation.
        request: The body.
        deliver: Says what becomes of endpoints of a user.
        endpoints_of: Whom a user ID stands for.
        ids: Whose the addresses are.

    Raises:
        RefusalError: The only recipient is refused.
    """
    if operation == "SendUsersMessages":
        return {"ApplicationId": "app", "Result": {user: deliver(endpoints_of(user)) for user in request["Users"]}}
    if operation == "SendMessages" and "Endpoints" in request:
        return {"ApplicationId": "app", "EndpointResult": deliver(list(request["Endpoints"]))}
    if operation == "SendMessages":
        return {"ApplicationId": "app", "Result": {address: _only(deliver, ids[address]) for address in request["Addresses"]}}
    if operation == "SendBulkEmail":
        recipients = (_address(entry) for entry in request["BulkEmailEntries"])
        return {"BulkEmailEntryResults": [_entry(_only(deliver, ids[address])) for address in recipients]}
    result = _only(deliver, ids[_address(request) if operation == "SendEmail" else request["DestinationPhoneNumber"]])
    status = result["DeliveryStatus"]
    if status in _REFUSALS:
        raise RefusalError(operation, _REFUSALS[status])
    return {"MessageId": "m"} if status in {"SUCCESSFUL", "DUPLICATE"} else {"Status": status}


def _only(deliver: Deliver, endpoint_id: str) -> dict[str, Any]:
    (result,) = deliver([endpoint_id]).values()
    return result


def _address(of: Mapping[str, Any]) -> str:
    (address,) = of["Destination"]["ToAddresses"]
    return str(address)


def _entry(result: Mapping[str, Any]) -> dict[str, Any]:
    status = _OF_SES.get(result["DeliveryStatus"], result["DeliveryStatus"])
    return {"Status": status, "MessageId": "m"} if status == "SUCCESS" else {"Status": status, "Error": "no"}
