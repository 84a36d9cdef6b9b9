"""An e-mail as its receiver's program reads it: headers, source, attachments, and HTML that loads nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from email import policy
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Any

import attrs

from pinpoint_users._rendering.mime import PlainUtf8Headers
from pinpoint_users.local._delivery import Delivery

_INLINE = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
"""The types of attachments that the HTML part may show."""
_CID = re.compile(r"cid:([^\"'\s<>)]+)", re.IGNORECASE)
_LOADS = re.compile(
    r"(?:src|srcset|background|poster)\s*=\s*[\"']?\s*(?:https?:)?//|url\(\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE
)


@attrs.frozen(kw_only=True)
class Attachment:
    """A file that comes with an e-mail."""

    name: str
    """Its name."""
    content_type: str
    """The type that it says it has."""
    content_id: str
    """The ID by which the HTML part may show it; empty if it has none."""
    data: bytes
    """What is in it."""


@attrs.frozen(kw_only=True)
class Mail:
    """An e-mail."""

    headers: Sequence[tuple[str, str]]
    """Names and decoded values, in their order."""
    attachments: Sequence[Attachment]
    """The files."""
    source: bytes
    """The whole as MIME: as the sender wrote it, or as the service makes it of the parts."""
    is_raw: bool
    """Whether the sender wrote the source."""
    loads: bool
    """Whether the HTML part has something to load from elsewhere."""

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")


def mail_of(delivery: Delivery) -> Mail:
    """The e-mail that a delivery is."""
    raw = _raw_data(delivery.message)
    source = _composed(delivery) if raw is None else base64.b64decode(raw)
    reader = BytesParser(policy=PlainUtf8Headers())
    try:
        parsed = reader.parsebytes(source)
        attachments = [_attachment(part, number) for number, part in enumerate(_files(parsed), 1)]
    except RecursionError:  # parts in parts in parts: no mail program would show these
        parsed, attachments = reader.parsebytes(source, headersonly=True), []
    return Mail(
        headers=[(name, _decoded(value)) for name, value in parsed.items()],
        attachments=attachments,
        source=source,
        is_raw=raw is not None,
        loads=bool(_LOADS.search(delivery.html or "")),
    )


def html_of(delivery: Delivery) -> str:
    """The HTML part with the pictures in it that come with the e-mail."""
    pictures = {file.content_id: file for file in mail_of(delivery).attachments if file.content_type in _INLINE}

    def shown(found: re.Match[str]) -> str:
        file = pictures.get(found[1])
        if file is None:
            return found[0]
        return f"data:{file.content_type};base64,{base64.b64encode(file.data).decode('ascii')}"

    return _CID.sub(shown, delivery.html or "")


def _raw_data(message: Mapping[str, Any]) -> str | None:
    """The MIME message in base64, where Pinpoint's or SES's request has one."""
    for raw in (message.get("RawEmail"), message.get("Content", {}).get("Raw")):
        if raw and raw.get("Data"):
            return str(raw["Data"])
    return None


def _composed(delivery: Delivery) -> bytes:
    """The MIME message that the service makes of the parts."""
    message = delivery.message
    simple = message.get("SimpleEmail") or message.get("Content", {}).get("Simple") or {}
    destination = message.get("Destination") or {"ToAddresses": [delivery.address]}
    sender = message.get("FromAddress") or message.get("FromEmailAddress")
    named: list[tuple[str, Any]] = [
        ("From", sender),
        ("To", ", ".join(destination.get("ToAddresses") or ())),
        ("Cc", ", ".join(destination.get("CcAddresses") or ())),
        ("Reply-To", ", ".join(message.get("ReplyToAddresses") or ())),
        ("Subject", delivery.title),
        *((header["Name"], header["Value"]) for header in simple.get("Headers") or ()),
    ]
    head = "".join(f"{name}: {_encoded(value)}\r\n" for name, value in named if value)
    return head.encode("ascii", "replace") + _composed_body(delivery, simple.get("Attachments") or ())


def _composed_body(delivery: Delivery, attachments: Sequence[Mapping[str, Any]]) -> bytes:
    body = EmailMessage(policy=policy.SMTP)
    body.set_content(_text(delivery.body))
    if delivery.html is not None and delivery.body is None:
        body.set_content(_text(delivery.html), subtype="html")
    elif delivery.html is not None:
        body.add_alternative(_text(delivery.html), subtype="html")
    for file in attachments:
        main, _, sub = str(file.get("ContentType") or "application/octet-stream").partition("/")
        plain = {name: re.sub(r"[\x00-\x20\x7f<>;\"]", " ", _text(file.get(name))) for name in ("FileName", "ContentId")}
        body.add_attachment(
            base64.b64decode(file["RawContent"]),
            maintype=_token(main, "application"),
            subtype=_token(sub, "octet-stream"),
            filename=plain["FileName"],
            disposition=str(file.get("ContentDisposition") or "ATTACHMENT").lower(),
            cid=f"<{plain['ContentId']}>" if plain["ContentId"] else None,
        )
    return body.as_bytes()


def _text(value: object) -> str:
    """A value as text that can be written: a lone surrogate can't."""
    return str(value or "").encode("utf-8", "replace").decode("utf-8")


def _token(text: str, otherwise: str) -> str:
    """A word of a content type that EmailMessage takes; the text as it is would let a sender write headers."""
    known = re.fullmatch(r"[A-Za-z0-9.+-]+", text) and text.lower() not in {"multipart", "message"}
    return text.lower() if known else otherwise


def _encoded(value: object) -> str:
    line = " ".join(filter(None, map(str.strip, re.split(r"[\r\n]+", _text(value)))))
    return line if line.isascii() else Header(line, "utf-8", maxlinelen=10_000).encode()


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, ValueError, MessageError):
        return str(value)


def _files(message: Message) -> list[Message]:
    """The parts that are neither text to be read nor parts in which others are."""
    files: list[Message] = []
    parts = [message]
    while parts:
        part = parts.pop(0)
        is_file = part.get_content_disposition() == "attachment" or part.get_filename() is not None
        if part.is_multipart() and not (is_file or part.get_content_maintype() == "message"):
            parts = [each for each in part.get_payload() if isinstance(each, Message)] + parts
        elif is_file or part.get_content_type() not in {"text/plain", "text/html"}:
            files.append(part)
    return files


def _attachment(part: Message, number: int) -> Attachment:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):  # a message inside of this one
        payload = b"".join(inner.as_bytes() for inner in part.get_payload() if isinstance(inner, Message))
    return Attachment(
        name=_decoded(part.get_filename() or f"part-{number}"),
        content_type=part.get_content_type(),
        content_id=str(part.get("Content-ID", "")).strip().strip("<>"),
        data=payload,
    )
