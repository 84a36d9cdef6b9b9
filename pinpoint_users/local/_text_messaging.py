"""SMS and voice version 2 without I/O: a request in, its answer and the delivery out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pinpoint_users._transport.operations import error_reasons
from pinpoint_users.enums import ChannelType
from pinpoint_users.local._constraints import told, violations
from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._faults import Faults
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._reply import ErrorReplyError

CHANNELS: Mapping[str, ChannelType] = {"SendTextMessage": ChannelType.SMS, "SendVoiceMessage": ChannelType.VOICE}
"""What sends, and by which channel."""

_ONE_CHANNEL: Mapping[str, str] = {
    "DAILY_DESTINATION_CALL_LIMIT": "SendVoiceMessage",
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": "SendTextMessage",
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE": "SendVoiceMessage",
}
"""The reasons that stop one channel only."""
_RESOURCES: Mapping[str, str] = {
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": "protect-configuration",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": "protect-configuration",
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": "verified-destination-number",
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": "opted-out-number",
}
"""What a conflict is about; the others are about the account (inferred)."""
_WORDS: Mapping[str, str] = {
    "AccessDeniedException": "Access Denied",
    "ConflictException": "Conflict Occurred",
    "ServiceQuotaExceededException": "Service Quota Exceeded",
    "ValidationException": "Validation Failed",
}
"""How the words of an error begin; those of a conflict as seen, the others inferred."""


def operations_of(reason: str) -> frozenset[str]:
    """The operations that a reason may be given by."""
    return frozenset({_ONE_CHANNEL[reason]} if reason in _ONE_CHANNEL else CHANNELS)


class TextSending:
    """One request being carried out."""

    def __init__(self, *, request_id: str, faults: Faults, quota: Quota) -> None:
        self.deliveries: list[Delivery] = []
        """What goes out."""
        self._request_id = request_id
        self._faults = faults
        self._quota = quota

    def send(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One text or call: `SendTextMessage`, `SendVoiceMessage`.

        Raises:
            ErrorReplyError: It isn't sent.
        """
        _check(operation, request)
        number = request["DestinationPhoneNumber"]
        reason = self._faults.rejected(operation, None) or self._faults.rejected(operation, number)
        if reason is not None:
            raise _error(reason, number)
        message_id = str(uuid.uuid4())
        if request.get("DryRun"):
            return {"MessageId": message_id}
        throttled = self._faults.throttled(endpoint_id=None, address=number, user_id=None)
        if throttled is not None or not self._quota.takes_endpoint():
            raise ErrorReplyError(429, "Rate exceeded")
        self.deliveries.append(
            Delivery(
                user_id=None,
                endpoint_id=None,
                channel_type=CHANNELS[operation],
                address=number,
                title=None,
                body=request["MessageBody"],
                html=None,
                message={name: value for name, value in request.items() if name != "DestinationPhoneNumber"},
                context=request.get("Context") or {},
                message_id=message_id,
                request_id=self._request_id,
                trace_id=None,
                application_id="",
            )
        )
        return {"MessageId": message_id}


def _check(operation: str, request: Mapping[str, Any]) -> None:
    found = violations(operation, request)
    if found:
        fields = [{"Name": violation.path, "Message": violation.constraint} for violation in found]
        raise ErrorReplyError(400, told(found), members={"Reason": "FIELD_VALIDATION_FAILED", "Fields": fields})
    if request.get("MessageBody") is None:
        fields = [{"Name": "messageBody", "Message": "Member must not be null"}]
        raise ErrorReplyError(400, "There is no message body.", members={"Reason": "MISSING_PARAMETER", "Fields": fields})


def _error(reason: str, number: str) -> ErrorReplyError:
    code = error_reasons()[reason]
    members: dict[str, Any] = {"Reason": reason}
    words = f'{_WORDS[code]} - Reason="{reason}"'
    if code == "ConflictException":
        resource = _RESOURCES.get(reason, "account")
        resource_id = number if resource.endswith("number") else "local"
        members |= {"ResourceType": resource, "ResourceId": resource_id}
        words += f' ResourceType="{resource}" ResourceId="{resource_id}"'
    return ErrorReplyError(400, words, code, members)
