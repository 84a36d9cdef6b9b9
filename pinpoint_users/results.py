"""What came back: the answer of one request."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from typing_extensions import Self

from pinpoint_users._reasons import reason_of
from pinpoint_users._shapes.answer import NO_MEMBERS, Answer, json_members
from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    any_string,
    delivery_status_word,
    required_integer,
)
from pinpoint_users._shapes.frozen import FrozenDict, freeze
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, member_name
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users.enums import DeliveryStatus, FailureReason

__all__ = [
    "EndpointMessageResult",
    "EndpointMessageResultBuilder",
]


_TOKEN = 60
_ADDRESS = re.compile(rf"(?<!\w)\+[1-9][0-9]{{6,18}}|[\w.!#$%&*/?^`{{|}}~+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+|[\w-]{{{_TOKEN},}}")
"""What looks like a phone number in E.164, an e-mail address or a push token, which has so many characters or more."""


def masked(address: str) -> str:
    """An address or token as it may be shown: its first and last characters.

    >>> masked("+12065550100"), masked("a@b.c")
    ('+1…00', '…')
    """
    return f"{address[:2]}…{address[-2:]}" if len(address) > 8 else "…"


def with_masks(members: Mapping[str, object]) -> dict[str, object]:
    """Members of a result, of which addresses and tokens are masked, even those that aren't strings or that are in a text."""
    shown = {name: _masked(value) if name in {"Address", "UpdatedToken"} else value for name, value in members.items()}
    said, address = members.get("StatusMessage"), members.get("Address")
    if isinstance(said, str):
        shown["StatusMessage"] = masked_within(said, address if isinstance(address, str) else "")
    elif said is not None:  # the service says what it says in a string
        shown["StatusMessage"] = "…"
    return shown


def masked_within(text: str, address: str) -> str:
    """A text, of which an endpoint's address and all phone numbers, e-mail addresses and push tokens are masked.

    >>> masked_within('"+12065550100" opted out, 12065550100 too', "+12065550100")
    '"+1…00" opted out, 12…00 too'
    """
    alone = address.removeprefix("+")
    if alone and alone.casefold() in text.casefold():
        own = re.compile(rf"(?<!\w)\+?{re.escape(alone)}(?!\w)", re.IGNORECASE)
        text = own.sub(lambda found: masked(found[0]), text)
    has_some = "+" in text or "@" in text or len(text) >= _TOKEN
    return _ADDRESS.sub(lambda found: masked(found[0]), text) if has_some else text


def _masked(value: object) -> str:
    return masked(value) if isinstance(value, str) else "…"


