"""The message for e-mail, and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    Substitutions,
    instance_of,
    string,
    string_lists,
    strings,
    tuple_of,
)
from pinpoint_users._shapes.limits import (
    MAX_HEADERS,
    at_most_items,
    header_name,
    header_value,
    limit,
    lines_apart,
    one_line,
    one_line_problem,
)
from pinpoint_users._shapes.mime import mime_message
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users.errors import Fault

if TYPE_CHECKING:
    from email.message import Message as StandardMessage


def _part(value: SimpleEmailPart | str | None) -> SimpleEmailPart | None:
    return SimpleEmailPart(data=value, charset="UTF-8") if isinstance(value, str) else instance_of(value, SimpleEmailPart)


def _headers(value: list[MessageHeader] | tuple[MessageHeader, ...] | None) -> tuple[MessageHeader, ...] | None:
    return None if value is None else tuple_of(value, MessageHeader)


def _raw_email(value: RawEmail | None) -> RawEmail | None:
    return instance_of(value, RawEmail)


def _simple_email(value: SimpleEmail | None) -> SimpleEmail | None:
    return instance_of(value, SimpleEmail)


@limit
def _one_line_part(value: SimpleEmailPart) -> str | None:
    """A subject has no line breaks."""
    return one_line_problem(value.data or "")


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class MessageHeader(Shape):
    """One header of an e-mail.

    A name of at most 126 characters, a value of at most 870 as rendered, neither with a line break.

    Source: Amazon Pinpoint API reference, `MessageHeader`;
    botocore's model `pinpoint/2016-12-01`, shape `MessageHeader`.
    """

    name: str | None = attrs.field(default=None, converter=string, validator=header_name)
    """The name of the header, such as `List-Unsubscribe`. At most 126 characters of printable ASCII."""
    value: str | None = attrs.field(default=None, converter=string, validator=header_value)
    """The value of the header, without line breaks. At most 870 characters with its variables filled."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, name: str | None = None, value: str | None = None) -> None: ...

    @classmethod
    def builder(cls) -> MessageHeaderBuilder:
        """Starts a builder."""
        return MessageHeaderBuilder()

    def to_builder(self) -> MessageHeaderBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return MessageHeaderBuilder(**values_of(self))


class MessageHeaderBuilder(Builder[MessageHeader], shape=MessageHeader):
    """Builds `MessageHeader`."""

    __slots__ = ()

    def name(self, value: str | None, /) -> Self:
        """The name of the header, such as `List-Unsubscribe`. At most 126 characters of printable ASCII."""
        return self._set("name", value)

    def value(self, value: str | None, /) -> Self:
        """The value of the header, without line breaks. At most 870 characters with its variables filled."""
        return self._set("value", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SimpleEmailPart(Shape):
    """A subject or a body of an e-mail: a text and its character set.

    Source: Amazon Pinpoint API reference, `SimpleEmailPart`;
    botocore's model `pinpoint/2016-12-01`, shape `SimpleEmailPart`.
    """

    charset: str | None = attrs.field(default=None, converter=string)
    """The character set of the text, such as UTF-8."""
    data: str | None = attrs.field(default=None, converter=string)
    """The text."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, charset: str | None = None, data: str | None = None) -> None: ...

    @classmethod
    def builder(cls) -> SimpleEmailPartBuilder:
        """Starts a builder."""
        return SimpleEmailPartBuilder()

    def to_builder(self) -> SimpleEmailPartBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SimpleEmailPartBuilder(**values_of(self))


class SimpleEmailPartBuilder(Builder[SimpleEmailPart], shape=SimpleEmailPart):
    """Builds `SimpleEmailPart`."""

    __slots__ = ()

    def charset(self, value: str | None, /) -> Self:
        """The character set of the text, such as UTF-8."""
        return self._set("charset", value)

    def data(self, value: str | None, /) -> Self:
        """The text."""
        return self._set("data", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SimpleEmail(Shape):
    """An e-mail of a subject, a text part, an HTML part and headers.

    At most 15 headers. A part that is handed in as a string gets UTF-8 as its character set.

    Source: Amazon Pinpoint API reference, `SimpleEmail`;
    botocore's model `pinpoint/2016-12-01`, shape `SimpleEmail`.
    """

    html_part: SimpleEmailPart | None = attrs.field(default=None, converter=_part)
    """The body as HTML; a plain string is taken as UTF-8."""
    subject: SimpleEmailPart | None = attrs.field(default=None, converter=_part, validator=_one_line_part)
    """The subject line, without line breaks; a plain string is taken as UTF-8."""
    text_part: SimpleEmailPart | None = attrs.field(default=None, converter=_part)
    """The body as plain text; a plain string is taken as UTF-8."""
    headers: tuple[MessageHeader, ...] | None = attrs.field(
        default=None, converter=_headers, validator=at_most_items(MAX_HEADERS)
    )
    """Headers to add to the e-mail. At most 15."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            html_part: SimpleEmailPart | str | None = None,
            subject: SimpleEmailPart | str | None = None,
            text_part: SimpleEmailPart | str | None = None,
            headers: list[MessageHeader] | tuple[MessageHeader, ...] | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> SimpleEmailBuilder:
        """Starts a builder."""
        return SimpleEmailBuilder()

    def to_builder(self) -> SimpleEmailBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SimpleEmailBuilder(**values_of(self))


class SimpleEmailBuilder(Builder[SimpleEmail], shape=SimpleEmail):
    """Builds `SimpleEmail`."""

    __slots__ = ()

    def html_part(self, value: SimpleEmailPart | SimpleEmailPartBuilder | str | None, /) -> Self:
        """The body as HTML; a plain string is taken as UTF-8."""
        return self._set("html_part", value)

    def subject(self, value: SimpleEmailPart | SimpleEmailPartBuilder | str | None, /) -> Self:
        """The subject line, without line breaks; a plain string is taken as UTF-8."""
        return self._set("subject", value)

    def text_part(self, value: SimpleEmailPart | SimpleEmailPartBuilder | str | None, /) -> Self:
        """The body as plain text; a plain string is taken as UTF-8."""
        return self._set("text_part", value)

    def headers(
        self, value: list[MessageHeader | MessageHeaderBuilder] | tuple[MessageHeader | MessageHeaderBuilder, ...] | None, /
    ) -> Self:
        """Headers to add to the e-mail. At most 15."""
        return self._set("headers", value)

    def header(self, name: str, value: str, /) -> Self:
        """Adds a header to `headers`."""
        return self._append("headers", MessageHeaderBuilder(name=name, value=value))


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class RawEmail(Shape):
    """An e-mail as a whole MIME message.

    The message is put in base64 once, on its way out: hand it in as it is. With a directory, variables are filled in headers
    and texts, however these are encoded, but in no file; in HTML parts as in `html_part`.

    Source: Amazon Pinpoint API reference, `RawEmail`;
    botocore's model `pinpoint/2016-12-01`, shape `RawEmail`.
    """

    data: bytes | None = attrs.field(default=None, converter=mime_message)
    """The MIME message, as bytes or as a standard-library `email.message` object; not base64."""

    def _advice(self) -> Iterator[str]:
        if self.data is not None and self.data.startswith((b"\n", b"\r\n")):
            yield "data: begins with an empty line, after which there are no more headers: take it out, as data.lstrip() does"

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, data: bytes | StandardMessage | None = None) -> None: ...

    @classmethod
    def builder(cls) -> RawEmailBuilder:
        """Starts a builder."""
        return RawEmailBuilder()

    def to_builder(self) -> RawEmailBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return RawEmailBuilder(**values_of(self))


