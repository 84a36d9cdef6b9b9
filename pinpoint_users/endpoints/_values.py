"""What the members of an endpoint accept, and how `repr` shows an address."""

from __future__ import annotations

from pinpoint_users._shapes.converters import instance_of
from pinpoint_users.endpoints.demographic import EndpointDemographic
from pinpoint_users.endpoints.location import EndpointLocation
from pinpoint_users.endpoints.user import EndpointUser
from pinpoint_users.results import masked


def demographic_part(value: EndpointDemographic | None) -> EndpointDemographic | None:
    """Accepts an endpoint's demographic."""
    return value if value is None else instance_of(value, EndpointDemographic)


def location_part(value: EndpointLocation | None) -> EndpointLocation | None:
    """Accepts an endpoint's location."""
    return value if value is None else instance_of(value, EndpointLocation)


def user_part(value: EndpointUser | None) -> EndpointUser | None:
    """Accepts an endpoint's user."""
    return value if value is None else instance_of(value, EndpointUser)


def masked_repr(value: str | None) -> str:
    """An address as `repr` shows it."""
    return repr(value and masked(value))
