"""A template's content in a message: what the message says itself wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinpoint_users._rendering.stored import StoredTemplate
from pinpoint_users._shapes.shape import Shape
from pinpoint_users.messages.adm import ADMMessage
from pinpoint_users.messages.apns import APNSMessage
from pinpoint_users.messages.baidu import BaiduMessage
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.email import EmailMessage
from pinpoint_users.messages.gcm import GCMMessage
from pinpoint_users.messages.push import DefaultPushNotificationMessage
from pinpoint_users.messages.sms import SMSMessage
from pinpoint_users.messages.voice import VoiceMessage

_PUSH_CHANNELS: Mapping[str, tuple[str, type[Shape]]] = {
    "APNS": ("apns_message", APNSMessage),
    "GCM": ("gcm_message", GCMMessage),
    "ADM": ("adm_message", ADMMessage),
    "Baidu": ("baidu_message", BaiduMessage),
}
_TEXTS = ("Subject", "TextPart", "HtmlPart")


def merged(kind: str, template: StoredTemplate, message: DirectMessageConfiguration) -> dict[str, Shape]:
    """The members of a message that change where a template is used, by field.

    Raises:
        ValidationError: The template makes no message that the service would take.
    """
    default = message.default_message
    values = {**template.substitutions, **((default and default.substitutions) or {})}
    if kind == "push":
        return _push(template.content, values, message)
    if kind == "email":
        own = _own(message.email_message)
        return {} if "RawEmail" in own else {"email_message": EmailMessage.from_dict(_email(template.content, own, values))}
    field, shape, spoken = (
        ("sms_message", SMSMessage, message.sms_message)
        if kind == "sms"
        else ("voice_message", VoiceMessage, message.voice_message)
    )
    return {field: shape.from_dict(_with(values, {**template.content, **_own(spoken)}))}


def _own(part: Shape | None) -> dict[str, Any]:
    return {} if part is None else part.to_dict()


def _with(values: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """A channel's message with values for all, over which its own win."""
    substitutions = {name: list(listed) for name, listed in {**values, **part.get("Substitutions", {})}.items()}
    return {**part, "Substitutions": substitutions} if substitutions else dict(part)


def _email(content: Mapping[str, Any], own: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    simple: dict[str, Any] = {**own.get("SimpleEmail", {})}
    for name in _TEXTS:
        if name in content and not (name == "TextPart" and "Body" in own):
            simple[name] = {"Charset": "UTF-8", "Data": content[name], **simple.get(name, {})}
    headers = simple.get("Headers", [])
    named = {str(header.get("Name")).lower() for header in headers}
    more = [header for header in content.get("Headers", ()) if str(header.get("Name")).lower() not in named]
    if more:
        simple["Headers"] = [*headers, *more]
    return _with(values, {**own, "SimpleEmail": simple})


def _push(content: Mapping[str, Any], values: Mapping[str, Any], message: DirectMessageConfiguration) -> dict[str, Shape]:
    changes: dict[str, Shape] = {}
    default = dict(content.get("Default", {}))
    sound = default.pop("Sound", None)
    for_all = _own(message.default_push_notification_message)
    if "Default" in content:
        for_all = _with(values, {**default, **for_all})
        changes["default_push_notification_message"] = DefaultPushNotificationMessage.from_dict(for_all)
    values = {**values, **for_all.get("Substitutions", {})}
    for name, (field, shape) in _PUSH_CHANNELS.items():
        own = _own(getattr(message, field))
        part = {**content.get(name, {}), **own}
        if sound is not None and not part.keys() & {"Sound", "RawContent"}:
            # The default for push has no sound, so each channel says it, with all that it would have taken from there.
            part = {**for_all, **part, "Sound": sound}
        if part != own:
            changes[field] = shape.from_dict(_with(values, part))
    return changes
