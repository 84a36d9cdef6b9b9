"""The engine: a typed request and the endpoints in, the result and the delivery of each endpoint out. No I/O."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

from pinpoint_users._rendering.content import PUSH_MESSAGES, Content, content_of
from pinpoint_users._rendering.recipients import Rendered, render
from pinpoint_users._routes.directory import NO_ENDPOINT
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.local._delivery import Row
from pinpoint_users.local._faults import Faults
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._shapes import AddressConfiguration, MessageRequest
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest

Endpoint: TypeAlias = Mapping[str, Any]
"""An endpoint in AWS's shape, `EndpointResponse`."""
Result: TypeAlias = dict[str, Any]
"""What became of an endpoint or an address, in AWS's shape, `EndpointMessageResult`."""

_SUCCESSFUL = DeliveryStatus.SUCCESSFUL.value
_CALLED = frozenset({"SMS", "VOICE"})
_DIGIT = re.compile(r"\d")
_SHOWN = frozenset({"Title", "Body", "Badge", "Data", "ImageUrl", "MediaUrl", "RawContent", "SilentPush"})
"""Members of a push message of which one at least is there for the receiver, or for their app."""


class Sending:
    """One request being carried out."""

    def __init__(
        self,
        request: SendUsersMessageRequest | MessageRequest,
        message: DirectMessageConfiguration,
        *,
        application_id: str,
        request_id: str,
        faults: Faults,
        quota: Quota,
        closed: Collection[str],
        deliver: Callable[[Row], None],
    ) -> None:
        self._context: Mapping[str, str] = request.context or {}
        self._trace_id = request.trace_id
        self._message = message
        self._application_id = application_id
        self._request_id = request_id
        self._faults = faults
        self._quota = quota
        self._closed = closed
        self._deliver = deliver
        self._numbers = count(int.from_bytes(os.urandom(15), "big"))
        self._contents: dict[str | None, Content | None] = {}
        self._addresses: set[tuple[str, str]] = set()

    def to_users(
        self, users: Mapping[str, EndpointSendConfiguration], endpoints: Mapping[str, Sequence[Endpoint]]
    ) -> dict[str, dict[str, Result]]:
        """Sends to every endpoint of every user: `SendUsersMessages`."""
        return {
            user_id: {endpoint["Id"]: self._to_endpoint(endpoint, own) for endpoint in endpoints[user_id]}
            if user_id in endpoints
            else {"": to_wire(NO_ENDPOINT)}
            for user_id, own in users.items()
        }

    def to_endpoints(
        self, recipients: Mapping[str, EndpointSendConfiguration], endpoints: Mapping[str, Endpoint]
    ) -> dict[str, Result]:
        """Sends to endpoints by ID: `SendMessages` with `Endpoints`."""
        return {
            endpoint_id: self._to_endpoint(endpoints[endpoint_id], own)
            if endpoint_id in endpoints
            else _failed("", "No endpoint found for endpointId.")
            for endpoint_id, own in recipients.items()
        }

    def to_addresses(self, recipients: Mapping[str, AddressConfiguration]) -> dict[str, Result]:
        """Sends to addresses without an endpoint: `SendMessages` with `Addresses`."""
        return {
            address: self._send({"Address": address, "ChannelType": own.channel_type}, own)
            for address, own in recipients.items()
        }

    def _to_endpoint(self, endpoint: Endpoint, own: EndpointSendConfiguration) -> Result:
        address = endpoint.get("Address", "")
        if not address:
            return _failed(address, "Endpoint has no address.")
        if endpoint["EndpointStatus"] == "INACTIVE":
            return _failed(address, "Endpoint is inactive.")
        if endpoint["OptOut"] == "ALL":
            return _failed(address, "User has opted out.", DeliveryStatus.OPT_OUT)
        return self._send(endpoint, own)

    def _send(self, endpoint: Endpoint, own: EndpointSendConfiguration) -> Result:
        address, channel_type = endpoint["Address"], endpoint.get("ChannelType")
        content = self._content(channel_type)
        if content is None:
            return _failed(address, f"No message for channel {channel_type}.")
        if channel_type in self._closed:
            return _failed(address, f"No channel of type {channel_type} is enabled for the application")
        rendered = render(content, own, endpoint)
        problem = _problem(rendered, content.channel_type, address)
        if problem is not None:
            return _failed(address, problem)
        if (content.channel_type, address) in self._addresses:
            return _failed(address, "Duplicate address.", DeliveryStatus.DUPLICATE)
        self._addresses.add((content.channel_type, address))
        endpoint_id, user_id = endpoint.get("Id"), endpoint.get("User", {}).get("UserId")
        throttled = self._faults.throttled(endpoint_id=endpoint_id, address=address, user_id=user_id)
        if throttled is None and not self._quota.takes_endpoint():
            throttled = 429
        if throttled is not None:
            return _failed(address, "Rate exceeded.", DeliveryStatus.THROTTLED, throttled)
        message_id = f"{next(self._numbers):032x}"
        self._deliver(
            {
                "user_id": user_id,
                "endpoint_id": endpoint_id,
                "channel_type": content.channel_type,
                "address": address,
                "title": rendered.title,
                "body": rendered.body,
                "html": rendered.html,
                "message": rendered.message,
                "context": self._context if own.context is None else {**self._context, **own.context},
                "message_id": message_id,
                "request_id": self._request_id,
                "trace_id": self._trace_id,
                "application_id": self._application_id,
            }
        )
        return {
            "Address": address,
            "DeliveryStatus": _SUCCESSFUL,
            "MessageId": message_id,
            "StatusCode": 200,
            "StatusMessage": f"MessageId: {message_id}",
        }

    def _content(self, channel_type: str | None) -> Content | None:
        if channel_type not in self._contents:
            self._contents[channel_type] = content_of(self._message, channel_type)
        return self._contents[channel_type]


def _problem(rendered: Rendered, channel_type: str, address: str) -> str | None:
    """Why a message can't go to an address. AWS doesn't say what it takes for a phone number; one without a digit is none."""
    if not _is_shown(rendered, channel_type):
        return f"The {channel_type} message has no content."
    return "Invalid phone number." if channel_type in _CALLED and not _DIGIT.search(address) else None


def _is_shown(rendered: Rendered, channel_type: str) -> bool:
    if channel_type not in PUSH_MESSAGES:
        return rendered.has_content
    if rendered.body:
        return True
    given = [rendered.message[member] for member in _SHOWN if member in rendered.message]
    return any(value or type(value) is int for value in given)  # a badge of 0 takes the badge away


def _failed(
    address: str, message: str, status: DeliveryStatus = DeliveryStatus.PERMANENT_FAILURE, status_code: int = 400
) -> Result:
    return {"Address": address, "DeliveryStatus": status.value, "StatusCode": status_code, "StatusMessage": message}
