"""From a message for all channels to what one address gets: channel choice, overrides, variables."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from email import message_from_bytes, message_from_string, policy
from typing import Any

import attrs

from pinpoint_users._shapes.raw_content import mark_of, marked
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.local._templates import Template
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration

_PUSH_MESSAGES = {
    "PUSH": None,
    "GCM": "gcm_message",
    "APNS": "apns_message",
    "APNS_SANDBOX": "apns_message",
    "APNS_VOIP": "apns_message",
    "APNS_VOIP_SANDBOX": "apns_message",
    "ADM": "adm_message",
    "BAIDU": "baidu_message",
}
_OTHER_MESSAGES = {"SMS": "sms_message", "VOICE": "voice_message", "EMAIL": "email_message"}


@attrs.frozen
class Content:
    """A channel's message before it is made for one recipient."""

    channel_type: str
    message: Mapping[str, Any]
    """The message in AWS's shape, `Substitutions` left out."""
    substitutions: Mapping[str, tuple[str, ...]]
    """The channel message's, then DefaultMessage's."""


@attrs.frozen
class Rendered:
    """What one address gets."""

    title: str | None
    body: str | None
    html: str | None
    message: dict[str, Any]

    @property
    def has_content(self) -> bool:
        """Whether there is any text, or raw content."""
        return bool(self.body or self.html or "RawEmail" in self.message or "RawContent" in self.message)


def content_of(configuration: DirectMessageConfiguration, channel_type: str | None) -> Content | None:
    """The message for a channel: its own, else the default for push, else the default for all; None if there is none.

    Members that a push channel's own message lacks are taken from the default for push (inferred), unless it has raw
    content.

    CUSTOM and IN_APP have none: they are reached by campaigns and by the app's own requests.
    """
    candidates = []
    if channel_type in _PUSH_MESSAGES:
        own = _PUSH_MESSAGES[channel_type]
        candidates = [getattr(configuration, own) if own else None, configuration.default_push_notification_message]
    elif channel_type in _OTHER_MESSAGES:
        candidates = [getattr(configuration, _OTHER_MESSAGES[channel_type])]
    else:
        return None
    default = configuration.default_message
    chosen = next((candidate for candidate in (*candidates, default) if candidate is not None), None)
    if chosen is None:
        return None
    used = [candidate for candidate in candidates if candidate is not None] or [chosen]
    if getattr(chosen, "raw_content", None):
        used = [chosen]
    message: dict[str, Any] = {}
    substitutions: dict[str, tuple[str, ...]] = dict((default and default.substitutions) or {})
    for candidate in reversed(used):
        message.update(to_wire(candidate))
        substitutions.update(candidate.substitutions or {})
    message.pop("Substitutions", None)
    return Content(channel_type, message, substitutions)


def render(content: Content, own: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> Rendered:
    """A message made for one recipient.

    Args:
        content: The channel's message.
        own: The recipient's overrides and substitutions, which win.
        endpoint: The endpoint in AWS's shape, whose attributes `{{User.UserAttributes.Name}}` and the like name.
    """
    values = {**content.substitutions, **(own.substitutions or {})}
    template = Template(values, endpoint)
    fill = template.fill
    if own.raw_content is not None:
        return Rendered(None, None, None, {"RawContent": _fill_json(own.raw_content, fill)})
    message = _overridden(content, own)
    if content.channel_type == "EMAIL":
        return _render_email(message, template)
    if "RawContent" in message:
        message["RawContent"] = _fill_json(message["RawContent"], fill)
    filled = _fill_all(message, fill)
    return Rendered(filled.get("Title"), filled.get("Body"), None, filled)


def _overridden(content: Content, own: EndpointSendConfiguration) -> dict[str, Any]:
    """The message with the recipient's own body and title in place of its own."""
    message = dict(content.message)
    if content.channel_type == "EMAIL":
        if "RawEmail" not in message:
            _override_email(message, own)
        return message
    if own.body_override is not None:
        message["Body"] = own.body_override
    if own.title_override is not None and content.channel_type in _PUSH_MESSAGES:
        message["Title"] = own.title_override
    return message


def _override_email(message: dict[str, Any], own: EndpointSendConfiguration) -> None:
    simple = dict(message.get("SimpleEmail", {}))
    if own.title_override is not None:
        simple["Subject"] = {**simple.get("Subject", {}), "Data": own.title_override}
    if own.body_override is not None and "SimpleEmail" in message:
        for part in [part for part in ("TextPart", "HtmlPart") if part in simple] or ["TextPart"]:
            simple[part] = {**simple.get(part, {}), "Data": own.body_override}
    elif own.body_override is not None:
        message["Body"] = own.body_override
    if simple:
        message["SimpleEmail"] = simple


def _render_email(message: dict[str, Any], template: Template) -> Rendered:
    fill = template.fill
    raw = message.pop("RawEmail", {}).get("Data")
    html_part = message.get("SimpleEmail", {}).get("HtmlPart", {})
    filled = _fill_all(message, fill)
    if "Data" in html_part:
        filled["SimpleEmail"]["HtmlPart"]["Data"] = template.fill_html(html_part["Data"])
    if raw is not None:
        data = _fill_mime(base64.b64decode(raw), template)
        filled["RawEmail"] = {"Data": base64.b64encode(data).decode("ascii")}
        return Rendered(*_mime_texts(data), filled)
    simple = filled.get("SimpleEmail", {})
    subject, text, html = (simple.get(part, {}).get("Data") for part in ("Subject", "TextPart", "HtmlPart"))
    return Rendered(subject, filled.get("Body") if text is None else text, html, filled)


def _fill_mime(data: bytes, template: Template) -> bytes:
    """A MIME message with its variables filled; those of its HTML parts as HTML, unless a part's text is encoded."""
    filled = []
    for part in message_from_string(data.decode("latin-1")).walk() if b"{{" in data else ():
        payload = part.get_payload()
        if part.get_content_type() == "text/html" and isinstance(payload, str) and payload:
            before, html, data = data.partition(payload.encode("latin-1"))
            filled += [_fill_bytes(before, template.fill), _fill_bytes(html, template.fill_html)]
    return b"".join([*filled, _fill_bytes(data, template.fill)])


def _fill_bytes(data: bytes, fill: Callable[[str], str]) -> bytes:
    return fill(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _mime_texts(data: bytes) -> tuple[str | None, str | None, str | None]:
    """Subject, text and HTML of a MIME message."""
    parsed = message_from_bytes(data, policy=policy.default)
    parts = [parsed.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (None if part is None else _text_of(part) for part in parts)
    return parsed["Subject"], text, html


def _text_of(part: Any) -> str:
    """The text of a part of a MIME message, even where its character set is none that Python has."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload: bytes = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace")


def _fill_json(text: str, fill: Callable[[str], str]) -> str:
    """A JSON document whose strings are filled, so that a quote in a value can't break it.

    A value that stands outside of strings is put there as it is, as is every value of what isn't JSON before it is filled.
    """
    if "{{" not in text:
        return text
    document, variables = marked(text)
    try:
        filled = json.dumps(_fill_all(json.loads(document, strict=False), fill), ensure_ascii=False)
    except ValueError:
        return fill(text)
    for index, variable in enumerate(variables):
        filled = filled.replace(mark_of(index), fill(variable), 1)
    return filled


def _fill_all(value: Any, fill: Callable[[str], str]) -> Any:
    """A value with all of its strings filled, in plain dicts and lists."""
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: _fill_all(item, fill) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_fill_all(item, fill) for item in value]
    return value
