"""What is written of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    Substitutions,
    numbers,
    string,
    string_lists,
)
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import channel_type_word, endpoint_status_word, opt_out_word
from pinpoint_users.endpoints._values import (
    demographic_part,
    location_part,
    masked_repr,
    user_part,
)
from pinpoint_users.endpoints.demographic import EndpointDemographic, EndpointDemographicBuilder
from pinpoint_users.endpoints.location import EndpointLocation, EndpointLocationBuilder
from pinpoint_users.endpoints.user import EndpointUser, EndpointUserBuilder
from pinpoint_users.enums import ChannelType, ChannelTypeName, EndpointStatus, OptOut


@attrs.frozen(kw_only=True, repr=False, eq=False)
class _EndpointUpdate(Shape):
    """What an update sets."""

    address: str | None = attrs.field(default=None, converter=string, repr=masked_repr)
    """The phone number in E.164, e-mail address or device token: `{{Address}}` in a message."""
    attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """What is known of the endpoint, each a list of strings: `{{Attributes.name}}` in a message."""
    channel_type: ChannelType | None = attrs.field(default=None, converter=channel_type_word)
    """The channel by which it is reached."""
    demographic: EndpointDemographic | None = attrs.field(default=None, converter=demographic_part)
    """The device."""
    effective_date: str | None = attrs.field(default=None, converter=string)
    """When it was last changed, in ISO 8601."""
    endpoint_status: EndpointStatus | None = attrs.field(default=None, converter=endpoint_status_word)
    """ACTIVE, which is the same as not set, or INACTIVE: nothing is sent there."""
    location: EndpointLocation | None = attrs.field(default=None, converter=location_part)
    """Where it is."""
    metrics: Mapping[str, float] | None = attrs.field(default=None, converter=numbers)
    """Numbers that are known of the endpoint."""
    opt_out: OptOut | None = attrs.field(default=None, converter=opt_out_word)
    """NONE, which is the same as not set, or ALL: the user doesn't want messages there."""
    request_id: str | None = attrs.field(default=None, converter=string)
    """The ID of the request that last changed it."""
    user: EndpointUser | None = attrs.field(default=None, converter=user_part)
    """The user whom it belongs to."""


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointRequest(_EndpointUpdate):
    """What `UpdateEndpoint` takes: what isn't set stays as it is. `repr` masks the address.

    Source: Amazon Pinpoint API reference, `EndpointRequest`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointRequest`.
    """

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            address: str | None = None,
            attributes: Substitutions | None = None,
            channel_type: ChannelType | ChannelTypeName | None = None,
            demographic: EndpointDemographic | None = None,
            effective_date: str | None = None,
            endpoint_status: EndpointStatus | None = None,
            location: EndpointLocation | None = None,
            metrics: Mapping[str, float] | None = None,
            opt_out: OptOut | None = None,
            request_id: str | None = None,
            user: EndpointUser | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EndpointRequestBuilder:
        """Starts a builder."""
        return EndpointRequestBuilder()

    def to_builder(self) -> EndpointRequestBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointRequestBuilder(**values_of(self))


