"""A push notification as a phone shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from pinpoint_users.local._delivery import Delivery

_APPLE = frozenset({"APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX"})
_PLATFORMS: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(_APPLE, ("iOS",)), "GCM": ("Android", "iOS")}
"""The platforms that a channel reaches: Firebase reaches both."""
_ACTIONS: Mapping[str, str] = {
    "OPEN_APP": "opens the app",
    "DEEP_LINK": "opens a screen in the app",
    "URL": "opens a web page",
}


@attrs.frozen(kw_only=True)
class Notification:
    """What a phone shows, and what it does when the notification is tapped."""

    platforms: tuple[str, ...]
    """The platforms that show it, the channel's own first."""
    title: str = ""
    """The title."""
    subtitle: str = ""
    """The second line of the title, which iOS has."""
    body: str = ""
    """The text."""
    image: str = ""
    """The URL of the image, which isn't loaded."""
    badge: str = ""
    """The number on the app's icon; Pinpoint's messages have one on iOS alone."""
    action: str = ""
    """What a tap does, in words."""
    link: str = ""
    """The deep link or web page that a tap opens."""
    sound: str = ""
    """The sound."""
    is_silent: bool = False
    """Whether nothing is shown: the app alone gets it."""
    data: Mapping[str, str] = attrs.field(factory=dict)
    """What the app gets beside it."""
    raw: str | None = None
    """The raw content, where the sender wrote it."""


def notification_of(delivery: Delivery) -> Notification:
    """The notification that a push delivery is."""
    message = delivery.message
    platforms = _PLATFORMS.get(delivery.channel_type, ("Android",))
    raw = message.get("RawContent")
    if raw is not None:
        shown = _of_raw(_parsed(raw), is_apple=delivery.channel_type in _APPLE)
        return Notification(platforms=platforms, raw=raw, **shown)
    link, action = _text(message.get("Url")), _text(message.get("Action"))
    return Notification(
        platforms=platforms,
        title=delivery.title or "",
        body=delivery.body or "",
        image=_text(message.get("ImageUrl") or message.get("MediaUrl")),
        badge=_text(message.get("Badge")),
        action=_ACTIONS.get(action, action or "opens the app"),
        link=link,
        sound=_text(message.get("Sound")),
        is_silent=bool(message.get("SilentPush")),
        data={str(name): _text(value) for name, value in (message.get("Data") or {}).items()},
    )


def _of_raw(raw: Mapping[str, Any], *, is_apple: bool) -> dict[str, Any]:
    """What is shown of a payload that the sender wrote: of Apple's, or of Firebase's in either of its shapes and Amazon's."""
    if is_apple:
        aps = _object(raw.get("aps"))
        alert = aps.get("alert")
        texts = {"body": alert} if isinstance(alert, str) else _object(alert)
        own = {name: value for name, value in raw.items() if name != "aps"}
        silent = bool(aps.get("content-available")) and not texts
        return _shown(texts, aps, own, is_silent=silent)
    message = _object(_object(raw.get("fcmV1Message")).get("message")) or raw
    shared = _object(message.get("notification"))
    android = _object(message.get("android"))
    on_android = _object(android.get("notification"))
    data = {**_object(message.get("data")), **_object(android.get("data"))}
    texts = {**shared, **on_android}
    apple = _object(_object(_object(message.get("apns")).get("payload")).get("aps"))
    return _shown(texts, {"sound": texts.get("sound"), "badge": apple.get("badge")}, data, is_silent=not texts)


def _shown(texts: Mapping[str, Any], other: Mapping[str, Any], data: Mapping[str, Any], *, is_silent: bool) -> dict[str, Any]:
    sound = other.get("sound")
    return {
        "title": _text(texts.get("title")),
        "subtitle": _text(texts.get("subtitle")),
        "body": _text(texts.get("body")),
        "image": _text(texts.get("image")),
        "badge": _text(other.get("badge")),
        "sound": _text(_object(sound).get("name") or sound),
        "action": _text(texts.get("click_action")) or "as the app decides",
        "is_silent": is_silent,
        "data": {str(name): _text(value) for name, value in data.items()},
    }


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        return _object(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return {}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """A value as text; nothing for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
