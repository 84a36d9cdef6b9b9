"""One request: the message and its users."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    Substitutions,
    instance_of,
    json_object,
    map_of,
    string,
    string_lists,
    string_map,
    text_keys,
    usual_string_lists,
)
from pinpoint_users._shapes.limits import MAX_ADM, MAX_USERS, at_most_bytes, at_most_items
from pinpoint_users._shapes.shape import Shape
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)


def _message_configuration(value: DirectMessageConfiguration) -> DirectMessageConfiguration:
    return instance_of(value, DirectMessageConfiguration)


def _template_configuration(value: TemplateConfiguration) -> TemplateConfiguration:
    return instance_of(value, TemplateConfiguration)


def _users(value: Mapping[str, EndpointSendConfiguration]) -> Mapping[str, EndpointSendConfiguration]:
    return text_keys(map_of(value, EndpointSendConfiguration))


@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointSendConfiguration(Shape):
    """What one user (or one endpoint) gets of its own: overrides, variables, attributes.

    Raw content of at most 6,144 bytes, the largest payload of any channel.

    Source: Amazon Pinpoint API reference, `EndpointSendConfiguration`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointSendConfiguration`.
    """

    body_override: str | None = attrs.field(default=None, converter=string)
    """The text, instead of the message's own."""
    context: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """Attributes for this recipient: part of a push payload's `data.pinpoint`, and of the events about e-mail and SMS."""
    raw_content: str | None = attrs.field(default=None, converter=json_object, validator=at_most_bytes(MAX_ADM))
    """The whole payload, as a mapping or its JSON, instead of all else for this recipient. At most 6,144 bytes."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the message's `{{variables}}`, each a list of strings; they win over the message's own."""
    title_override: str | None = attrs.field(default=None, converter=string)
    """The title or subject, instead of the message's own."""

    @classmethod
    def builder(cls) -> EndpointSendConfigurationBuilder:
        """Starts a builder."""
        return EndpointSendConfigurationBuilder()

    def to_builder(self) -> EndpointSendConfigurationBuilder:
        """Starts a builder with this message's fields, to make a changed copy."""
        return EndpointSendConfigurationBuilder(**values_of(self))

    @staticmethod
    def _quick_writer(
        write_carefully: Callable[[EndpointSendConfiguration], dict[str, Any]], *, copies: bool
    ) -> Callable[[EndpointSendConfiguration], dict[str, Any]]:
        def write(value: EndpointSendConfiguration) -> dict[str, Any]:
            substitutions = value.substitutions
            if (
                substitutions is None
                or value.body_override is not None
                or value.title_override is not None
                or value.context is not None
                or value.raw_content is not None
            ):
                return write_carefully(value)
            if not copies:
                return {"Substitutions": substitutions}
            copied = {}
            for name, values in substitutions.items():  # a fifth faster than a comprehension for so few
                copied[name] = [*values]
            return {"Substitutions": copied}

        return write


def _quick_constructor(careful: Callable[..., None]) -> Callable[..., None]:
    """A constructor for users who have variables and nothing else; all others, and all faults, are the careful one's.

    Each user of an audience is made by it, so it takes a third of the careful one's time.
    """
    put_body, put_context, put_content, put_substitutions, put_title = (
        getattr(EndpointSendConfiguration, field.name).__set__ for field in attrs.fields(EndpointSendConfiguration)
    )

    @functools.wraps(careful)
    def __init__(  # noqa: N807 - it becomes the class's __init__
        self: EndpointSendConfiguration, *args: object, substitutions: Any = _NOT_GIVEN, **others: object
    ) -> None:
        frozen = None if others or args else usual_string_lists(substitutions)
        if frozen is None:
            given = {} if substitutions is _NOT_GIVEN else {"substitutions": substitutions}
            careful(self, *args, **given, **others)
            return
        put_body(self, None)
        put_context(self, None)
        put_content(self, None)
        put_substitutions(self, frozen)
        put_title(self, None)

    return __init__


_NOT_GIVEN = object()
setattr(  # noqa: B010 - type checkers would read an assignment as the constructor's signature
    EndpointSendConfiguration, "__init__", _quick_constructor(EndpointSendConfiguration.__init__)
)


class EndpointSendConfigurationBuilder(Builder[EndpointSendConfiguration], shape=EndpointSendConfiguration):
    """Builds an `EndpointSendConfiguration`."""

    __slots__ = ()

    def body_override(self, value: str, /) -> Self:
        """The text, instead of the message's own."""
        return self._set("body_override", value)

    def context(self, value: Mapping[str, str], /) -> Self:
        """Attributes for this recipient: part of a push payload's `data.pinpoint`, and of the events about e-mail and SMS."""
        return self._set("context", value)

    def context_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `context`."""
        return self._put("context", key, value)

    def raw_content(self, value: str | Mapping[str, object], /) -> Self:
        """The whole payload, as a mapping or its JSON, instead of all else for this recipient. At most 6,144 bytes."""
        return self._set("raw_content", value)

    def substitutions(self, value: Substitutions, /) -> Self:
        """Values for the message's `{{variables}}`, each a list of strings; they win over the message's own."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a variable to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def title_override(self, value: str, /) -> Self:
        """The title or subject, instead of the message's own."""
        return self._set("title_override", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class SendUsersMessageRequest(Shape):
    """One request: a message, and at most 100 users with what each gets of its own.

    From 0 to 100 users; 7 MB as JSON, which is checked when it is sent.

    Source: Amazon Pinpoint API reference, `SendUsersMessageRequest`;
    botocore's model `pinpoint/2016-12-01`, shape `SendUsersMessageRequest`.
    """

    context: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """Attributes for all: part of a push payload's `data.pinpoint`, and of the events about the deliveries."""
    message_configuration: DirectMessageConfiguration = attrs.field(converter=_message_configuration)
    """The message. Required, even where templates stand for it."""
    template_configuration: TemplateConfiguration | None = attrs.field(default=None, converter=_template_configuration)
    """The stored templates to use."""
    trace_id: str | None = attrs.field(default=None, converter=string)
    """An ID to find the message by in the service's events. Recipients can see it, and it doesn't prevent duplicates."""
    users: Mapping[str, EndpointSendConfiguration] = attrs.field(converter=_users, validator=at_most_items(MAX_USERS))
    """Each user ID with what that user gets of its own. At most 100 users."""

    @classmethod
    def builder(
        cls,
        *,
        message_configuration: DirectMessageConfiguration | DirectMessageConfigurationBuilder,
        users: Mapping[str, EndpointSendConfiguration | EndpointSendConfigurationBuilder],
    ) -> SendUsersMessageRequestBuilder:
        """Starts a builder with the required fields."""
        return SendUsersMessageRequestBuilder(message_configuration=message_configuration, users=users)

    def to_builder(self) -> SendUsersMessageRequestBuilder:
        """Starts a builder with this message's fields, to make a changed copy."""
        return SendUsersMessageRequestBuilder(**values_of(self))


class SendUsersMessageRequestBuilder(Builder[SendUsersMessageRequest], shape=SendUsersMessageRequest):
    """Builds a `SendUsersMessageRequest`."""

    __slots__ = ()

    def context(self, value: Mapping[str, str], /) -> Self:
        """Attributes for all: part of a push payload's `data.pinpoint`, and of the events about the deliveries."""
        return self._set("context", value)

    def context_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `context`."""
        return self._put("context", key, value)

    def message_configuration(self, value: DirectMessageConfiguration | DirectMessageConfigurationBuilder, /) -> Self:
        """The message. Required, even where templates stand for it."""
        return self._set("message_configuration", value)

    def template_configuration(self, value: TemplateConfiguration | TemplateConfigurationBuilder, /) -> Self:
        """The stored templates to use."""
        return self._set("template_configuration", value)

    def trace_id(self, value: str, /) -> Self:
        """An ID to find the message by in the service's events. Recipients can see it, and it doesn't prevent duplicates."""
        return self._set("trace_id", value)

    def users(self, value: Mapping[str, EndpointSendConfiguration | EndpointSendConfigurationBuilder], /) -> Self:
        """Each user ID with what that user gets of its own. At most 100 users."""
        return self._set("users", value)

    def user(
        self, user_id: str, configuration: EndpointSendConfiguration | EndpointSendConfigurationBuilder | None = None, /
    ) -> Self:
        """Adds a user to `users`, by default with no overrides and variables of its own."""
        return self._put("users", user_id, EndpointSendConfiguration() if configuration is None else configuration)


def _send_users_message_request(value: SendUsersMessageRequest) -> SendUsersMessageRequest:
    return instance_of(value, SendUsersMessageRequest)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class SendUsersMessagesRequest(Shape):
    """The input of the operation, as boto3's `send_users_messages` takes it: the application and the request.

    `client.send_users_messages(**value.to_dict())` sends it through a boto3 client of your own.

    Source: Amazon Pinpoint API reference, `SendUsersMessagesRequest`;
    botocore's model `pinpoint/2016-12-01`, shape `SendUsersMessagesRequest`.
    """

    application_id: str = attrs.field(converter=string)
    """The application (project) to send from."""
    send_users_message_request: SendUsersMessageRequest = attrs.field(converter=_send_users_message_request)
    """The request: the message and its users."""

    @classmethod
    def builder(
        cls, *, application_id: str, send_users_message_request: SendUsersMessageRequest | SendUsersMessageRequestBuilder
    ) -> SendUsersMessagesRequestBuilder:
        """Starts a builder with the required fields."""
        return SendUsersMessagesRequestBuilder(
            application_id=application_id, send_users_message_request=send_users_message_request
        )

    def to_builder(self) -> SendUsersMessagesRequestBuilder:
        """Starts a builder with this message's fields, to make a changed copy."""
        return SendUsersMessagesRequestBuilder(**values_of(self))


class SendUsersMessagesRequestBuilder(Builder[SendUsersMessagesRequest], shape=SendUsersMessagesRequest):
    """Builds a `SendUsersMessagesRequest`."""

    __slots__ = ()

    def application_id(self, value: str, /) -> Self:
        """The application (project) to send from."""
        return self._set("application_id", value)

    def send_users_message_request(self, value: SendUsersMessageRequest | SendUsersMessageRequestBuilder, /) -> Self:
        """The request: the message and its users."""
        return self._set("send_users_message_request", value)