class EndpointRequestBuilder(Builder[EndpointRequest], shape=EndpointRequest):
    """Builds `EndpointRequest`."""

    __slots__ = ()

    def address(self, value: str | None, /) -> Self:
        """The phone number in E.164, e-mail address or device token: `{{Address}}` in a message."""
        return self._set("address", value)

    def attributes(self, value: Substitutions | None, /) -> Self:
        """What is known of the endpoint, each a list of strings: `{{Attributes.name}}` in a message."""
        return self._set("attributes", value)

    def attribute(self, name: str, value: str, /, *more: str) -> Self:
        """Adds an attribute to `attributes`: its name and its value, or several values."""
        return self._put("attributes", name, (value, *more))

    def channel_type(self, value: ChannelType | ChannelTypeName | None, /) -> Self:
        """The channel by which it is reached."""
        return self._set("channel_type", value)

    def demographic(self, value: EndpointDemographic | EndpointDemographicBuilder | None, /) -> Self:
        """The device."""
        return self._set("demographic", value)

    def effective_date(self, value: str | None, /) -> Self:
        """When it was last changed, in ISO 8601."""
        return self._set("effective_date", value)

    def endpoint_status(self, value: EndpointStatus | None, /) -> Self:
        """ACTIVE, which is the same as not set, or INACTIVE: nothing is sent there."""
        return self._set("endpoint_status", value)

    def location(self, value: EndpointLocation | EndpointLocationBuilder | None, /) -> Self:
        """Where it is."""
        return self._set("location", value)

    def metrics(self, value: Mapping[str, float] | None, /) -> Self:
        """Numbers that are known of the endpoint."""
        return self._set("metrics", value)

    def metric(self, name: str, value: float, /) -> Self:
        """Adds a metric to `metrics`."""
        return self._put("metrics", name, value)

    def opt_out(self, value: OptOut | None, /) -> Self:
        """NONE, which is the same as not set, or ALL: the user doesn't want messages there."""
        return self._set("opt_out", value)

    def request_id(self, value: str | None, /) -> Self:
        """The ID of the request that last changed it."""
        return self._set("request_id", value)

    def user(self, value: EndpointUser | EndpointUserBuilder | None, /) -> Self:
        """The user whom it belongs to."""
        return self._set("user", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointBatchItem(_EndpointUpdate):
    """One endpoint of `UpdateEndpointsBatch`: what isn't set stays as it is. `repr` masks the address.

    Source: Amazon Pinpoint API reference, `EndpointBatchItem`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointBatchItem`.
    """

    id: str | None = attrs.field(default=None, converter=string)
    """Its ID; upper and lower case are the same."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            address: str | None = None,
            attributes: Substitutions | None = None,
            channel_type: ChannelType | ChannelTypeName | None = None,
            demographic: EndpointDemographic | None = None,
            effective_date: str | None = None,
            endpoint_status: EndpointStatus | None = None,
            location: EndpointLocation | None = None,
            metrics: Mapping[str, float] | None = None,
            opt_out: OptOut | None = None,
            request_id: str | None = None,
            user: EndpointUser | None = None,
            id: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EndpointBatchItemBuilder:
        """Starts a builder."""
        return EndpointBatchItemBuilder()

    def to_builder(self) -> EndpointBatchItemBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointBatchItemBuilder(**values_of(self))


class EndpointBatchItemBuilder(Builder[EndpointBatchItem], shape=EndpointBatchItem):
    """Builds `EndpointBatchItem`."""

    __slots__ = ()

    def address(self, value: str | None, /) -> Self:
        """The phone number in E.164, e-mail address or device token: `{{Address}}` in a message."""
        return self._set("address", value)

    def attributes(self, value: Substitutions | None, /) -> Self:
        """What is known of the endpoint, each a list of strings: `{{Attributes.name}}` in a message."""
        return self._set("attributes", value)

    def attribute(self, name: str, value: str, /, *more: str) -> Self:
        """Adds an attribute to `attributes`: its name and its value, or several values."""
        return self._put("attributes", name, (value, *more))

    def channel_type(self, value: ChannelType | ChannelTypeName | None, /) -> Self:
        """The channel by which it is reached."""
        return self._set("channel_type", value)

    def demographic(self, value: EndpointDemographic | EndpointDemographicBuilder | None, /) -> Self:
        """The device."""
        return self._set("demographic", value)

    def effective_date(self, value: str | None, /) -> Self:
        """When it was last changed, in ISO 8601."""
        return self._set("effective_date", value)

    def endpoint_status(self, value: EndpointStatus | None, /) -> Self:
        """ACTIVE, which is the same as not set, or INACTIVE: nothing is sent there."""
        return self._set("endpoint_status", value)

    def location(self, value: EndpointLocation | EndpointLocationBuilder | None, /) -> Self:
        """Where it is."""
        return self._set("location", value)

    def metrics(self, value: Mapping[str, float] | None, /) -> Self:
        """Numbers that are known of the endpoint."""
        return self._set("metrics", value)

    def metric(self, name: str, value: float, /) -> Self:
        """Adds a metric to `metrics`."""
        return self._put("metrics", name, value)

    def opt_out(self, value: OptOut | None, /) -> Self:
        """NONE, which is the same as not set, or ALL: the user doesn't want messages there."""
        return self._set("opt_out", value)

    def request_id(self, value: str | None, /) -> Self:
        """The ID of the request that last changed it."""
        return self._set("request_id", value)

    def user(self, value: EndpointUser | EndpointUserBuilder | None, /) -> Self:
        """The user whom it belongs to."""
        return self._set("user", value)

    def id(self, value: str | None, /) -> Self:
        """Its ID; upper and lower case are the same."""
        return self._set("id", value)


# The end of the builder.
