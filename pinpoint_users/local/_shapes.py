"""The shapes of the neighbouring operations, read and checked as strictly as those of SendUsersMessages.

Source of every class: botocore's model `pinpoint/2016-12-01`, the shape of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import attrs

from pinpoint_users._shapes.converters import (
    InvalidValue,
    instance_of,
    key_problems,
    kind,
    map_of,
    one_of,
    refuse,
    required_string,
    string,
    string_lists,
    string_map,
    tuple_of,
)
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._shapes.limits import MAX_USERS, at_most_items
from pinpoint_users._shapes.shape import Shape
from pinpoint_users.enums import ChannelTypeName
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration


def _channel_type(value: str) -> str:
    return one_of(value, get_args(ChannelTypeName))


def _endpoint_status(value: str) -> str:
    return one_of(value, ("ACTIVE", "INACTIVE"))


def _opt_out(value: str) -> str:
    return one_of(value, ("ALL", "NONE"))


def _number(value: float) -> float:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise refuse(f"must be a number, not {kind(value)}")


def _numbers(value: Mapping[str, float]) -> Mapping[str, float]:
    if value is None:
        return value
    problems = list(key_problems(value))
    for name, number in {} if problems else value.items():
        try:
            _number(number)
        except InvalidValue as refusal:  # noqa: PERF203 - to collect the faults of all numbers
            problems += [(f"[{name!r}]", problem) for _, problem in refusal.problems]
    if problems:
        raise InvalidValue(*problems)
    return FrozenDict(value)


def _demographic(value: EndpointDemographic) -> EndpointDemographic:
    return instance_of(value, EndpointDemographic)


def _location(value: EndpointLocation) -> EndpointLocation:
    return instance_of(value, EndpointLocation)


def _user(value: EndpointUser) -> EndpointUser:
    return instance_of(value, EndpointUser)


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
class EndpointUser(Shape):
    """The user whom an endpoint belongs to."""

    user_attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    user_id: str | None = attrs.field(default=None, converter=string)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointDemographic(Shape):
    """The device of an endpoint."""

    app_version: str | None = attrs.field(default=None, converter=string)
    locale: str | None = attrs.field(default=None, converter=string)
    make: str | None = attrs.field(default=None, converter=string)
    model: str | None = attrs.field(default=None, converter=string)
    model_version: str | None = attrs.field(default=None, converter=string)
    platform: str | None = attrs.field(default=None, converter=string)
    platform_version: str | None = attrs.field(default=None, converter=string)
    timezone: str | None = attrs.field(default=None, converter=string)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointLocation(Shape):
    """Where an endpoint is."""

    city: str | None = attrs.field(default=None, converter=string)
    country: str | None = attrs.field(default=None, converter=string)
    latitude: float | None = attrs.field(default=None, converter=_number)
    longitude: float | None = attrs.field(default=None, converter=_number)
    postal_code: str | None = attrs.field(default=None, converter=string)
    region: str | None = attrs.field(default=None, converter=string)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointRequest(Shape):
    """What `UpdateEndpoint` takes."""

    address: str | None = attrs.field(default=None, converter=string)
    attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    channel_type: str | None = attrs.field(default=None, converter=_channel_type)
    demographic: EndpointDemographic | None = attrs.field(default=None, converter=_demographic)
    effective_date: str | None = attrs.field(default=None, converter=string)
    endpoint_status: str | None = attrs.field(default=None, converter=_endpoint_status)
    location: EndpointLocation | None = attrs.field(default=None, converter=_location)
    metrics: Mapping[str, float] | None = attrs.field(default=None, converter=_numbers)
    opt_out: str | None = attrs.field(default=None, converter=_opt_out)
    request_id: str | None = attrs.field(default=None, converter=string)
    user: EndpointUser | None = attrs.field(default=None, converter=_user)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointBatchItem(EndpointRequest):
    """One endpoint of `UpdateEndpointsBatch`."""

    id: str | None = attrs.field(default=None, converter=string)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointBatchRequest(Shape):
    """What `UpdateEndpointsBatch` takes."""

    item: tuple[EndpointBatchItem, ...] = attrs.field(converter=_items, validator=at_most_items(MAX_USERS))


@attrs.frozen(kw_only=True, repr=False, eq=False)
class AddressConfiguration(EndpointSendConfiguration):
    """What one address of `SendMessages` gets of its own, and its channel."""

    channel_type: str | None = attrs.field(default=None, converter=_channel_type)


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
