"""The services that messages go out by, and how boto3 calls their operations."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import attrs

from pinpoint_users._transport.base import Operation


@attrs.frozen
class Call:
    """How boto3 calls an operation."""

    method: str
    """The client's method."""
    stands_for_body: Mapping[str, Any]
    """Parameters that stand for the body's until it takes their place, as far as the operation requires some."""
    member: str | None = None
    """The parameter that is the body; None where the body has all of them."""
    wrapper: str | None = None
    """The member of the output that is the answer; None where it is the answer."""
    blob: tuple[str, ...] = ()
    """Where in the body bytes are in base64, which boto3 makes itself."""

    def parameters(self, application_id: str, body: bytes | None) -> dict[str, Any]:
        """The parameters of a call.

        Args:
            application_id: The application to send from.
            body: The body that they are to say; None for what stands for any.
        """
        parameters = {**self.stands_for_body} if body is None else self._decoded(body)
        return parameters if self.member is None else {"ApplicationId": application_id, self.member: parameters}

    def _decoded(self, body: bytes) -> dict[str, Any]:
        parameters: dict[str, Any] = json.loads(body)
        holder: Any = parameters
        *path, name = self.blob or ("",)
        for step in path:
            holder = holder.get(step) or {}
        if name in holder:
            holder[name] = base64.b64decode(holder[name])
        return parameters


@attrs.frozen
class Service:
    """A service of AWS's."""

    name: str
    """boto3's name of it, which its events have too."""
    title: str
    calls: Mapping[Operation, Call] = attrs.field(hash=False)

    @property
    def url_variable(self) -> str:
        """The environment variable in which boto3 looks for its address."""
        return f"AWS_ENDPOINT_URL_{self.name.upper().replace('-', '_')}"


_RAW = ("MessageConfiguration", "EmailMessage", "RawEmail", "Data")
PINPOINT = Service(
    "pinpoint",
    "Pinpoint",
    {
        "SendUsersMessages": Call(
            "send_users_messages",
            {"MessageConfiguration": {}, "Users": {}},
            "SendUsersMessageRequest",
            "SendUsersMessageResponse",
            _RAW,
        ),
        "SendMessages": Call("send_messages", {"MessageConfiguration": {}}, "MessageRequest", "MessageResponse", _RAW),
    },
)
SES = Service(
    "sesv2",
    "SES",
    {
        "SendEmail": Call("send_email", {"Content": {}}, blob=("Content", "Raw", "Data")),
        "SendBulkEmail": Call("send_bulk_email", {"DefaultContent": {}, "BulkEmailEntries": []}),
    },
)
TEXT_AND_VOICE = Service(
    "pinpoint-sms-voice-v2",
    "AWS End User Messaging",
    {
        "SendTextMessage": Call("send_text_message", {"DestinationPhoneNumber": "+0"}),
        "SendVoiceMessage": Call("send_voice_message", {"DestinationPhoneNumber": "+0", "OriginationIdentity": "0"}),
    },
)
SERVICES = (PINPOINT, SES, TEXT_AND_VOICE)
