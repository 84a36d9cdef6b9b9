"""How a message will look to one user, channel by channel, filled by the package's own renderer."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import Any

import attrs

from pinpoint_users._files.faults import FileFault
from pinpoint_users._files.message_file import MessageFile
from pinpoint_users._rendering.content import OTHER_MESSAGES, PUSH_MESSAGES, Content, content_of
from pinpoint_users._rendering.demands import Demands
from pinpoint_users._rendering.mime import PlainUtf8Headers
from pinpoint_users._rendering.recipients import Rendered, render
from pinpoint_users._shapes.gsm import GSM_CHARACTERS, septets, sms_parts
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.results import masked

CHANNELS = ("SMS", "EMAIL", "VOICE", "APNS", "GCM", "ADM", "BAIDU", "PUSH")
"""The channels of a preview, in its order. PUSH is what push channels get that have no message of their own."""
NOBODY = "no endpoint of the directory gets it"
"""What is shown of a user who has nothing that the message could be sent to."""
_MOST_NAMED = 5
_SENDERS = {"FromAddress", "OriginationNumber", "SenderId"}
_SHOWN_ELSEWHERE = {"Body", "Title", "RawContent", "RawEmail", "SimpleEmail"}


@attrs.frozen(kw_only=True)
class SMSLook:
    """What a text takes as SMS."""

    encoding: str
    """GSM-7, or UCS-2 where a character isn't in GSM-7."""
    characters: int
    """Characters of that encoding: in GSM-7 some take two, in UCS-2 an emoji takes two."""
    parts: int
    """The message parts, by which rates and prices count."""
    forced_by: tuple[tuple[str, str], ...]
    """The characters that aren't in GSM-7 and so force UCS-2, each with its name in Unicode, in the order of the text."""


@attrs.frozen(kw_only=True)
class ChannelPreview:
    """A message as one channel's recipients see it."""

    channel: str
    """The channel, in AWS's words; PUSH for the default of all push channels."""
    sender: str | None = None
    """Who it is from, where that isn't among the details: what the settings say."""
    to: str | None = None
    """The address that it goes to, masked, and how many more; None if no endpoints were handed in."""
    title: str | None = None
    """The title of a push notification, the subject of an e-mail."""
    body: str | None = None
    """The text; of an e-mail its text part, of a call what is read out."""
    html: str | None = None
    """The HTML part of an e-mail."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers of an e-mail."""
    details: tuple[tuple[str, str], ...] = ()
    """What else there is, in AWS's names: action, URL, image, sound, sender, voice, …"""
    raw_content: str | None = None
    """The whole payload, where it is written as raw content."""
    sms: SMSLook | None = None
    """What the text takes as SMS."""
    missing: tuple[str, ...] = ()
    """Names in the texts that have no value here: attributes of the endpoint among them, unless endpoints are handed in."""


@attrs.frozen(kw_only=True)
class Preview:
    """A message as one user sees it."""

    user_id: str
    """The user."""
    channels: tuple[ChannelPreview, ...]
    """The channels that the message is for; of endpoints that were handed in, those that get it."""
    notes: tuple[FileFault, ...] = ()
    """What of the message can hardly be meant."""
    templates: tuple[tuple[str, str], ...] = ()
    """Kinds and names of templates that the service keeps, of which nothing can be shown."""


def ends_of(channel: ChannelPreview) -> tuple[tuple[str, str], ...]:
    """Who a message is from and to, as far as that is known."""
    return tuple((name, end) for name, end in (("From", channel.sender), ("To", channel.to)) if end is not None)


def sms_look(text: str) -> SMSLook:
    """What a text takes as SMS."""
    size = septets(text)
    forced = dict.fromkeys(character for character in text if character not in GSM_CHARACTERS)
    return SMSLook(
        encoding="UCS-2" if size is None else "GSM-7",
        characters=sum(2 if character > "\uffff" else 1 for character in text) if size is None else size,
        parts=sms_parts(text),
        forced_by=tuple((character, unicodedata.name(character, f"U+{ord(character):04X}")) for character in forced),
    )


def sms_line(sms: SMSLook) -> str:
    """A line on what a text takes as SMS: `1 part, 26 characters of GSM-7`."""
    forced = [f"{character} ({name})" for character, name in sms.forced_by]
    more = f" and {len(forced) - _MOST_NAMED} more" if len(forced) > _MOST_NAMED else ""
    because = f"; UCS-2 because of {', '.join(forced[:_MOST_NAMED])}{more}" if forced else ""
    parts = f"{sms.parts} part" + ("" if sms.parts == 1 else "s")
    return f"{parts}, {sms.characters} characters of {sms.encoding}{because}"