def _masked_repr(value: str | None) -> str:
    return repr(value and masked(value))


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointMessageResult(Answer):
    """What became of the message at one endpoint.

    Decide on `delivery_status`, never on `status_code`: a throttled e-mail has come back with 403. SUCCESSFUL means handed to
    the channel's provider, which isn't yet received. `repr` masks the address and the token, `repr` and `str` the phone numbers
    and e-mail addresses in the status message.

    Source: Amazon Pinpoint API reference, `EndpointMessageResult`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointMessageResult`.
    """

    WHERE_UNREADABLE: ClassVar[Mapping[str, object]] = FrozenDict(status_code=0)

    address: str | None = attrs.field(default=None, converter=any_string, repr=_masked_repr)
    """The address of the endpoint: a phone number, an e-mail address, a device token; empty if there is no endpoint."""
    delivery_status: DeliveryStatus = attrs.field(converter=delivery_status_word)
    """What became of the message, as a word of the service; a word that is new to us is kept."""
    message_id: str | None = attrs.field(default=None, converter=any_string)
    """The ID that the message got from the channel."""
    status_code: int = attrs.field(converter=required_integer)
    """The status code of the service behind the channel, such as 200; 0 if none was read. It says less than the status."""
    status_message: str | None = attrs.field(default=None, converter=any_string)
    """What the service behind the channel said: free text, or JSON in a string."""
    updated_token: str | None = attrs.field(default=None, converter=any_string, repr=_masked_repr)
    """The device's new token (FCM), which the address book should take."""
    unknown_members: Mapping[str, object] = attrs.field(
        default=NO_MEMBERS, converter=json_members, repr=lambda members: repr(with_masks(members))
    )
    """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""

    @property
    def details(self) -> Mapping[str, object]:
        """The status message parsed, where it holds a JSON object; else empty.

        Push channels answer with `errorMessage`, `channelType`, `pushProviderStatusCode` and `pushProviderError`.
        """
        return _details(self.status_message) if self.status_message else NO_MEMBERS

    @property
    def reason(self) -> FailureReason | None:
        """Why the endpoint did not get the message, by the status and the words of the service; None if it did."""
        return reason_of(self.delivery_status, self.status_message or "", self.address or "")

    @classmethod
    def _try_fast_read(cls, data: object) -> EndpointMessageResult | None:
        return try_fast_read(data) if cls is EndpointMessageResult else None

    def __repr__(self) -> str:
        shown = self if self.status_message is None else attrs.evolve(self, status_message=self._said)
        return Shape.__repr__(shown)

    @property
    def _said(self) -> str:
        return masked_within(self.status_message or "", self.address or "")

    def __str__(self) -> str:
        said = f", {self._said}" if self.status_message else ""
        return f"{self.delivery_status} ({self.status_code}{said})"

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            address: str | None = None,
            delivery_status: DeliveryStatus | str,
            message_id: str | None = None,
            status_code: int,
            status_message: str | None = None,
            updated_token: str | None = None,
            unknown_members: Mapping[str, object] | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls, *, delivery_status: DeliveryStatus | str, status_code: int) -> EndpointMessageResultBuilder:
        """Starts a builder with the required fields."""
        return EndpointMessageResultBuilder(delivery_status=delivery_status, status_code=status_code)

    def to_builder(self) -> EndpointMessageResultBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointMessageResultBuilder(**values_of(self))


class EndpointMessageResultBuilder(Builder[EndpointMessageResult], shape=EndpointMessageResult):
    """Builds `EndpointMessageResult`."""

    __slots__ = ()

    def address(self, value: str | None, /) -> Self:
        """The address of the endpoint: a phone number, an e-mail address, a device token; empty if there is no endpoint."""
        return self._set("address", value)

    def delivery_status(self, value: DeliveryStatus | str, /) -> Self:
        """What became of the message, as a word of the service; a word that is new to us is kept."""
        return self._set("delivery_status", value)

    def message_id(self, value: str | None, /) -> Self:
        """The ID that the message got from the channel."""
        return self._set("message_id", value)

    def status_code(self, value: int, /) -> Self:
        """The status code of the service behind the channel, such as 200; 0 if none was read. It says less than the status."""
        return self._set("status_code", value)

    def status_message(self, value: str | None, /) -> Self:
        """What the service behind the channel said: free text, or JSON in a string."""
        return self._set("status_message", value)

    def updated_token(self, value: str | None, /) -> Self:
        """The device's new token (FCM), which the address book should take."""
        return self._set("updated_token", value)

    def unknown_members(self, value: Mapping[str, object] | None, /) -> Self:
        """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""
        return self._set("unknown_members", value)

    def unknown_member(self, name: str, value: object, /) -> Self:
        """Adds a member to `unknown_members`."""
        return self._put("unknown_members", name, value)


# The end of the builder.


_Unfrozen = unfrozen_layout(EndpointMessageResult)
_STATUSES = dict(DeliveryStatus.__members__)
_MEMBERS = frozenset(member_name(field.name) for field in attrs.fields(EndpointMessageResult) if field.name != UNKNOWN_MEMBERS)


def try_fast_read(data: object, address: object = None) -> EndpointMessageResult | None:
    """Reads a result of known members and a known status, of which an answer has hundreds; gives None for any other.

    Args:
        data: What the answer says.
        address: The endpoint's address, where the answer doesn't say it.
    """
    if type(data) is not dict:
        return None
    token = None
    try:
        status = _STATUSES[data["DeliveryStatus"]]
        code = data["StatusCode"]
        if len(data) == 5 and "Address" in data:
            address, message_id, said = data["Address"], data["MessageId"], data["StatusMessage"]
        elif len(data) == 4 and "Address" not in data:
            message_id, said = data["MessageId"], data["StatusMessage"]
        elif _MEMBERS.issuperset(data):
            address, message_id, said = data.get("Address", address), data.get("MessageId"), data.get("StatusMessage")
            token = data.get("UpdatedToken")
        else:
            return None
    except (KeyError, TypeError):
        return None
    if (
        type(code) is not int
        or (type(address) is not str and address is not None)
        or (type(message_id) is not str and message_id is not None)
        or (type(said) is not str and said is not None)
        or (token is not None and type(token) is not str)
    ):
        return None
    return _made(address, status, message_id, code, said, token)


def delivered(address: str, message_id: str) -> EndpointMessageResult:
    """The result of an address whose message was taken, of which nothing else is said."""
    return _made(address, DeliveryStatus.SUCCESSFUL, message_id, 200, None, None)


def _made(  # noqa: PLR0917 - keywords cost time
    address: Any, status: DeliveryStatus, message_id: str | None, code: int, said: str | None, token: str | None
) -> EndpointMessageResult:
    """A result of values that have been checked."""
    made: Any = _Unfrozen()
    made.address = address
    made.delivery_status = status
    made.message_id = message_id
    made.status_code = code
    made.status_message = said
    made.updated_token = token
    made.unknown_members = NO_MEMBERS
    made.__class__ = EndpointMessageResult
    result: EndpointMessageResult = made
    return result


@functools.lru_cache(maxsize=256)
def _details(text: str) -> Mapping[str, object]:
    try:
        parsed: Any = freeze(json.loads(text))
    except (ValueError, RecursionError):
        return NO_MEMBERS
    return parsed if isinstance(parsed, Mapping) else NO_MEMBERS
