"""What Amazon SES answers: results of recipients, and what ends the way out for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pinpoint_users._routes.base import Target
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import BadRequestError, ConfigurationError, RequestError, ThrottledError
from pinpoint_users.results import EndpointMessageResult, delivered, try_fast_read

_TAKEN = "SUCCESS"
_STATUSES: Mapping[str, tuple[str, int]] = {
    _TAKEN: ("SUCCESSFUL", 200),
    "ACCOUNT_THROTTLED": ("THROTTLED", 429),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": ("THROTTLED", 429),
    "TRANSIENT_FAILURE": ("TEMPORARY_FAILURE", 503),
    "FAILED": ("UNKNOWN_FAILURE", 500),
    "MESSAGE_REJECTED": ("PERMANENT_FAILURE", 400),
    "INVALID_PARAMETER": ("PERMANENT_FAILURE", 400),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": ("PERMANENT_FAILURE", 400),
    "CONFIGURATION_SET_NOT_FOUND": ("PERMANENT_FAILURE", 404),
    "TEMPLATE_NOT_FOUND": ("PERMANENT_FAILURE", 404),
    "INVALID_SENDING_POOL_NAME": ("PERMANENT_FAILURE", 400),
    "ACCOUNT_SUSPENDED": ("PERMANENT_FAILURE", 400),
    "ACCOUNT_SENDING_PAUSED": ("PERMANENT_FAILURE", 400),
    "CONFIGURATION_SET_SENDING_PAUSED": ("PERMANENT_FAILURE", 400),
}
"""A recipient's status in a bulk answer, as the delivery status and the status code that it is told by.

Source: botocore's model `sesv2/2019-09-27`, shape `BulkEmailStatus`; the codes are those of the errors that `SendEmail` answers
for the same.
"""

_QUOTA = "the account's quota for 24 hours is used up; send the rest later, or ask AWS for a higher quota"
_PAUSED = "sending is paused or suspended; see the account's dashboard in the SES console"
_SETTINGS = "check the settings of SES(…): the configuration set, the template, the identities and the Region"
_VERIFY = (
    "an identity isn't verified in this Region; while the account is in the sandbox, recipients must be verified too, and no "
    "address is dead for that"
)
_REMEDIES: Mapping[str, str] = {
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": _QUOTA,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "verify the custom MAIL FROM domain of the identity, or take it away",
    "CONFIGURATION_SET_NOT_FOUND": _SETTINGS,
    "TEMPLATE_NOT_FOUND": _SETTINGS,
    "INVALID_SENDING_POOL_NAME": "check the dedicated IP pool of the configuration set",
    "ACCOUNT_SUSPENDED": _PAUSED,
    "ACCOUNT_SENDING_PAUSED": _PAUSED,
    "CONFIGURATION_SET_SENDING_PAUSED": _PAUSED,
}
"""What to do about the statuses that all recipients would get alike."""
_REMEDIES_OF_ERRORS: Mapping[str, str] = {
    "AccountSuspendedException": _PAUSED,
    "SendingPausedException": _PAUSED,
    "MailFromDomainNotVerifiedException": _REMEDIES["MAIL_FROM_DOMAIN_NOT_VERIFIED"],
    "NotFoundException": _SETTINGS,
}
_UNVERIFIED = "identities failed the check"
_REMEDIES_OF_WORDS: Mapping[str, str] = {
    _UNVERIFIED: _VERIFY,
    "unsupported operations": "a template has a block or helper that SES doesn't take",
}
_OF_ADDRESSES = (
    "local address contains control or whitespace",
    "domain contains illegal character",
    "illegal address",
    "missing final '@domain'",
)
_DAILY = "daily message quota"


def read_single(answer: Mapping[str, Any], target: Target) -> EndpointMessageResult | None:
    """What an answer to `SendEmail` says of the recipient."""
    message_id = answer.get("MessageId")
    if not isinstance(message_id, str):
        return None
    return _result(target.endpoint.address, "SUCCESSFUL", 200, None, message_id)


def read_bulk(answer: Mapping[str, Any], targets: Sequence[Target]) -> list[EndpointMessageResult | None]:
    """What an answer to `SendBulkEmail` says of the recipients, by position; nothing if it isn't one entry for each."""
    told = answer.get("BulkEmailEntryResults")
    if not isinstance(told, list) or len(told) != len(targets):
        return [None] * len(targets)
    return [_entry(target.endpoint.address, each) for target, each in zip(targets, told, strict=True)]


