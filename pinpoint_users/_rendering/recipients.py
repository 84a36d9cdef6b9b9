"""From a message for all channels to what one address gets: overrides, variables."""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, cast

import attrs

from pinpoint_users._rendering.content import PUSH_MESSAGES, Content, fill_all, fill_json
from pinpoint_users._rendering.filling import Filler
from pinpoint_users._rendering.mime import MimeText, Utf8Headers, parse_mime
from pinpoint_users._shapes.placeholders import parse
from pinpoint_users.messages.request import EndpointSendConfiguration

if TYPE_CHECKING:
    from email.message import EmailMessage

_MAX_REMEMBERED = 2_000
"""Characters of a text that is parsed once for many recipients."""
_parsed = functools.lru_cache(maxsize=256)(parse)


class _Filler(Filler):
    """A filler that parses a short text once: the same ones come for every recipient, in request after request."""

    __slots__ = ()

    def fill(self, text: str) -> str:
        if "{{" not in text:
            return text
        return self.render(_parsed(text) if len(text) <= _MAX_REMEMBERED else parse(text))


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


def render(content: Content, own: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> Rendered:
    """A message made for one recipient.

    Args:
        content: The channel's message.
        own: The recipient's overrides and substitutions, which win.
        endpoint: The endpoint in AWS's shape, whose attributes `{{User.UserAttributes.Name}}` and the like name.
    """
    filler = _Filler(own.substitutions, content.substitutions, endpoint)
    fill = filler.fill
    if own.raw_content is not None and content.channel_type in PUSH_MESSAGES:
        return Rendered(None, None, None, {"RawContent": fill_json(own.raw_content, fill)})
    message = dict(content.message)
    if content.channel_type == "EMAIL":
        if "RawEmail" not in message:
            _override_email(message, own)
        return _render_email(message, filler)
    for name in content.varying:
        value = message[name]
        message[name] = fill_json(value, fill) if name == "RawContent" else fill_all(value, fill)
    if own.body_override is not None:
        message["Body"] = fill(own.body_override)
    if own.title_override is not None and content.channel_type in PUSH_MESSAGES:
        message["Title"] = fill(own.title_override)
    return Rendered(message.get("Title"), message.get("Body"), None, message)


def _override_email(message: dict[str, Any], own: EndpointSendConfiguration) -> None:
    simple = dict(message.get("SimpleEmail", {}))
    if own.title_override is not None:
        simple["Subject"] = {**simple.get("Subject", {}), "Data": own.title_override}
    if own.body_override is not None:
        parts = [part for part in ("TextPart", "HtmlPart") if part in simple]
        for part in parts:
            simple[part] = {**simple[part], "Data": own.body_override}
        if "Body" in message or not parts:
            message["Body"] = own.body_override
    if simple:
        message["SimpleEmail"] = simple


def _render_email(message: dict[str, Any], filler: Filler) -> Rendered:
    fill = filler.fill
    raw = message.pop("RawEmail", {}).get("Data")
    html_part = message.get("SimpleEmail", {}).get("HtmlPart", {})
    filled = fill_all(message, fill)
    if "Data" in html_part:
        filled["SimpleEmail"]["HtmlPart"]["Data"] = filler.fill_html(html_part["Data"])
    if raw is not None:
        data = _parsed_mime(raw).fill(filler)
        filled["RawEmail"] = {"Data": base64.b64encode(data).decode("ascii")}
        return Rendered(*_last_mime_texts(data), filled)
    simple = filled.get("SimpleEmail", {})
    subject, text, html = (simple.get(part, {}).get("Data") for part in ("Subject", "TextPart", "HtmlPart"))
    return Rendered(subject, filled.get("Body") if text is None else text, html, filled)


@functools.lru_cache(maxsize=1)
def _parsed_mime(raw: str) -> MimeText:
    """A MIME message in base64, which may have megabytes, and is read once for all the recipients of a request."""
    return parse_mime(base64.b64decode(raw))


def mime_texts(data: bytes) -> tuple[str | None, str | None, str | None]:
    """Subject, text and HTML of a MIME message."""
    parsed = cast("EmailMessage", message_from_bytes(data, policy=Utf8Headers()))  # as the policy has it
    parts = [parsed.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (None if part is None else _text_of(part) for part in parts)
    return parsed["Subject"], text, html


_last_mime_texts = functools.lru_cache(maxsize=1)(mime_texts)
"""The same, found once for recipients who get the same."""


def _text_of(part: Any) -> str:
    """The text of a part of a MIME message, even where its character set is none that Python has."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload: bytes = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace")
