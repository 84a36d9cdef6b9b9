"""A text as a phone shows it, and the script of a call."""

from __future__ import annotations

import attrs

from pinpoint_users._shapes.gsm import septets, sms_parts
from pinpoint_users.local._delivery import Delivery


@attrs.frozen(kw_only=True)
class Text:
    """A text message."""

    sender: str
    """Whom it is from; empty where the service chooses."""
    body: str
    """The text."""
    media: str
    """The URL of a picture that comes with it, which isn't loaded."""
    encoding: str
    """The alphabet that it is sent in."""
    size: int
    """How many characters of that alphabet it takes."""
    parts: int
    """How many parts it is sent and paid as."""


def text_of(delivery: Delivery) -> Text:
    """The text message that an SMS delivery is."""
    message, body = delivery.message, delivery.body or ""
    size = septets(body)
    return Text(
        sender=str(message.get("SenderId") or message.get("OriginationNumber") or message.get("OriginationIdentity") or ""),
        body=body,
        media=str(message.get("MediaUrl") or ""),
        encoding="UCS-2" if size is None else "GSM-7",
        size=len(body.encode("utf-16-le", "surrogatepass")) // 2 if size is None else size,
        parts=sms_parts(body),
    )


@attrs.frozen(kw_only=True)
class Call:
    """A call that reads a script out."""

    caller: str
    """Whom it is from."""
    script: str
    """What is read out."""
    is_ssml: bool
    """Whether the script is SSML."""
    voice: str
    """The voice."""
    language: str
    """The language, which Pinpoint's messages name."""


def call_of(delivery: Delivery) -> Call:
    """The call that a voice delivery is."""
    message, body = delivery.message, delivery.body or ""
    return Call(
        caller=str(message.get("OriginationNumber") or message.get("OriginationIdentity") or ""),
        script=body,
        is_ssml=message.get("MessageBodyTextType") == "SSML" or body.lstrip().startswith("<speak"),
        voice=str(message.get("VoiceId") or ""),
        language=str(message.get("LanguageCode") or ""),
    )
