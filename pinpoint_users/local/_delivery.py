"""What an address would have got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import attrs

from pinpoint_users._shapes.frozen import freeze
from pinpoint_users.enums import ChannelType
from pinpoint_users.results import masked

Row: TypeAlias = Mapping[str, Any]
"""A delivery as JSON has it: the fields of `Delivery` by name."""


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", freeze(value))


def _masked_repr(value: str) -> str:
    return repr(masked(value))


def _shown_repr(message: Mapping[str, Any]) -> str:
    """What of the message has no field of its own, and is short."""
    return repr({name: message[name] for name in ("Badge", "Url", "Data") if name in message})


@attrs.frozen(kw_only=True)
class Delivery:
    """One message as one address would have got it, every variable filled. `repr` masks the address.

    Only what is sent is a delivery: an endpoint that is throttled, opted out, inactive or a duplicate has none.
    """

    user_id: str | None
    """The user, or None where an address was sent to directly or the endpoint has no user."""
    endpoint_id: str | None
    """The endpoint, or None where an address was sent to directly."""
    channel_type: ChannelType
    """The channel."""
    address: str = attrs.field(repr=_masked_repr)
    """The phone number, e-mail address or device token."""
    title: str | None
    """The title of a push notification or the subject of an e-mail."""
    body: str | None
    """The text; of an e-mail its text part."""
    html: str | None
    """The HTML part of an e-mail."""
    message: Mapping[str, Any] = attrs.field(converter=_frozen, repr=_shown_repr)
    """The channel's whole message in AWS's shape (`{"Body": …, "MessageType": …}`): overrides applied, `Substitutions` left
    out, bytes in base64. `repr` shows its badge, URL and data. Where the recipient has raw content of its own,
    `{"RawContent": …}`. Of SES v2, `SendEmail`'s request, a template filled and become `Simple`; of SMS and voice version 2 the
    request but for its number."""
    context: Mapping[str, str] = attrs.field(converter=_frozen, repr=False)
    """The request's context, and the recipient's, which wins. Of SES v2 the tags."""
    message_id: str
    """The ID that the answer gives for the message."""
    request_id: str
    """The ID of the request that sent it."""
    trace_id: str | None
    """The request's trace ID, if it had one."""
    application_id: str
    """The application that sent it; empty where SES v2, or SMS and voice version 2, did."""


_NAMES = tuple(field.name for field in attrs.fields(Delivery))


def row_of(delivery: Delivery) -> dict[str, Any]:
    """The delivery as JSON has it."""
    return {name: getattr(delivery, name) for name in _NAMES}


def delivery_of(row: Row) -> Delivery:
    """The delivery of a row."""
    return Delivery(**{**row, "channel_type": ChannelType(row["channel_type"])})
