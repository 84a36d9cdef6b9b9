"""The engine: a typed request and the endpoints in, a typed result and the delivery of each endpoint out. No I/O."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pinpoint_users._rendering.content import Content, content_of
from pinpoint_users._rendering.recipients import render
from pinpoint_users._routes.directory import NO_ENDPOINT
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import ChannelType, DeliveryStatus
from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._faults import Faults
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._shapes import AddressConfiguration, MessageRequest
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest
from pinpoint_users.results import EndpointMessageResult

Endpoint: TypeAlias = Mapping[str, Any]
"""An endpoint in AWS's shape, `EndpointResponse`."""

_NO_CONTEXT: Mapping[str, str] = FrozenDict()


class Sending:
    """One request being carried out."""

    def __init__(
        self,
        request: SendUsersMessageRequest | MessageRequest,
        *,
        application_id: str,
        request_id: str,
        faults: Faults,
        quota: Quota,
    ) -> None:
        self.deliveries: list[Delivery] = []
        """What goes out."""
        self._request = request
        self._application_id = application_id
        self._request_id = request_id
        self._faults = faults
        self._quota = quota
        self._contents: dict[str | None, Content | None] = {}
        self._addresses: set[tuple[str, str]] = set()

    def to_users(
        self, users: Mapping[str, EndpointSendConfiguration], endpoints: Mapping[str, Sequence[Endpoint]]
    ) -> dict[str, dict[str, EndpointMessageResult]]:
        """Sends to every endpoint of every user: `SendUsersMessages`."""
        return {
            user_id: {endpoint["Id"]: self._to_endpoint(endpoint, own) for endpoint in endpoints[user_id]}
            if user_id in endpoints
            else {"": NO_ENDPOINT}
            for user_id, own in users.items()
        }

    def to_endpoints(
        self, recipients: Mapping[str, EndpointSendConfiguration], endpoints: Mapping[str, Endpoint]
    ) -> dict[str, EndpointMessageResult]:
        """Sends to endpoints by ID: `SendMessages` with `Endpoints`."""
        return {
            endpoint_id: self._to_endpoint(endpoints[endpoint_id], own)
            if endpoint_id in endpoints
            else _failed("", "No endpoint found for endpointId.")
            for endpoint_id, own in recipients.items()
        }

    def to_addresses(self, recipients: Mapping[str, AddressConfiguration]) -> dict[str, EndpointMessageResult]:
        """Sends to addresses without an endpoint: `SendMessages` with `Addresses`."""
        return {
            address: self._send({"Address": address, "ChannelType": own.channel_type}, own)
            for address, own in recipients.items()
        }

    def _to_endpoint(self, endpoint: Endpoint, own: EndpointSendConfiguration) -> EndpointMessageResult:
        address = endpoint.get("Address", "")
        if not address:
            return _failed(address, "Endpoint has no address.")
        if endpoint["EndpointStatus"] == "INACTIVE":
            return _failed(address, "Endpoint is inactive.")
        if endpoint["OptOut"] == "ALL":
            return _failed(address, "User has opted out.", DeliveryStatus.OPT_OUT)
        return self._send(endpoint, own)

    def _send(self, endpoint: Endpoint, own: EndpointSendConfiguration) -> EndpointMessageResult:
        address, channel_type = endpoint["Address"], endpoint.get("ChannelType")
        content = self._content(channel_type)
        if content is None:
            return _failed(address, f"No message for channel {channel_type}.")
        rendered = render(content, own, endpoint)
        if content.channel_type in {"EMAIL", "SMS"} and not rendered.has_content:
            return _failed(address, f"The {content.channel_type} message has no content.")
        if (content.channel_type, address) in self._addresses:
            return _failed(address, "Duplicate address.", DeliveryStatus.DUPLICATE)
        self._addresses.add((content.channel_type, address))
        endpoint_id, user_id = endpoint.get("Id"), endpoint.get("User", {}).get("UserId")
        throttled = self._faults.throttled(endpoint_id=endpoint_id, address=address, user_id=user_id)
        if throttled is None and not self._quota.takes_endpoint():
            throttled = 429
        if throttled is not None:
            return _failed(address, "Rate exceeded.", DeliveryStatus.THROTTLED, throttled)
        message_id = uuid.uuid4().hex
        self.deliveries.append(
            Delivery(
                user_id=user_id,
                endpoint_id=endpoint_id,
                channel_type=ChannelType(content.channel_type),
                address=address,
                title=rendered.title,
                body=rendered.body,
                html=rendered.html,
                message=rendered.message,
                context={**(self._request.context or _NO_CONTEXT), **(own.context or _NO_CONTEXT)},
                message_id=message_id,
                request_id=self._request_id,
                trace_id=self._request.trace_id,
                application_id=self._application_id,
            )
        )
        return EndpointMessageResult(
            address=address,
            delivery_status=DeliveryStatus.SUCCESSFUL,
            message_id=message_id,
            status_code=200,
            status_message=f"MessageId: {message_id}",
        )

    def _content(self, channel_type: str | None) -> Content | None:
        if channel_type not in self._contents:
            self._contents[channel_type] = content_of(self._request.message_configuration, channel_type)
        return self._contents[channel_type]


def _failed(
    address: str, message: str, status: DeliveryStatus = DeliveryStatus.PERMANENT_FAILURE, status_code: int = 400
) -> EndpointMessageResult:
    return EndpointMessageResult(address=address, delivery_status=status, status_code=status_code, status_message=message)
