"""An endpoint: one address by which a user is reached."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    InvalidValue,
    Substitutions,
    numbers,
    required_string,
    string,
    string_lists,
)
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import endpoint_status_word, opt_out_word, required_channel_type
from pinpoint_users.endpoints._values import (
    demographic_part,
    location_part,
    masked_repr,
    user_part,
)
from pinpoint_users.endpoints.demographic import EndpointDemographic, EndpointDemographicBuilder
from pinpoint_users.endpoints.location import EndpointLocation, EndpointLocationBuilder
from pinpoint_users.endpoints.user import EndpointUser, EndpointUserBuilder, user_of
from pinpoint_users.enums import ChannelType, ChannelTypeName, EndpointStatus, OptOut
from pinpoint_users.errors import ValidationError

__all__ = ["Endpoint", "EndpointBuilder"]


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class Endpoint(Shape):
    """One address by which a user is reached, with what is known of it: AWS's `EndpointResponse`.

    A channel and an address are enough. Nothing is sent where `endpoint_status` is INACTIVE or `opt_out` is ALL. `repr` masks
    the address. Pinpoint's own limits of names, values and sizes are checked by the directory that an endpoint is put in.

    Source: Amazon Pinpoint API reference, `EndpointResponse`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointResponse`.

    Example:
        >>> Endpoint(channel_type="SMS", address="+12065550100", user=EndpointUser(user_id="u-1"))
        Endpoint(address='+1…00', channel_type=<ChannelType.SMS: 'SMS'>, user=EndpointUser(user_id='u-1'))
    """

    address: str = attrs.field(converter=required_string, repr=masked_repr)
    """The phone number in E.164, e-mail address or device token: `{{Address}}` in a message."""
    application_id: str | None = attrs.field(default=None, converter=string)
    """The application that it was in."""
    attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """What is known of the endpoint, each a list of strings: `{{Attributes.name}}` in a message."""
    channel_type: ChannelType = attrs.field(converter=required_channel_type)
    """The channel by which it is reached."""
    cohort_id: str | None = attrs.field(default=None, converter=string)
    """The group of 0 to 99 that campaigns had it in."""
    creation_date: str | None = attrs.field(default=None, converter=string)
    """When it was made, in ISO 8601."""
    demographic: EndpointDemographic | None = attrs.field(default=None, converter=demographic_part)
    """The device."""
    effective_date: str | None = attrs.field(default=None, converter=string)
    """When it was last changed, in ISO 8601."""
    endpoint_status: EndpointStatus | None = attrs.field(default=None, converter=endpoint_status_word)
    """ACTIVE, which is the same as not set, or INACTIVE: nothing is sent there."""
    id: str | None = attrs.field(default=None, converter=string)
    """Its ID; upper and lower case are the same."""
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

    @property
    def endpoint_id(self) -> str:
        """Its ID; where none is set, one that is always the same for its channel and address, and tells neither."""
        if self.id is not None:
            return self.id
        return hashlib.sha256(f"{self.channel_type}:{self.address}".encode()).hexdigest()[:32]

    @classmethod
    def _try_fast_read(cls, data: object) -> Endpoint | None:
        return try_fast_read(data) if cls is Endpoint else None

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            address: str,
            application_id: str | None = None,
            attributes: Substitutions | None = None,
            channel_type: ChannelType | ChannelTypeName,
            cohort_id: str | None = None,
            creation_date: str | None = None,
            demographic: EndpointDemographic | None = None,
            effective_date: str | None = None,
            endpoint_status: EndpointStatus | None = None,
            id: str | None = None,
            location: EndpointLocation | None = None,
            metrics: Mapping[str, float] | None = None,
            opt_out: OptOut | None = None,
            request_id: str | None = None,
            user: EndpointUser | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls, *, address: str, channel_type: ChannelType | ChannelTypeName) -> EndpointBuilder:
        """Starts a builder with the required fields."""
        return EndpointBuilder(address=address, channel_type=channel_type)

    def to_builder(self) -> EndpointBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointBuilder(**values_of(self))


class EndpointBuilder(Builder[Endpoint], shape=Endpoint):
    """Builds `Endpoint`."""

    __slots__ = ()

    def address(self, value: str, /) -> Self:
        """The phone number in E.164, e-mail address or device token: `{{Address}}` in a message."""
        return self._set("address", value)

    def application_id(self, value: str | None, /) -> Self:
        """The application that it was in."""
        return self._set("application_id", value)

    def attributes(self, value: Substitutions | None, /) -> Self:
        """What is known of the endpoint, each a list of strings: `{{Attributes.name}}` in a message."""
        return self._set("attributes", value)

    def attribute(self, name: str, value: str, /, *more: str) -> Self:
        """Adds an attribute to `attributes`: its name and its value, or several values."""
        return self._put("attributes", name, (value, *more))

    def channel_type(self, value: ChannelType | ChannelTypeName, /) -> Self:
        """The channel by which it is reached."""
        return self._set("channel_type", value)

    def cohort_id(self, value: str | None, /) -> Self:
        """The group of 0 to 99 that campaigns had it in."""
        return self._set("cohort_id", value)

    def creation_date(self, value: str | None, /) -> Self:
        """When it was made, in ISO 8601."""
        return self._set("creation_date", value)

    def demographic(self, value: EndpointDemographic | EndpointDemographicBuilder | None, /) -> Self:
        """The device."""
        return self._set("demographic", value)

    def effective_date(self, value: str | None, /) -> Self:
        """When it was last changed, in ISO 8601."""
        return self._set("effective_date", value)

    def endpoint_status(self, value: EndpointStatus | None, /) -> Self:
        """ACTIVE, which is the same as not set, or INACTIVE: nothing is sent there."""
        return self._set("endpoint_status", value)

    def id(self, value: str | None, /) -> Self:
        """Its ID; upper and lower case are the same."""
        return self._set("id", value)

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


_Unfrozen = unfrozen_layout(Endpoint)
_CHANNELS = dict(ChannelType.__members__)
_OPTIONAL_WORDS = {"EndpointStatus": {"ACTIVE", "INACTIVE", None}, "OptOut": {"ALL", "NONE", None}}
_TEXTS = ("ApplicationId", "CohortId", "CreationDate", "EffectiveDate", "Id", "RequestId")
_READ_FAST = {"Address", "Attributes", "ChannelType", "EndpointStatus", "OptOut", "User", *_TEXTS}


def quick_endpoint(  # noqa: PLR0917 - keywords cost time
    channel_type: ChannelType,
    address: str,
    endpoint_id: str | None,
    user: EndpointUser | None,
    endpoint_status: str | None,
    opt_out: str | None,
    effective_date: str | None,
    creation_date: str | None,
    application_id: str | None,
    attributes: Mapping[str, tuple[str, ...]] | None = None,
    cohort_id: str | None = None,
    request_id: str | None = None,
) -> Endpoint:
    """An endpoint of values that have been checked."""
    made: Any = _Unfrozen()
    made.address = address
    made.application_id = application_id
    made.attributes = attributes
    made.channel_type = channel_type
    made.cohort_id = cohort_id
    made.creation_date = creation_date
    made.demographic = None
    made.effective_date = effective_date
    made.endpoint_status = endpoint_status
    made.id = endpoint_id
    made.location = None
    made.metrics = None
    made.opt_out = opt_out
    made.request_id = request_id
    made.user = user
    made.__class__ = Endpoint
    endpoint: Endpoint = made
    return endpoint


def try_fast_read(data: object) -> Endpoint | None:
    """Reads an endpoint of the members that most have, as an export has millions; gives None for any other."""
    if type(data) is not dict or not _READ_FAST.issuperset(data):
        return None
    get = data.get
    try:
        channel, status, opt_out = _CHANNELS[data["ChannelType"]], get("EndpointStatus"), get("OptOut")
        if status not in _OPTIONAL_WORDS["EndpointStatus"] or opt_out not in _OPTIONAL_WORDS["OptOut"]:
            return None
        user = get("User")
        user = user if user is None else _read_user(user)
        attributes = string_lists(get("Attributes"))
        address, endpoint_id = data["Address"], get("Id")
        application_id, cohort_id = get("ApplicationId"), get("CohortId")
        created, changed, request_id = get("CreationDate"), get("EffectiveDate"), get("RequestId")
    except (InvalidValue, KeyError, TypeError, ValidationError):
        return None
    for text in (address, endpoint_id, application_id, cohort_id, created, changed, request_id):
        if (type(text) is not str or not text.isascii()) and text is not None:
            return None
    if address is None:
        return None
    return quick_endpoint(
        channel,
        address,
        endpoint_id,
        user,
        status,
        opt_out,
        changed,
        created,
        application_id,
        attributes,
        cohort_id,
        request_id,
    )


def _read_user(data: dict[str, Any]) -> EndpointUser:
    user_id = data["UserId"]
    if len(data) == 1 and type(user_id) is str and user_id.isascii():
        return user_of(user_id)
    return EndpointUser.from_dict(data)
