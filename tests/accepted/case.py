"""What a case of something accepted is: a request in AWS's shape, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

_ADDRESSES = {"SMS": "+12065550142", "VOICE": "+12065550143", "EMAIL": "reader@example.com"}


@attrs.frozen(kw_only=True)
class Case:
    """A request that others send, or that AWS's documents show, for one endpoint of one user.

    What was written for addresses stands here in the form for users. Texts, names and addresses are made up.
    """

    name: str
    channel: str
    """The channel of the user's one endpoint."""
    message: Mapping[str, Any]
    """The `MessageConfiguration`."""
    user: Mapping[str, Any] = attrs.field(factory=dict)
    """The user's own configuration."""
    others: Mapping[str, Any] = attrs.field(factory=dict)
    """The request's other members."""
    endpoint: Mapping[str, Any] = attrs.field(factory=dict)
    """Members of the endpoint besides its channel, its address and its user's ID."""
    written: Mapping[str, Any] | None = None
    """The `MessageConfiguration` as `to_dict()` gives it back, where more differs than that members of None are left out."""
    title: str | None = None
    body: str | None = None
    html: str | None = None
    shown: Mapping[str, Any] = attrs.field(factory=dict)
    """Members of the message as it is delivered, with JSON read."""
    keeps: bool = True
    """Whether the embedded service has what the request needs; it keeps no templates."""
    renders: bool = True
    """Whether title, body and HTML are compared; what `{{uuid}}` and `{{now}}` give can't be told before."""

    @property
    def address(self) -> str:
        return str(self.endpoint.get("Address", _ADDRESSES.get(self.channel, "a-token-of-a-device")))

    @property
    def request(self) -> dict[str, Any]:
        return {"MessageConfiguration": dict(self.message), "Users": {"u-1": dict(self.user)}, **self.others}

    @property
    def request_written(self) -> dict[str, Any]:
        message = self.message if self.written is None else self.written
        written: dict[str, Any] = without_none({**self.request, "MessageConfiguration": message})
        return written


def without_none(value: Any) -> Any:
    """The value without members of None, which mean that a member isn't set."""
    if isinstance(value, Mapping):
        return {name: without_none(member) for name, member in value.items() if member is not None}
    return value


def with_json_read(value: Any) -> Any:
    """The value with raw content read as the JSON that it is, so that white space in it doesn't count.

    Raw content that is over the limit only by its white space goes out without it.
    """
    if isinstance(value, Mapping):
        return {name: _read(member) if name == "RawContent" else with_json_read(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_json_read(member) for member in value]
    return value


def _read(text: str) -> Any:
    """Raw content read; as it is where it is JSON only when its variables are filled."""
    try:
        return json.loads(text)
    except ValueError:
        return text
