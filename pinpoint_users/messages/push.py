"""The message for all push channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, boolean, string, string_lists, string_map
from pinpoint_users._shapes.limits import MAX_ADM, advice_on_action, payload_faults
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users._shapes.words import action_word
from pinpoint_users.enums import Action, ActionName
from pinpoint_users.errors import Fault


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class DefaultPushNotificationMessage(Shape):
    """The push notification for every push channel without a message of its own.

    A payload of at most 6 KB for ADM; 4 KB is the limit of the other channels, which this message can't know.

    Source: Amazon Pinpoint API reference, `DefaultPushNotificationMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `DefaultPushNotificationMessage`.
    """

    action: Action | None = attrs.field(default=None, converter=action_word)
    """What a tap on the notification does; the service's default is OPEN_APP."""
    body: str | None = attrs.field(default=None, converter=string)
    """The text of the notification."""
    data: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
    silent_push: bool | None = attrs.field(default=None, converter=boolean)
    """Whether the notification is silent: handed to the app, not shown to the person."""
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
            data: Mapping[str, str] | None = None,
            silent_push: bool | None = None,
            substitutions: Substitutions | None = None,
            title: str | None = None,
            url: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> DefaultPushNotificationMessageBuilder:
        """Starts a builder."""
        return DefaultPushNotificationMessageBuilder()

    def to_builder(self) -> DefaultPushNotificationMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return DefaultPushNotificationMessageBuilder(**values_of(self))


class DefaultPushNotificationMessageBuilder(Builder[DefaultPushNotificationMessage], shape=DefaultPushNotificationMessage):
    """Builds `DefaultPushNotificationMessage`."""

    __slots__ = ()

    def action(self, value: Action | ActionName | None, /) -> Self:
        """What a tap on the notification does; the service's default is OPEN_APP."""
        return self._set("action", value)

    def body(self, value: str | None, /) -> Self:
        """The text of the notification."""
        return self._set("body", value)

    def data(self, value: Mapping[str, str] | None, /) -> Self:
        """The key-value pairs of a silent notification, added to its `data.pinpoint.jsonBody`."""
        return self._set("data", value)

    def data_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `data`."""
        return self._put("data", key, value)

    def silent_push(self, value: bool | None, /) -> Self:
        """Whether the notification is silent: handed to the app, not shown to the person."""
        return self._set("silent_push", value)

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
