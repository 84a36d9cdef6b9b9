"""The message for Amazon Device Messaging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, boolean, string, string_lists, string_map
from pinpoint_users._shapes.limits import MAX_ADM, advice_on_action, md5_in_base64, payload_faults, whole_seconds
from pinpoint_users._shapes.raw_content import adm_raw_content
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import action_word
from pinpoint_users.enums import Action, ActionName
from pinpoint_users.errors import Fault


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class ADMMessage(Shape):
    """A push notification through Amazon Device Messaging (ADM); it goes before `DefaultPushNotificationMessage`.

    A payload of at most 6 KB.

    Source: Amazon Pinpoint API reference, `ADMMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `ADMMessage`.
    """

    action: Action | None = attrs.field(default=None, converter=action_word)
    """What a tap on the notification does; the service's default is OPEN_APP."""
    body: str | None = attrs.field(default=None, converter=string)
    """The text of the notification."""
    consolidation_key: str | None = attrs.field(default=None, converter=string)
    """A key that messages share of which ADM need deliver only the last."""
    data: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
    expires_after: str | None = attrs.field(default=None, converter=string, validator=whole_seconds)
    """How long ADM keeps the message for a device that is offline: whole seconds, as a string such as "3600"."""
    icon_reference: str | None = attrs.field(default=None, converter=string)
    """The name of the icon among the app's own images."""
    image_icon_url: str | None = attrs.field(default=None, converter=string)
    """The URL of the large icon in the notification's content view."""
    image_url: str | None = attrs.field(default=None, converter=string)
    """The URL of an image to show in the notification."""
    md5: str | None = attrs.field(default=None, converter=string, validator=md5_in_base64)
    """The MD5 checksum of `data` in base64, by which ADM checks that it is whole."""
    raw_content: str | None = attrs.field(default=None, converter=adm_raw_content)
    """The whole payload, as a mapping or its JSON; it replaces all other content. At most 6,144 bytes as compact JSON."""
    silent_push: bool | None = attrs.field(default=None, converter=boolean)
    """Whether the notification is silent: handed to the app, not shown to the person."""
    small_image_icon_url: str | None = attrs.field(default=None, converter=string)
    """The URL of the small icon in the status bar and the content view."""
    sound: str | None = attrs.field(default=None, converter=string)
    """The sound to play: the default stream, or the name of a sound in the app's /res/raw/."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
    title: str | None = attrs.field(default=None, converter=string)
    """The title above the text of the notification."""
    url: str | None = attrs.field(default=None, converter=string)
    """The URL that a tap opens if the action is URL."""

    def _rules(self) -> Iterator[Fault]:
        return payload_faults(self, MAX_ADM)

    def _advice(self) -> Iterator[str]:
        return advice_on_action(self)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            action: Action | ActionName | None = None,
            body: str | None = None,
            consolidation_key: str | None = None,
            data: Mapping[str, str] | None = None,
            expires_after: str | None = None,
            icon_reference: str | None = None,
            image_icon_url: str | None = None,
            image_url: str | None = None,
            md5: str | None = None,
            raw_content: str | Mapping[str, object] | None = None,
            silent_push: bool | None = None,
            small_image_icon_url: str | None = None,
            sound: str | None = None,
            substitutions: Substitutions | None = None,
            title: str | None = None,
            url: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> ADMMessageBuilder:
        """Starts a builder."""
        return ADMMessageBuilder()

    def to_builder(self) -> ADMMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return ADMMessageBuilder(**values_of(self))


class ADMMessageBuilder(Builder[ADMMessage], shape=ADMMessage):
    """Builds `ADMMessage`."""

    __slots__ = ()

    def action(self, value: Action | ActionName | None, /) -> Self:
        """What a tap on the notification does; the service's default is OPEN_APP."""
        return self._set("action", value)

    def body(self, value: str | None, /) -> Self:
        """The text of the notification."""
        return self._set("body", value)

    def consolidation_key(self, value: str | None, /) -> Self:
        """A key that messages share of which ADM need deliver only the last."""
        return self._set("consolidation_key", value)

    def data(self, value: Mapping[str, str] | None, /) -> Self:
        """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
        return self._set("data", value)

    def data_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `data`."""
        return self._put("data", key, value)

    def expires_after(self, value: str | None, /) -> Self:
        """How long ADM keeps the message for a device that is offline: whole seconds, as a string such as "3600"."""
        return self._set("expires_after", value)

    def icon_reference(self, value: str | None, /) -> Self:
        """The name of the icon among the app's own images."""
        return self._set("icon_reference", value)

    def image_icon_url(self, value: str | None, /) -> Self:
        """The URL of the large icon in the notification's content view."""
        return self._set("image_icon_url", value)

    def image_url(self, value: str | None, /) -> Self:
        """The URL of an image to show in the notification."""
        return self._set("image_url", value)

    def md5(self, value: str | None, /) -> Self:
        """The MD5 checksum of `data` in base64, by which ADM checks that it is whole."""
        return self._set("md5", value)

    def raw_content(self, value: str | Mapping[str, object] | None, /) -> Self:
        """The whole payload, as a mapping or its JSON; it replaces all other content. At most 6,144 bytes as compact JSON."""
        return self._set("raw_content", value)

    def silent_push(self, value: bool | None, /) -> Self:
        """Whether the notification is silent: handed to the app, not shown to the person."""
        return self._set("silent_push", value)

    def small_image_icon_url(self, value: str | None, /) -> Self:
        """The URL of the small icon in the status bar and the content view."""
        return self._set("small_image_icon_url", value)

    def sound(self, value: str | None, /) -> Self:
        """The sound to play: the default stream, or the name of a sound in the app's /res/raw/."""
        return self._set("sound", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def title(self, value: str | None, /) -> Self:
        """The title above the text of the notification."""
        return self._set("title", value)

    def url(self, value: str | None, /) -> Self:
        """The URL that a tap opens if the action is URL."""
        return self._set("url", value)


# The end of the builder.
