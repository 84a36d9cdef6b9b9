"""The message that a channel uses, and the strings in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from pinpoint_users._shapes.raw_content import mark_of, marked
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.shape import Shape
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.messages.adm import ADMMessage
from pinpoint_users.messages.apns import APNSMessage
from pinpoint_users.messages.baidu import BaiduMessage
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.email import EmailMessage
from pinpoint_users.messages.gcm import GCMMessage
from pinpoint_users.messages.sms import SMSMessage
from pinpoint_users.messages.voice import VoiceMessage

PUSH_MESSAGES = {
    "PUSH": None,
    "GCM": "gcm_message",
    "APNS": "apns_message",
    "APNS_SANDBOX": "apns_message",
    "APNS_VOIP": "apns_message",
    "APNS_VOIP_SANDBOX": "apns_message",
    "ADM": "adm_message",
    "BAIDU": "baidu_message",
}
OTHER_MESSAGES = {"SMS": "sms_message", "VOICE": "voice_message", "EMAIL": "email_message"}
_CLASSES: Mapping[str, type[Shape]] = {
    "adm_message": ADMMessage,
    "apns_message": APNSMessage,
    "baidu_message": BaiduMessage,
    "email_message": EmailMessage,
    "gcm_message": GCMMessage,
    "sms_message": SMSMessage,
    "voice_message": VoiceMessage,
}


def _holds_variable(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return any(map(_holds_variable, items))


def _members_with_a_variable(content: Content) -> tuple[str, ...]:
    return tuple(name for name, value in content.message.items() if _holds_variable(value))


@attrs.frozen
class Content:
    """A channel's message before it is made for one recipient."""

    channel_type: str
    message: Mapping[str, Any]
    """The message in AWS's shape, `Substitutions` left out."""
    substitutions: Mapping[str, tuple[str, ...]]
    """The channel message's, then DefaultMessage's."""
    varying: tuple[str, ...] = attrs.field(init=False, default=attrs.Factory(_members_with_a_variable, takes_self=True))
    """The members that hold a variable, which alone differ between recipients."""


def content_of(configuration: DirectMessageConfiguration, channel_type: str | None) -> Content | None:
    """The message for a channel: its own, else the default for push, else the default for all; None if there is none.

    Members that a push channel's own message lacks are taken from the default for push (inferred), unless it has raw
    content.

    CUSTOM and IN_APP have none: they are reached by campaigns and by the app's own requests.
    """
    candidates = []
    if channel_type in PUSH_MESSAGES:
        own = PUSH_MESSAGES[channel_type]
        candidates = [getattr(configuration, own) if own else None, configuration.default_push_notification_message]
    elif channel_type in OTHER_MESSAGES:
        candidates = [getattr(configuration, OTHER_MESSAGES[channel_type])]
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


def fill_json(text: str, fill: Callable[[str], str]) -> str:
    """A JSON document whose strings are filled, so that a quote in a value can't break it.

    A value that stands outside of strings is put there as it is, as is every value of what isn't JSON before it is filled.
    """
    if "{{" not in text:
        return text
    document, variables = marked(text)
    try:
        filled = json.dumps(fill_all(json.loads(document, strict=False), fill), ensure_ascii=False)
    except ValueError:
        return fill(text)
    for index, variable in enumerate(variables):
        filled = filled.replace(mark_of(index), fill(variable), 1)
    return filled


def fill_all(value: Any, fill: Callable[[str], str]) -> Any:
    """A value with all of its strings filled, in plain dicts and lists."""
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: fill_all(item, fill) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill_all(item, fill) for item in value]
    return value


def only_for(message: DirectMessageConfiguration, channels: Collection[str]) -> DirectMessageConfiguration:
    """What of a message is for some channels; texts of the defaults become those of the channels.

    Args:
        message: The message.
        channels: The channels, each by its own name.
    """
    members: dict[str, Any] = {}
    for channel in channels:
        member = PUSH_MESSAGES.get(channel) or OTHER_MESSAGES.get(channel)
        content = content_of(message, channel) if member else None
        if member and content is not None:
            own = getattr(message, member)
            has_defaults = message.default_message or (channel in PUSH_MESSAGES and message.default_push_notification_message)
            members[member] = own if own and not has_defaults else from_wire(_CLASSES[member], _whole(content))
    return DirectMessageConfiguration(**members)


def _whole(content: Content) -> dict[str, Any]:
    listed = {name: [*values] for name, values in content.substitutions.items()}
    return {**content.message, **({"Substitutions": listed} if listed else {})}
