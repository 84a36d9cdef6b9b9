"""Every operation that is here, by AWS's name, and what carries it out. Where HTTP finds it, botocore's model says."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pinpoint_users._shapes.limits import MAX_PAYLOAD
from pinpoint_users._transport.operations import Place, place_of
from pinpoint_users.local import (
    _applications,
    _channels,
    _endpoints,
    _events,
    _messages,
    _one_time_passwords,
    _phone_numbers,
    _successors,
    _templates,
)
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._reply import PINPOINT, SES, TEXT_MESSAGING, Dialect
from pinpoint_users.local._ses import MAX_MESSAGE


@attrs.frozen
class Operation:
    """One operation."""

    name: str
    carry_out: Callable[[Call], Answer]
    dialect: Dialect
    max_body: int
    """Bytes."""

    @property
    def place(self) -> Place:
        """Where HTTP finds it."""
        return place_of(self.dialect.service, self.name)


_CARRY_OUT: dict[str, Callable[[Call], Answer]] = {
    "SendUsersMessages": _messages.send_users_messages,
    "SendMessages": _messages.send_messages,
    "CreateApp": _applications.create_app,
    "GetApps": _applications.get_apps,
    "GetApp": _applications.get_app,
    "DeleteApp": _applications.delete_app,
    "UpdateEndpoint": _endpoints.update_endpoint,
    "UpdateEndpointsBatch": _endpoints.update_endpoints_batch,
    "GetEndpoint": _endpoints.get_endpoint,
    "DeleteEndpoint": _endpoints.delete_endpoint,
    "GetUserEndpoints": _endpoints.get_user_endpoints,
    "DeleteUserEndpoints": _endpoints.delete_user_endpoints,
    "PutEvents": _events.put_events,
    "SendOTPMessage": _one_time_passwords.send_otp_message,
    "VerifyOTPMessage": _one_time_passwords.verify_otp_message,
    "PhoneNumberValidate": _phone_numbers.validate_phone_number,
    "GetChannels": _channels.get_channels,
    **{f"Get{channel}Channel": _channels.get_channel for channel in _channels.CHANNELS},
    **{f"Update{channel}Channel": _channels.update_channel for channel in _channels.CHANNELS},
    **{f"Delete{channel}Channel": _channels.delete_channel for channel in _channels.CHANNELS},
    **{f"Create{kind}Template": _templates.create_template for kind in _templates.TEMPLATES},
    **{f"Get{kind}Template": _templates.get_template for kind in _templates.TEMPLATES},
    **{f"Update{kind}Template": _templates.update_template for kind in _templates.TEMPLATES},
    **{f"Delete{kind}Template": _templates.delete_template for kind in _templates.TEMPLATES},
    "ListTemplates": _templates.list_templates,
    "ListTemplateVersions": _templates.list_template_versions,
    "UpdateTemplateActiveVersion": _templates.update_template_active_version,
}
_OF_SES = {
    "SendEmail": _successors.send_email,
    "SendBulkEmail": _successors.send_bulk_email,
    "GetAccount": _successors.get_account,
}
_OF_TEXT_MESSAGING = {"SendTextMessage": _successors.send_text, "SendVoiceMessage": _successors.send_text}

OPERATIONS: dict[str, Operation] = {
    name: Operation(name, carry_out, dialect, max_body)
    for carried_out, dialect, max_body in (
        (_CARRY_OUT, PINPOINT, MAX_PAYLOAD),
        (_OF_SES, SES, MAX_MESSAGE),
        (_OF_TEXT_MESSAGING, TEXT_MESSAGING, MAX_PAYLOAD),
    )
    for name, carry_out in carried_out.items()
}
SENDS = frozenset(
    {
        *("SendMessages", "SendOTPMessage", "SendUsersMessages"),
        *("SendBulkEmail", "SendEmail"),
        *("SendTextMessage", "SendVoiceMessage"),
    }
)
"""The operations that scripted faults and the quota are about."""
