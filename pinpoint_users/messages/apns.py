"""The message for the Apple Push Notification service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, SupportsIndex

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    Substitutions,
    boolean,
    integer,
    string,
    string_lists,
    string_map,
)
from pinpoint_users._shapes.limits import (
    MAX_COLLAPSE_ID,
    MAX_INTEGER,
    MAX_PUSH,
    MAX_VOIP,
    advice_on_action,
    at_most_bytes,
    byte_count,
    integer_of_32_bits,
    payload_faults,
    seconds_between,
)
from pinpoint_users._shapes.raw_content import apns_raw_content
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import action_word, apns_method_word, push_priority_word, push_type_word
from pinpoint_users.enums import Action, ActionName, APNSAuthenticationMethod, APNSPushType, PushPriority
from pinpoint_users.errors import Fault

_AWS_PUSH_TYPES = ("alert", "background", "complication", "fileprovider", "mdm", "voip")


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class APNSMessage(Shape):
    """A push notification through the Apple Push Notification service (APNs); it goes before `DefaultPushNotificationMessage`.

    A payload of at most 4 KB; 5 KB to an app's VoIP token, as any may be unless `apns_push_type` says otherwise. A push type of
    Apple's that AWS doesn't list is sent, with a `MessageWarning`.

    Source: Amazon Pinpoint API reference, `APNSMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `APNSMessage`.
    """

    apns_push_type: APNSPushType | None = attrs.field(default=None, converter=push_type_word)
    """The kind of notification for APNs; by default the service takes `alert`, or `background` for a silent one."""
    action: Action | None = attrs.field(default=None, converter=action_word)
    """What a tap on the notification does; the service's default is OPEN_APP."""
    badge: int | None = attrs.field(default=None, converter=integer, validator=integer_of_32_bits)
    """The number on the app's icon; 0 takes the badge away, and leaving it out changes nothing."""
    body: str | None = attrs.field(default=None, converter=string)
    """The text of the notification."""
    category: str | None = attrs.field(default=None, converter=string)
    """The identifier of one of the app's registered categories, which give a notification its buttons."""
    collapse_id: str | None = attrs.field(default=None, converter=string, validator=at_most_bytes(MAX_COLLAPSE_ID))
    """An ID that messages share which APNs shows as one notification. At most 64 bytes."""
    data: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
    media_url: str | None = attrs.field(default=None, converter=string)
    """The URL of an image or video to show in the notification."""
    preferred_authentication_method: APNSAuthenticationMethod | None = attrs.field(default=None, converter=apns_method_word)
    """How the service signs in at APNs; by default as the channel's settings have it."""
    priority: PushPriority | None = attrs.field(default=None, converter=push_priority_word)
    """5 to spare the battery, 10 (the default) to deliver at once; FCM's `normal` and `high` mean the same."""
    raw_content: str | None = attrs.field(default=None, converter=apns_raw_content)
    """The payload as a mapping or its JSON; it replaces all else. At most 4,096 bytes as compact JSON, 5,120 for VoIP."""
    silent_push: bool | None = attrs.field(default=None, converter=boolean)
    """Whether the notification is silent: handed to the app, not shown to the person."""
    sound: str | None = attrs.field(default=None, converter=string)
    """The name of a sound in the app's bundle or its Library/Sounds folder, or `default`."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
    thread_id: str | None = attrs.field(default=None, converter=string)
    """The app's own ID by which a device groups notifications."""
    time_to_live: int | None = attrs.field(default=None, converter=integer, validator=seconds_between(0, MAX_INTEGER))
    """How long APNs keeps trying to deliver, in seconds; from 0, which is one try, to 2,147,483,647."""
    title: str | None = attrs.field(default=None, converter=string)
    """The title above the text of the notification."""
    url: str | None = attrs.field(default=None, converter=string)
    """The URL that a tap opens if the action is URL."""

    def _rules(self) -> Iterator[Fault]:
        may_be_voip = self.apns_push_type in {None, "voip"}
        yield from payload_faults(self, MAX_VOIP if may_be_voip else MAX_PUSH)
        size = byte_count(self.raw_content or "")
        if size > MAX_PUSH and not may_be_voip:
            yield Fault("raw_content", f"{size:,} bytes as compact JSON, at most {MAX_PUSH:,} are allowed but for voip")

    def _advice(self) -> Iterator[str]:
        if self.apns_push_type not in {None, *_AWS_PUSH_TYPES}:
            listed = ", ".join(_AWS_PUSH_TYPES)
            yield f"apns_push_type: {self.apns_push_type!r} isn't among AWS's ({listed}); it is sent as it is"
        yield from advice_on_action(self)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            apns_push_type: APNSPushType | None = None,
            action: Action | ActionName | None = None,
            badge: int | SupportsIndex | None = None,
            body: str | None = None,
            category: str | None = None,
            collapse_id: str | None = None,
            data: Mapping[str, str] | None = None,
            media_url: str | None = None,
            preferred_authentication_method: APNSAuthenticationMethod | None = None,
            priority: PushPriority | None = None,
            raw_content: str | Mapping[str, object] | None = None,
            silent_push: bool | None = None,
            sound: str | None = None,
            substitutions: Substitutions | None = None,
            thread_id: str | None = None,
            time_to_live: int | SupportsIndex | None = None,
            title: str | None = None,
            url: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> APNSMessageBuilder:
        """Starts a builder."""
        return APNSMessageBuilder()

    def to_builder(self) -> APNSMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return APNSMessageBuilder(**values_of(self))


class APNSMessageBuilder(Builder[APNSMessage], shape=APNSMessage):
    """Builds `APNSMessage`."""

    __slots__ = ()

    def apns_push_type(self, value: APNSPushType | None, /) -> Self:
        """The kind of notification for APNs; by default the service takes `alert`, or `background` for a silent one."""
        return self._set("apns_push_type", value)

    def action(self, value: Action | ActionName | None, /) -> Self:
        """What a tap on the notification does; the service's default is OPEN_APP."""
        return self._set("action", value)

    def badge(self, value: int | SupportsIndex | None, /) -> Self:
        """The number on the app's icon; 0 takes the badge away, and leaving it out changes nothing."""
        return self._set("badge", value)

    def body(self, value: str | None, /) -> Self:
        """The text of the notification."""
        return self._set("body", value)

    def category(self, value: str | None, /) -> Self:
        """The identifier of one of the app's registered categories, which give a notification its buttons."""
        return self._set("category", value)

    def collapse_id(self, value: str | None, /) -> Self:
        """An ID that messages share which APNs shows as one notification. At most 64 bytes."""
        return self._set("collapse_id", value)

    def data(self, value: Mapping[str, str] | None, /) -> Self:
        """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
        return self._set("data", value)

    def data_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `data`."""
        return self._put("data", key, value)

    def media_url(self, value: str | None, /) -> Self:
        """The URL of an image or video to show in the notification."""
        return self._set("media_url", value)

    def preferred_authentication_method(self, value: APNSAuthenticationMethod | None, /) -> Self:
        """How the service signs in at APNs; by default as the channel's settings have it."""
        return self._set("preferred_authentication_method", value)

    def priority(self, value: PushPriority | None, /) -> Self:
        """5 to spare the battery, 10 (the default) to deliver at once; FCM's `normal` and `high` mean the same."""
        return self._set("priority", value)

    def raw_content(self, value: str | Mapping[str, object] | None, /) -> Self:
        """The payload as a mapping or its JSON; it replaces all else. At most 4,096 bytes as compact JSON, 5,120 for VoIP."""
        return self._set("raw_content", value)

    def silent_push(self, value: bool | None, /) -> Self:
        """Whether the notification is silent: handed to the app, not shown to the person."""
        return self._set("silent_push", value)

    def sound(self, value: str | None, /) -> Self:
        """The name of a sound in the app's bundle or its Library/Sounds folder, or `default`."""
        return self._set("sound", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def thread_id(self, value: str | None, /) -> Self:
        """The app's own ID by which a device groups notifications."""
        return self._set("thread_id", value)

    def time_to_live(self, value: int | SupportsIndex | None, /) -> Self:
        """How long APNs keeps trying to deliver, in seconds; from 0, which is one try, to 2,147,483,647."""
        return self._set("time_to_live", value)

    def title(self, value: str | None, /) -> Self:
        """The title above the text of the notification."""
        return self._set("title", value)

    def url(self, value: str | None, /) -> Self:
        """The URL that a tap opens if the action is URL."""
        return self._set("url", value)


# The end of the builder.
