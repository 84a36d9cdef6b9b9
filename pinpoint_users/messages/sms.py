"""The message for SMS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, string, string_lists
from pinpoint_users._shapes.limits import sms_body
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import message_type_word
from pinpoint_users.enums import MessageType, MessageTypeName


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SMSMessage(Shape):
    """A text message.

    A body of at most 1,600 GSM-7 characters, or 630 where one is outside GSM-7.

    Source: Amazon Pinpoint API reference, `SMSMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `SMSMessage`.
    """

    body: str | None = attrs.field(default=None, converter=string, validator=sms_body)
    """The text of the message. At most 1,600 GSM-7 characters, or 630 where one is outside GSM-7."""
    keyword: str | None = attrs.field(default=None, converter=string)
    """The program name that AWS Support gave with a dedicated number."""
    media_url: str | None = attrs.field(default=None, converter=string)
    """Reserved by AWS for future use."""
    message_type: MessageType | None = attrs.field(default=None, converter=message_type_word)
    """TRANSACTIONAL for what can't wait, such as a one-time password; PROMOTIONAL for the rest."""
    origination_number: str | None = attrs.field(default=None, converter=string)
    """The long or short code to send from, one of the account's own; by default the service picks one."""
    sender_id: str | None = attrs.field(default=None, converter=string)
    """The name to show as the sender, in countries that allow it."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
    entity_id: str | None = attrs.field(default=None, converter=string)
    """The Principal Entity ID that the regulator gave (needed in India)."""
    template_id: str | None = attrs.field(default=None, converter=string)
    """The template ID that the regulator gave (needed in India)."""

    def _advice(self) -> Iterator[str]:
        if self.origination_number is not None and self.sender_id is not None:
            yield "sender_id: may cause problems beside an origination_number: give one of them"

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            body: str | None = None,
            keyword: str | None = None,
            media_url: str | None = None,
            message_type: MessageType | MessageTypeName | None = None,
            origination_number: str | None = None,
            sender_id: str | None = None,
            substitutions: Substitutions | None = None,
            entity_id: str | None = None,
            template_id: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> SMSMessageBuilder:
        """Starts a builder."""
        return SMSMessageBuilder()

    def to_builder(self) -> SMSMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SMSMessageBuilder(**values_of(self))


class SMSMessageBuilder(Builder[SMSMessage], shape=SMSMessage):
    """Builds `SMSMessage`."""

    __slots__ = ()

    def body(self, value: str | None, /) -> Self:
        """The text of the message. At most 1,600 GSM-7 characters, or 630 where one is outside GSM-7."""
        return self._set("body", value)

    def keyword(self, value: str | None, /) -> Self:
        """The program name that AWS Support gave with a dedicated number."""
        return self._set("keyword", value)

    def media_url(self, value: str | None, /) -> Self:
        """Reserved by AWS for future use."""
        return self._set("media_url", value)

    def message_type(self, value: MessageType | MessageTypeName | None, /) -> Self:
        """TRANSACTIONAL for what can't wait, such as a one-time password; PROMOTIONAL for the rest."""
        return self._set("message_type", value)

    def origination_number(self, value: str | None, /) -> Self:
        """The long or short code to send from, one of the account's own; by default the service picks one."""
        return self._set("origination_number", value)

    def sender_id(self, value: str | None, /) -> Self:
        """The name to show as the sender, in countries that allow it."""
        return self._set("sender_id", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def entity_id(self, value: str | None, /) -> Self:
        """The Principal Entity ID that the regulator gave (needed in India)."""
        return self._set("entity_id", value)

    def template_id(self, value: str | None, /) -> Self:
        """The template ID that the regulator gave (needed in India)."""
        return self._set("template_id", value)


# The end of the builder.