class RawEmailBuilder(Builder[RawEmail], shape=RawEmail):
    """Builds `RawEmail`."""

    __slots__ = ()

    def data(self, value: bytes | StandardMessage | None, /) -> Self:
        """The MIME message, as bytes or as a standard-library `email.message` object; not base64."""
        return self._set("data", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EmailMessage(Shape):
    """An e-mail.

    Raw or simple, not both.

    Source: Amazon Pinpoint API reference, `EmailMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `EmailMessage`.
    """

    body: str | None = attrs.field(default=None, converter=string)
    """The text of the e-mail."""
    feedback_forwarding_address: str | None = attrs.field(default=None, converter=string, validator=one_line)
    """The address that bounces and complaints are forwarded to, if that is enabled."""
    from_address: str | None = attrs.field(default=None, converter=string, validator=one_line)
    """The verified address to send from; by default that of the e-mail channel."""
    raw_email: RawEmail | None = attrs.field(default=None, converter=_raw_email)
    """The e-mail as a whole MIME message, instead of `simple_email`."""
    reply_to_addresses: tuple[str, ...] | None = attrs.field(default=None, converter=strings, validator=lines_apart)
    """The addresses that a reply goes to, each of them."""
    simple_email: SimpleEmail | None = attrs.field(default=None, converter=_simple_email)
    """The e-mail as subject, text part and HTML part, instead of `raw_email`."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""

    def _rules(self) -> Iterator[Fault]:
        if self.raw_email is not None and self.simple_email is not None:
            yield Fault("raw_email", "an e-mail is raw or simple, not both: leave out raw_email or simple_email")

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            body: str | None = None,
            feedback_forwarding_address: str | None = None,
            from_address: str | None = None,
            raw_email: RawEmail | None = None,
            reply_to_addresses: list[str] | tuple[str, ...] | None = None,
            simple_email: SimpleEmail | None = None,
            substitutions: Substitutions | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EmailMessageBuilder:
        """Starts a builder."""
        return EmailMessageBuilder()

    def to_builder(self) -> EmailMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EmailMessageBuilder(**values_of(self))


class EmailMessageBuilder(Builder[EmailMessage], shape=EmailMessage):
    """Builds `EmailMessage`."""

    __slots__ = ()

    def body(self, value: str | None, /) -> Self:
        """The text of the e-mail."""
        return self._set("body", value)

    def feedback_forwarding_address(self, value: str | None, /) -> Self:
        """The address that bounces and complaints are forwarded to, if that is enabled."""
        return self._set("feedback_forwarding_address", value)

    def from_address(self, value: str | None, /) -> Self:
        """The verified address to send from; by default that of the e-mail channel."""
        return self._set("from_address", value)

    def raw_email(self, value: RawEmail | RawEmailBuilder | None, /) -> Self:
        """The e-mail as a whole MIME message, instead of `simple_email`."""
        return self._set("raw_email", value)

    def reply_to_addresses(self, value: list[str] | tuple[str, ...] | None, /) -> Self:
        """The addresses that a reply goes to, each of them."""
        return self._set("reply_to_addresses", value)

    def reply_to_address(self, address: str, /) -> Self:
        """Adds an address to `reply_to_addresses`."""
        return self._append("reply_to_addresses", address)

    def simple_email(self, value: SimpleEmail | SimpleEmailBuilder | None, /) -> Self:
        """The e-mail as subject, text part and HTML part, instead of `raw_email`."""
        return self._set("simple_email", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))


# The end of the builder.
