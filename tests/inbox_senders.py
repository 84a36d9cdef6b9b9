"""Every text that a sender controls, one at a time: in a whole message each text in turn is an attack."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from email.message import EmailMessage as MIMEMessage
from typing import Any

SHOWN = "<img/src=x/onerror=ran=1>"
ATTACK = f"\"'><script>ran=1</script>{SHOWN}"
"""At most 64 bytes, as some members may have."""
SHORT = f"\"'>{SHOWN}"

REFUSED = {
    "SendTextMessage: OriginationIdentity",
    "SendVoiceMessage: OriginationIdentity",
    "SendVoiceMessage: VoiceId",
}
"""Texts that the service doesn't take."""

Send = Callable[[Any], int]
"""Sends by a desk and tells the delivery's number."""

_PUSH = {"Title": "t", "Body": "b", "Url": "u", "Sound": "s", "Data": {"k": "v"}}
_PICTURES = {"ImageUrl": "i", "ImageIconUrl": "i", "SmallImageIconUrl": "i", "IconReference": "i"}
_APNS = {**_PUSH, "MediaUrl": "m", "Category": "c", "CollapseId": "c", "ThreadId": "t"}
_APNS_RAW = {"aps": {"alert": {"title": "t", "subtitle": "s", "body": "b"}, "sound": "s", "badge": "b"}, "own": "o"}
_GCM_RAW = {
    "fcmV1Message": {
        "message": {
            "notification": {"title": "t", "body": "b", "image": "i"},
            "android": {"notification": {"click_action": "a"}},
        }
    }
}
MESSAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "APNS": ("APNS", {"APNSMessage": _APNS}),
    "GCM": ("GCM", {"GCMMessage": {**_PUSH, **_PICTURES, "CollapseKey": "c", "RestrictedPackageName": "r"}}),
    "ADM": ("ADM", {"ADMMessage": {**_PUSH, **_PICTURES, "ConsolidationKey": "c"}}),
    "BAIDU": ("BAIDU", {"BaiduMessage": {**_PUSH, **_PICTURES}}),
    "push by default": (
        "GCM",
        {"DefaultPushNotificationMessage": {name: _PUSH[name] for name in ("Title", "Body", "Url", "Data")}},
    ),
    "default": ("SMS", {"DefaultMessage": {"Body": "b"}}),
    "SMS": (
        "SMS",
        {"SMSMessage": dict.fromkeys(("Body", "Keyword", "MediaUrl", "SenderId", "EntityId", "TemplateId"), "s")},
    ),
    "VOICE": ("VOICE", {"VoiceMessage": {"Body": "b", "VoiceId": "v", "LanguageCode": "l"}}),
    "EMAIL": (
        "EMAIL",
        {
            "EmailMessage": {
                "FromAddress": "f@example.com",
                "FeedbackForwardingAddress": "f",
                "ReplyToAddresses": ["r"],
                "SimpleEmail": {
                    "Subject": {"Data": "s"},
                    "TextPart": {"Data": "t"},
                    "HtmlPart": {"Data": "h"},
                    "Headers": [{"Name": "X-N", "Value": "v"}],
                },
            }
        },
    ),
}
"""Whole messages of Pinpoint, with the channel that each goes by."""
SES = {
    "Simple": {
        "Subject": {"Data": "s"},
        "Body": {"Text": {"Data": "t"}, "Html": {"Data": "h"}},
        "Headers": [{"Name": "X-N", "Value": "v"}],
        "Attachments": [{"FileName": "f", "ContentDescription": "d", "ContentId": "c", "RawContent": "eA=="}],
    }
}


def attacked(whole: Any, attack: str) -> Iterator[tuple[str, Any]]:
    """The message again and again, each time with another of its texts, or names of data, being the attack."""
    for path in _paths(whole):
        name = ".".join(map(str, path))
        made, parent = _copied(whole, path)
        parent[path[-1]] = attack
        yield name, made
        if path[-1] == "k":
            made, parent = _copied(whole, path)
            parent[attack] = parent.pop("k")
            yield f"{name} (name)", made