def preview(
    message: MessageFile,
    user_id: str,
    configuration: EndpointSendConfiguration,
    *,
    endpoints: Sequence[Mapping[str, Any]] | None = None,
    senders: Mapping[str, str] | None = None,
) -> Preview:
    """Shows a message as one user gets it.

    Args:
        message: What was read of a message file.
        user_id: The user.
        configuration: What the user has of their own.
        endpoints: The user's endpoints that are sent to, in AWS's shape with channel and address: of each channel the first
            one's attributes fill the texts. By default all channels of the message are shown, and no attribute is known.
        senders: Who sends by a channel, as the settings say. The message's own sender of e-mail wins.
    """
    written = message.message or DirectMessageConfiguration()
    known: dict[str, list[Mapping[str, Any]]] = {}
    if endpoints is None:
        known = {channel: [{"User": {"UserId": user_id}}] for channel in _channels(written)}
    for endpoint in endpoints or ():
        known.setdefault(endpoint["ChannelType"], []).append(endpoint)
    contents = [content for channel in known if (content := content_of(written, channel)) is not None]
    templates = message.template_configuration
    named = [(field.name, getattr(templates, field.name)) for field in attrs.fields(type(templates))] if templates else []
    return Preview(
        user_id=user_id,
        channels=tuple(
            _look(content, configuration, known[content.channel_type], (senders or {}).get(content.channel_type))
            for content in contents
        ),
        notes=message.notes,
        templates=tuple((kind, template.name or "") for kind, template in named if template is not None),
    )


def _channels(message: DirectMessageConfiguration) -> list[str]:
    """The channels with a message of their own, and those that a default stands for."""
    own = {**OTHER_MESSAGES, **{channel: field for channel, field in PUSH_MESSAGES.items() if field}}
    has_default = message.default_message is not None
    for_push = has_default or message.default_push_notification_message is not None
    return [
        channel
        for channel in CHANNELS
        if (for_push if channel == "PUSH" else has_default and channel in OTHER_MESSAGES)
        or (channel in own and getattr(message, own[channel]) is not None)
    ]


def _look(
    content: Content, configuration: EndpointSendConfiguration, endpoints: Sequence[Mapping[str, Any]], sender: str | None
) -> ChannelPreview:
    channel = content.channel_type
    of_channel = {**endpoints[0], "ChannelType": channel}
    address = of_channel.get("Address")
    more = f" and {len(endpoints) - 1} more" if len(endpoints) > 1 else ""
    rendered = render(content, configuration, of_channel)
    message = rendered.message
    raw = message.get("RawContent")
    sender = _own_sender(message) or (None if "FromAddress" in message else sender)
    details = [(name, value) for name, value in _details(message) if sender is None or name not in _SENDERS]
    return ChannelPreview(
        channel=channel,
        sender=sender,
        to=None if address is None else masked(address) + more,
        title=rendered.title,
        body=rendered.body,
        html=rendered.html,
        headers=_headers(rendered),
        details=() if raw is not None else tuple(details),
        raw_content=None if raw is None else _indented(raw),
        sms=sms_look(rendered.body or "") if channel == "SMS" else None,
        missing=Demands.of(content).missing(configuration, of_channel),
    )


def _own_sender(message: Mapping[str, Any]) -> str | None:
    """The sender that a MIME message is written with, which is what its receiver sees."""
    if "RawEmail" not in message:
        return None
    parsed = message_from_bytes(base64.b64decode(message["RawEmail"]["Data"]), policy=PlainUtf8Headers())
    written = " ".join(str(parsed["From"] or "").split())
    try:
        return str(make_header(decode_header(written))) or None
    except (ValueError, LookupError, MessageError):  # of words that aren't encoded as they say
        return written


def _headers(rendered: Rendered) -> tuple[tuple[str, str], ...]:
    simple = rendered.message.get("SimpleEmail", {})
    return tuple((header.get("Name", ""), header.get("Value", "")) for header in simple.get("Headers", ()))


def _details(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _written(value)) for name, value in message.items() if name not in _SHOWN_ELSEWHERE]


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _indented(raw: str) -> str:
    try:
        return json.dumps(json.loads(raw, strict=False), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return raw
