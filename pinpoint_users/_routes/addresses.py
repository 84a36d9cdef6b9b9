"""The way out through Pinpoint's `SendMessages` with addresses: push, SMS and voice, as AWS keeps it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users._rendering.addresses import for_addresses
from pinpoint_users._rendering.content import OTHER_MESSAGES
from pinpoint_users._requests.wire import Encoder
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._shapes.unseen import unseen
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import ChannelType, DeliveryStatus
from pinpoint_users.errors import BadRequestError, RequestError, ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest
from pinpoint_users.results import EndpointMessageResult, try_fast_read

_is_phone = re.compile(r"\+[1-9][0-9]{1,18}").fullmatch
_CALLED = frozenset({ChannelType.SMS, ChannelType.VOICE})


def phone_refusal(target: Target) -> EndpointMessageResult | None:
    """Why an address can't be called; None if it can."""
    if _is_phone(target.endpoint.address):
        return None
    hidden = unseen(target.endpoint.address)
    problem = f"it has {hidden}, which isn't seen" if hidden else "+ and the digits, country code first, nothing between them"
    return EndpointMessageResult(
        address=target.endpoint.address,
        delivery_status=DeliveryStatus.PERMANENT_FAILURE,
        status_code=400,
        status_message=f"Not a phone number in E.164: {problem}.",
    )


class AddressesRoute(Route):
    """The route; `pinpoint_users._routes.base.Route` says what it is.

    Args:
        common: The message, and what goes with it for all.
        channels: The channels that go this way; what the message has for others stays behind.
    """

    name = "SendMessages"

    def __init__(self, common: SendUsersMessageRequest, channels: Collection[ChannelType]) -> None:
        message = common.message_configuration
        others = [member for channel, member in OTHER_MESSAGES.items() if channel not in channels and getattr(message, member)]
        self._message = for_addresses(attrs.evolve(message, **dict.fromkeys(others)))
        self._encoder = Encoder(attrs.evolve(common, message_configuration=self._message.message, template_configuration=None))

    def refusal(self, target: Target) -> EndpointMessageResult | None:
        """Why an address can't be sent to."""
        return phone_refusal(target) if target.endpoint.channel_type in _CALLED else None

    def requests(self, targets: Sequence[Target]) -> list[tuple[Operation, list[Target]]]:
        """At most 100 addresses each, and no address twice: the answer is by address."""
        if len({target.endpoint.address for target in targets}) == len(targets):  # as nearly always
            return [("SendMessages", [*targets[at : at + MAX_USERS]]) for at in range(0, len(targets), MAX_USERS)]
        groups: list[dict[str, Target]] = []
        for target in targets:
            address = target.endpoint.address
            for group in groups:
                if len(group) < MAX_USERS and address not in group:
                    break
            else:
                groups.append(group := {})
            group[address] = target
        return [("SendMessages", [*group.values()]) for group in groups]

    def body(self, operation: Operation, targets: Sequence[Target]) -> bytes:  # noqa: ARG002 - there is one operation
        """The body of a request."""
        message = self._message
        addresses: dict[str, Any] = {}
        written: Mapping[str, Any] = {}
        last: EndpointSendConfiguration | None = None
        for target in targets:
            configuration = target.configuration
            if configuration is not last or message.needs_endpoint(configuration):  # a user's endpoints mostly get the same
                written, last = message.own(configuration, target.shape), configuration
            addresses[target.endpoint.address] = {**written, "ChannelType": target.endpoint.channel_type.value}
        return self._encoder.body("Addresses", addresses)

    def results(
        self,
        operation: Operation,  # noqa: ARG002 - likewise
        answer: Mapping[str, Any],
        targets: Sequence[Target],
    ) -> Sequence[EndpointMessageResult | None]:
        """What an answer says of each address."""
        told = answer.get("Result")
        if not isinstance(told, Mapping):
            return [None] * len(targets)
        return [_result(target.endpoint.address, told.get(target.endpoint.address)) for target in targets]

    def explain(self, error: RequestError, targets: Sequence[Target]) -> EndpointMessageResult | RequestError:
        """A request that was refused for a single address, whose fault it may be."""
        if type(error) is not BadRequestError or len(targets) > 1:
            return error
        return EndpointMessageResult(
            address=targets[0].endpoint.address,
            delivery_status=DeliveryStatus.PERMANENT_FAILURE,
            status_code=error.status_code or 400,
            status_message=str(error),
        )


def _result(address: str, told: object) -> EndpointMessageResult | None:
    result = try_fast_read(told, address)
    if result is not None:
        return result
    if not isinstance(told, dict):
        return None
    try:
        return EndpointMessageResult.from_dict({"Address": address, **told})
    except ValidationError:
        return None
