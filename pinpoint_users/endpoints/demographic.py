"""The device of an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import string
from pinpoint_users._shapes.shape import Shape, declared


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointDemographic(Shape):
    """The device of an endpoint.

    Source: Amazon Pinpoint API reference, `EndpointDemographic`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointDemographic`.
    """

    app_version: str | None = attrs.field(default=None, converter=string)
    """The version of the app."""
    locale: str | None = attrs.field(default=None, converter=string)
    """The language and the country, such as `en_US`."""
    make: str | None = attrs.field(default=None, converter=string)
    """Who made the device, such as `apple`."""
    model: str | None = attrs.field(default=None, converter=string)
    """The model of the device, such as `iPhone`."""
    model_version: str | None = attrs.field(default=None, converter=string)
    """The version of the model."""
    platform: str | None = attrs.field(default=None, converter=string)
    """The operating system, such as `ios`."""
    platform_version: str | None = attrs.field(default=None, converter=string)
    """The version of the operating system."""
    timezone: str | None = attrs.field(default=None, converter=string)
    """The time zone by its name, such as `America/Los_Angeles`."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            app_version: str | None = None,
            locale: str | None = None,
            make: str | None = None,
            model: str | None = None,
            model_version: str | None = None,
            platform: str | None = None,
            platform_version: str | None = None,
            timezone: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EndpointDemographicBuilder:
        """Starts a builder."""
        return EndpointDemographicBuilder()

    def to_builder(self) -> EndpointDemographicBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointDemographicBuilder(**values_of(self))


class EndpointDemographicBuilder(Builder[EndpointDemographic], shape=EndpointDemographic):
    """Builds `EndpointDemographic`."""

    __slots__ = ()

    def app_version(self, value: str | None, /) -> Self:
        """The version of the app."""
        return self._set("app_version", value)

    def locale(self, value: str | None, /) -> Self:
        """The language and the country, such as `en_US`."""
        return self._set("locale", value)

    def make(self, value: str | None, /) -> Self:
        """Who made the device, such as `apple`."""
        return self._set("make", value)

    def model(self, value: str | None, /) -> Self:
        """The model of the device, such as `iPhone`."""
        return self._set("model", value)

    def model_version(self, value: str | None, /) -> Self:
        """The version of the model."""
        return self._set("model_version", value)

    def platform(self, value: str | None, /) -> Self:
        """The operating system, such as `ios`."""
        return self._set("platform", value)

    def platform_version(self, value: str | None, /) -> Self:
        """The version of the operating system."""
        return self._set("platform_version", value)

    def timezone(self, value: str | None, /) -> Self:
        """The time zone by its name, such as `America/Los_Angeles`."""
        return self._set("timezone", value)


# The end of the builder.
