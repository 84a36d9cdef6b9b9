"""What the members of an endpoint accept, and how `repr` shows an address."""

from __future__ import annotations

from typing import get_args

from pinpoint_users._shapes.converters import instance_of, one_of
from pinpoint_users.endpoints.demographic import EndpointDemographic
from pinpoint_users.endpoints.location import EndpointLocation
from pinpoint_users.endpoints.user import EndpointUser
from pinpoint_users.enums import EndpointStatus, OptOut
from pinpoint_users.results import masked


def demographic_part(value: EndpointDemographic) -> EndpointDemographic:
    """Accepts an endpoint's demographic."""
    return instance_of(value, EndpointDemographic)


def location_part(value: EndpointLocation) -> EndpointLocation:
    """Accepts an endpoint's location."""
    return instance_of(value, EndpointLocation)


def user_part(value: EndpointUser) -> EndpointUser:
    """Accepts an endpoint's user."""
    return instance_of(value, EndpointUser)


def endpoint_status_word(value: EndpointStatus) -> EndpointStatus:
    """Accepts a word for whether messages are sent there."""
    return one_of(value, get_args(EndpointStatus))


def opt_out_word(value: OptOut) -> OptOut:
    """Accepts a word for whether the user doesn't want messages."""
    return one_of(value, get_args(OptOut))


def masked_repr(value: str | None) -> str:
    """An address as `repr` shows it."""
    return repr(value and masked(value))
