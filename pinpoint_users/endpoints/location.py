"""Where an endpoint is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import number, string
from pinpoint_users._shapes.shape import Shape, declared


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointLocation(Shape):
    """Where an endpoint is.

    Source: Amazon Pinpoint API reference, `EndpointLocation`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointLocation`.
    """

    city: str | None = attrs.field(default=None, converter=string)
    """The city."""
    country: str | None = attrs.field(default=None, converter=string)
    """The country as ISO 3166-1 alpha-2 has it, such as `US`."""
    latitude: float | None = attrs.field(default=None, converter=number)
    """The latitude in degrees."""
    longitude: float | None = attrs.field(default=None, converter=number)
    """The longitude in degrees."""
    postal_code: str | None = attrs.field(default=None, converter=string)
    """The postal or ZIP code."""
    region: str | None = attrs.field(default=None, converter=string)
    """The region; in the United States, the state."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            city: str | None = None,
            country: str | None = None,
            latitude: float | None = None,
            longitude: float | None = None,
            postal_code: str | None = None,
            region: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EndpointLocationBuilder:
        """Starts a builder."""
        return EndpointLocationBuilder()

    def to_builder(self) -> EndpointLocationBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointLocationBuilder(**values_of(self))


class EndpointLocationBuilder(Builder[EndpointLocation], shape=EndpointLocation):
    """Builds `EndpointLocation`."""

    __slots__ = ()

    def city(self, value: str | None, /) -> Self:
        """The city."""
        return self._set("city", value)

    def country(self, value: str | None, /) -> Self:
        """The country as ISO 3166-1 alpha-2 has it, such as `US`."""
        return self._set("country", value)

    def latitude(self, value: float | None, /) -> Self:
        """The latitude in degrees."""
        return self._set("latitude", value)

    def longitude(self, value: float | None, /) -> Self:
        """The longitude in degrees."""
        return self._set("longitude", value)

    def postal_code(self, value: str | None, /) -> Self:
        """The postal or ZIP code."""
        return self._set("postal_code", value)

    def region(self, value: str | None, /) -> Self:
        """The region; in the United States, the state."""
        return self._set("region", value)


# The end of the builder.
