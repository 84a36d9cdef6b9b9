"""The shapes of the neighbouring operations, read and checked as strictly as those of SendUsersMessages.

Source of every class: botocore's model `pinpoint/2016-12-01`, the shape of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pinpoint_users._shapes.converters import (
    instance_of,
    map_of,
    required_string,
    string,
    string_map,
    tuple_of,
)
from pinpoint_users._shapes.limits import MAX_USERS, at_most_items
from pinpoint_users._shapes.shape import Shape
from pinpoint_users._shapes.words import channel_type_word
from pinpoint_users.endpoints import EndpointBatchItem
from pinpoint_users.enums import ChannelType
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration


def _addresses(value: Mapping[str, AddressConfiguration]) -> Mapping[str, AddressConfiguration]:
    return map_of(value, AddressConfiguration)


def _endpoints(value: Mapping[str, EndpointSendConfiguration]) -> Mapping[str, EndpointSendConfiguration]:
    return map_of(value, EndpointSendConfiguration)


def _items(value: list[EndpointBatchItem] | tuple[EndpointBatchItem, ...]) -> tuple[EndpointBatchItem, ...]:
    return tuple_of(value, EndpointBatchItem)


def _message_configuration(value: DirectMessageConfiguration) -> DirectMessageConfiguration:
    return instance_of(value, DirectMessageConfiguration)


def _template_configuration(value: TemplateConfiguration) -> TemplateConfiguration:
    return instance_of(value, TemplateConfiguration)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointBatchRequest(Shape):
    """What `UpdateEndpointsBatch` takes."""

    item: tuple[EndpointBatchItem, ...] = attrs.field(converter=_items, validator=at_most_items(MAX_USERS))


@attrs.frozen(kw_only=True, repr=False, eq=False)
class AddressConfiguration(EndpointSendConfiguration):
    """What one address of `SendMessages` gets of its own, and its channel."""

    channel_type: ChannelType | None = attrs.field(default=None, converter=channel_type_word)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class MessageRequest(Shape):
    """What `SendMessages` takes."""

    addresses: Mapping[str, AddressConfiguration] | None = attrs.field(default=None, converter=_addresses)
    context: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    endpoints: Mapping[str, EndpointSendConfiguration] | None = attrs.field(default=None, converter=_endpoints)
    message_configuration: DirectMessageConfiguration = attrs.field(converter=_message_configuration)
    template_configuration: TemplateConfiguration | None = attrs.field(default=None, converter=_template_configuration)
    trace_id: str | None = attrs.field(default=None, converter=string)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class CreateApplicationRequest(Shape):
    """What `CreateApp` takes."""

    name: str = attrs.field(converter=required_string)
    tags: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