def _copied(whole: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    """A copy of a message, and what in it holds the text at a path."""
    made = parent = copy.deepcopy(whole)
    for step in path[:-1]:
        parent = parent[step]
    return made, parent


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield at
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(inner, (*at, step))


def cases() -> Iterator[tuple[str, Send]]:
    """Every text by name, and what sends it."""
    for name, (channel, message) in MESSAGES.items():
        for path, made in attacked(message, SHORT if name == "SMS" else ATTACK):
            yield f"{name}: {path}", _by_address(made, channel)
    for name, channel, raw in (("APNS", "APNS", _APNS_RAW), ("GCM", "GCM", _GCM_RAW)):
        for path, made in attacked(raw, ATTACK):
            yield f"{name}: RawContent {path}", _raw_content(made, f"{name}Message", channel)
    yield "APNS: RawContent", _by_address({"APNSMessage": {"RawContent": "{{a}}", "Substitutions": {"a": [ATTACK]}}}, "APNS")
    yield from _of_the_request()
    yield from _raw_emails()
    for path, made in attacked(SES, ATTACK):
        if not path.endswith("RawContent"):
            yield f"SES: {path}", lambda desk, made=made: desk.ses(made)
    simple = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    mailbox = f'"{SHOWN.strip("<>")}" <us@example.com>'
    yield "SES: FromEmailAddress", lambda desk: desk.ses(simple, FromEmailAddress=mailbox)
    yield "SES: ReplyToAddresses", lambda desk: desk.ses(simple, ReplyToAddresses=[mailbox])
    for operation in ("SendTextMessage", "SendVoiceMessage"):
        whole = {"OriginationIdentity": "US", "MessageBody": "b", "Context": {"k": "v"}}
        whole |= {"Keyword": "k"} if operation == "SendTextMessage" else {"VoiceId": "JOANNA"}
        for path, made in attacked(whole, SHORT):
            yield f"{operation}: {path}", lambda desk, made=made, operation=operation: desk.texting(operation, **made)


def _by_address(message: dict[str, Any], channel: str) -> Send:
    address = "ann@example.com" if channel == "EMAIL" else "+12065550100" if channel in {"SMS", "VOICE"} else "token"
    return lambda desk: desk.send(message, channel=channel, address=address)


def _raw_content(payload: dict[str, Any], name: str, channel: str) -> Send:
    return lambda desk: desk.send({name: {"RawContent": json.dumps(payload)}}, channel=channel)


def _of_the_request() -> Iterator[tuple[str, Send]]:
    sms, push = {"SMSMessage": {"Body": "b"}}, {"GCMMessage": {"Body": "b"}}
    variable = {"SMSMessage": {"Body": "{{v}}", "Substitutions": {"v": [ATTACK]}}}
    yield "address", lambda desk: desk.send(push, channel="GCM", address=ATTACK)
    yield "substitution", lambda desk: desk.send(variable, channel="SMS", address="+12065550100")
    yield "context", lambda desk: desk.send(sms, channel="SMS", address="+12065550100", Context={"k": ATTACK})
    yield "context's name", lambda desk: desk.send(sms, channel="SMS", address="+12065550100", Context={ATTACK: "v"})
    yield "trace ID", lambda desk: desk.send(sms, channel="SMS", address="+12065550100", TraceId=ATTACK)
    raw = json.dumps({"notification": {"title": ATTACK}})
    for name, attack in {"BodyOverride": ATTACK, "TitleOverride": ATTACK, "RawContent": raw}.items():
        own = {"token": {"ChannelType": "GCM", name: attack}}
        yield name, lambda desk, own=own: desk.send(push, channel="GCM", Addresses=own)
    yield "user ID", lambda desk: desk.sms(user=ATTACK)


def _raw_emails() -> Iterator[tuple[str, Send]]:
    def mime(**parts: str) -> dict[str, Any]:
        message = MIMEMessage()
        message["Subject"] = parts.get("subject", "s")
        message["From"] = parts.get("sender", "us@example.com")
        message["X-Own"] = parts.get("header", "x")
        message.set_content(parts.get("text", "t"))
        message.add_alternative(parts.get("html", "<p>h</p>"), subtype="html")
        message.add_attachment(b"x", "application", "pdf", filename=parts.get("file", "f"), cid=parts.get("cid", "<c>"))
        message.get_payload()[-1].replace_header("Content-Type", parts.get("kind", "application/pdf"))
        return {"EmailMessage": {"RawEmail": {"Data": base64.b64encode(message.as_bytes()).decode()}}}

    texts = dict.fromkeys(("subject", "header", "text", "html", "file", "cid", "kind"), ATTACK)
    for name, attack in {**texts, "sender": f'"{SHOWN}" <us@example.com>'}.items():
        yield f"raw e-mail: {name}", _by_address(mime(**{name: attack}), "EMAIL")
    odd = f"From: us@example.com\r\nX-{ATTACK}: v\r\n\r\nwords".encode()
    data = base64.b64encode(odd).decode()
    yield "raw e-mail: a header's name", _by_address({"EmailMessage": {"RawEmail": {"Data": data}}}, "EMAIL")
    nested = f'<svg onload="ran=1"></svg><iframe srcdoc="<script>parent.ran=1</script>"></iframe>{ATTACK}'
    yield "raw e-mail: html with frames", _by_address(mime(html=nested), "EMAIL")