def closing_error(operation: Operation, answer: Mapping[str, Any]) -> ConfigurationError | None:
    """Why nothing more is to go by this way, where a bulk answer says what would be so for all."""
    entries = answer.get("BulkEmailEntryResults")
    for entry in entries if isinstance(entries, list) else ():
        status, said = _words(entry)
        if status == _TAKEN:
            continue
        remedy = _VERIFY if _UNVERIFIED in said.lower() else _REMEDIES.get(status)
        if remedy is not None:
            _, code = _STATUSES.get(status, ("", None))
            return ConfigurationError(f"{operation}: {_joined(status, said)}: {remedy}", status_code=code, code=status)
    return None


def explain(error: RequestError, targets: Sequence[Target]) -> EndpointMessageResult | RequestError:
    """What a refusal says: a fault of settings or of the account, of a single recipient, or what it is already."""
    said = str(error).lower()
    told: EndpointMessageResult | RequestError = error
    if isinstance(error, ThrottledError):
        told = _as(ConfigurationError, error, _QUOTA) if _DAILY in said else error
    elif error.code == "LimitExceededException":
        told = _as(ThrottledError, error, "the account's limit is reached; waiting may help")
    elif isinstance(error, ConfigurationError) and (of_error := _REMEDIES_OF_ERRORS.get(error.code or "")):
        told = _as(ConfigurationError, error, of_error)
    elif type(error) is BadRequestError:
        remedy = next((remedy for words, remedy in _REMEDIES_OF_WORDS.items() if words in said), None)
        if remedy is not None:
            told = _as(ConfigurationError, error, remedy)
        elif len(targets) == 1:
            address, code = targets[0].endpoint.address, error.status_code or 400
            told = _result(address, "PERMANENT_FAILURE", code, str(error), None)
    return told


def is_of_address(error: BadRequestError) -> bool:
    """Whether a refusal says that an address is bad; the sender's have been checked before."""
    said = str(error).lower()
    return any(words in said for words in _OF_ADDRESSES)


def _as(of: type[RequestError], error: RequestError, remedy: str) -> RequestError:
    said, _, _ = str(error).rpartition(": ")  # what to do about other services' errors is cut off
    return of(
        f"{said}: nothing was sent; {remedy}",
        status_code=error.status_code,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
    )


def _words(entry: object) -> tuple[str, str]:
    """The status and the error of an entry; empty where they can't be read."""
    if not isinstance(entry, (dict, Mapping)):  # a dict by itself is found fast
        return "", ""
    status, said = entry.get("Status"), entry.get("Error")
    return status if isinstance(status, str) else "", said if isinstance(said, str) else ""


def _joined(status: str, said: str) -> str:
    return f"{status}: {said}" if said else status


def _entry(address: str, entry: object) -> EndpointMessageResult | None:
    if type(entry) is dict and entry.get("Status") == _TAKEN and type(message_id := entry.get("MessageId")) is str:
        return delivered(address, message_id)  # as nearly always
    status, said = _words(entry)
    if not status or not isinstance(entry, (dict, Mapping)):
        return None
    message_id = entry.get("MessageId")
    words = None if status == _TAKEN else _joined(status, said)
    # AWS may add some, of which nobody knows whether they mean that it was sent, even if Pinpoint's have the same name.
    if status not in _STATUSES and status in DeliveryStatus.__members__:
        return None
    word, code = _STATUSES.get(status, (status, 200))
    return _result(address, word, code, words, message_id if isinstance(message_id, str) else None)


def _result(address: str, status: str, code: int, said: str | None, message_id: str | None) -> EndpointMessageResult:
    told = {
        "Address": address,
        "DeliveryStatus": status,
        "MessageId": message_id,
        "StatusCode": code,
        "StatusMessage": said,
    }
    return try_fast_read(told) or EndpointMessageResult.from_dict(told)
