"""Settings of the way out by Pinpoint's `SendMessages` with addresses."""

from __future__ import annotations

from typing import Any

import attrs

from pinpoint_users._shapes.converters import number
from pinpoint_users._shapes.shape import Checked
from pinpoint_users.routes._settings import client_for, positive


def _client(value: Any) -> Any:
    return client_for("pinpoint", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class PinpointAddresses(Checked):
    """Sends to addresses by Pinpoint's `SendMessages`: push, SMS and voice, at most 100 addresses a request.

    It takes the IAM action `mobiletargeting:SendMessages`, and the application only for its push channels and settings.

    Raises:
        ValidationError: Every fault at once.

    Source: Amazon Pinpoint API reference, `SendMessages`; botocore's model `pinpoint/2016-12-01`, shape `MessageRequest`.
    """

    client: Any = attrs.field(default=None, converter=_client)
    """A boto3 client for `pinpoint` to use as it is; by default the one of `PinpointUsers`."""
    requests_per_second: float | None = attrs.field(default=None, converter=number, validator=positive)
    """The most requests that go out in a second, more than 0; by default only the service's throttling limits them."""
