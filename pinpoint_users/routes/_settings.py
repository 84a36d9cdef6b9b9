"""What the settings of every way out accept."""

from __future__ import annotations

import sys
from typing import Any

from pinpoint_users._shapes.converters import kind, refuse, shown
from pinpoint_users._shapes.limits import limit


def client_for(service: str, value: Any) -> Any:
    """Accepts a boto3 client for a service, by boto3's name of it."""
    model = getattr(getattr(value, "meta", None), "service_model", None)
    if value is None or getattr(model, "service_name", None) == service:
        return value
    raise refuse(f"must be a boto3 client for {service}, not {kind(value)}: boto3.client({service!r})")


@limit
def positive(value: float) -> str | None:
    """A number above 0, which a float can hold."""
    return None if 0 < value <= sys.float_info.max else f"{shown(value)}, more than 0 is allowed"


@limit
def not_empty(value: str) -> str | None:
    """A string of at least one character."""
    return None if value else "is empty, at least one character is needed"
