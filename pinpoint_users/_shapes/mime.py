"""Raw e-mail: the bytes of a MIME message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinpoint_users._shapes.converters import NO_TEXT, is_text, kind, refuse

if TYPE_CHECKING:
    from email.message import Message as StandardMessage


def mime_message(value: bytes | StandardMessage | None) -> bytes | None:
    """Accepts bytes that begin as a message does, or a message of the standard library."""
    if value is None:
        return value
    if isinstance(value, str):
        remedy = "write text.encode()" if is_text(value) else NO_TEXT
        raise refuse(f"must be bytes or an email.message.EmailMessage, not a string: {remedy}")
    if not isinstance(value, bytes):
        value = _written(value)
    if b":" not in value:
        raise refuse("has no header, so it isn't a MIME message: hand it in as it is; base64 is added on the way out")
    return bytes(value)


def _written(message: StandardMessage) -> bytes:
    """The message as it travels: lines that end in CRLF, and nothing outside ASCII, which Amazon SES wants encoded."""
    # The email package takes ten milliseconds to import; whoever has such a message has paid them already.
    from email.errors import MessageError  # noqa: PLC0415 - see above
    from email.message import Message  # noqa: PLC0415 - see above

    if not isinstance(message, Message):
        raise refuse(f"must be bytes or an email.message.EmailMessage, not {kind(message)}")
    try:
        return message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))
    except (AttributeError, LookupError, MessageError, TypeError, ValueError) as error:  # what the email package raises
        raise refuse(f"can't be written as a MIME message: {error}") from None
