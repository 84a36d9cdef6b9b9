"""One request: the message and its users."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    Substitutions,
    instance_of,
    is_text,
    map_of,
    near_misses,
    required_string,
    string,
    string_lists,
    string_map,
    text_keys,
)
from pinpoint_users._shapes.frozen import FrozenDict, UnfrozenDict
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users._shapes.limits import MAX_USERS, at_most_items
from pinpoint_users._shapes.names import member_name
from pinpoint_users._shapes.raw_content import adm_raw_content
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
    shows_nothing,
)

_AS_VARIABLES = 'write EndpointSendConfiguration(substitutions={"name": ["Ann"]})'
_AS_NOTHING = "write EndpointSendConfiguration() for a user who has nothing of its own"
_KEYWORDS = "boto3's whole keywords"


def _message_configuration(value: DirectMessageConfiguration) -> DirectMessageConfiguration:
    return instance_of(value, DirectMessageConfiguration)


def _template_configuration(value: TemplateConfiguration | None) -> TemplateConfiguration | None:
    return instance_of(value, TemplateConfiguration)


def _users(value: Mapping[str, EndpointSendConfiguration]) -> Mapping[str, EndpointSendConfiguration]:
    return text_keys(map_of(value, EndpointSendConfiguration))


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointSendConfiguration(Shape):
    """What one user (or one endpoint) gets of its own: overrides, variables, attributes.

    Raw content of at most 6,144 bytes, the largest payload of any channel. It is for push alone: an SMS, a call or an e-mail
    keeps its text (inferred).

    Source: Amazon Pinpoint API reference, `EndpointSendConfiguration`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointSendConfiguration`.
    """

    body_override: str | None = attrs.field(default=None, converter=string)
    """The text, instead of the message's own."""
    context: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """Attributes for this recipient: part of a push payload's `data.pinpoint`, and of the events about e-mail and SMS."""
    raw_content: str | None = attrs.field(default=None, converter=adm_raw_content)
    """A push's whole payload, as a mapping or its JSON, instead of all else. At most 6,144 bytes as compact JSON."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the message's `{{variables}}`, each a list of strings; they win over the message's own."""
    title_override: str | None = attrs.field(default=None, converter=string)
    """The title or subject, instead of the message's own."""

    def to_dict(self) -> dict[str, Any]:
        """This value in AWS's shape, as `Shape.to_dict` says."""
        substitutions = self.substitutions
        if (
            type(self) is not EndpointSendConfiguration
            or substitutions is None
            or self.body_override is not None
            or self.context is not None
            or self.raw_content is not None
            or self.title_override is not None
        ):
            return super().to_dict()
        copied: dict[str, Any] = {**substitutions}
        for name, values in copied.items():  # as `thaw_lists`, whose call would be felt here
            copied[name] = [*values]
        return {"Substitutions": copied}

    @classmethod
    def _try_fast_read(cls, data: object) -> EndpointSendConfiguration | None:
        return _NOTHING_OF_ITS_OWN if isinstance(data, dict) and not data and cls is EndpointSendConfiguration else None

    @classmethod
    def _remedy(cls, value: object) -> str:
        own = attrs.fields_dict(cls)
        is_mapping = isinstance(value, Mapping) and not any(name in own or name in map(member_name, own) for name in value)
        if is_mapping or isinstance(value, str):
            return _AS_VARIABLES
        return _AS_NOTHING if value is None else super()._remedy(value)

    @classmethod
    def _elsewhere(cls, name: str) -> str:
        is_misspelt = near_misses(name, [*attrs.fields_dict(cls)])
        return "" if is_misspelt else 'a variable is written substitutions={"name": ["Ann"]}'

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            body_override: str | None = None,
            context: Mapping[str, str] | None = None,
            raw_content: str | Mapping[str, object] | None = None,
            substitutions: Substitutions | None = None,
            title_override: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> EndpointSendConfigurationBuilder:
        """Starts a builder."""
        return EndpointSendConfigurationBuilder()

    def to_builder(self) -> EndpointSendConfigurationBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointSendConfigurationBuilder(**values_of(self))


class EndpointSendConfigurationBuilder(Builder[EndpointSendConfiguration], shape=EndpointSendConfiguration):
    """Builds `EndpointSendConfiguration`."""

    __slots__ = ()

    def body_override(self, value: str | None, /) -> Self:
        """The text, instead of the message's own."""
        return self._set("body_override", value)

    def context(self, value: Mapping[str, str] | None, /) -> Self:
        """Attributes for this recipient: part of a push payload's `data.pinpoint`, and of the events about e-mail and SMS."""
        return self._set("context", value)

    def context_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `context`."""
        return self._put("context", key, value)

    def raw_content(self, value: str | Mapping[str, object] | None, /) -> Self:
        """A push's whole payload, as a mapping or its JSON, instead of all else. At most 6,144 bytes as compact JSON."""
        return self._set("raw_content", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the message's `{{variables}}`, each a list of strings; they win over the message's own."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def title_override(self, value: str | None, /) -> Self:
        """The title or subject, instead of the message's own."""
        return self._set("title_override", value)


# The end of the builder.


_NOT_GIVEN = object()
_Unfrozen = unfrozen_layout(EndpointSendConfiguration)
_set_attribute = object.__setattr__


def _with_fast_path(checked_init: Callable[..., None]) -> Callable[..., None]:
    """A constructor with a fast path for what each user of an audience has: variables and nothing else.

    All others, and all faults, are left to the checked one, which takes three times as long.
    """

    @functools.wraps(checked_init)
    def __init__(  # noqa: N807 - it becomes the class's __init__
        self: EndpointSendConfiguration, *args: object, substitutions: Any = _NOT_GIVEN, **others: object
    ) -> None:
        if type(substitutions) is dict and not others and not args and type(self) is EndpointSendConfiguration:
            frozen: Any = UnfrozenDict()
            for name, values in substitutions.items():
                if type(name) is not str or not (name.isascii() or is_text(name)):
                    break
                if type(values) is not list and type(values) is not tuple:
                    break
                try:
                    (item,) = values
                except ValueError:
                    if not all(type(item) is str and is_text(item) for item in values):
                        break
                    frozen[name] = tuple(values)
                    continue
                if type(item) is not str or not (item.isascii() or is_text(item)):
                    break
                frozen[name] = (item,)
            else:
                frozen.__class__ = FrozenDict
                made: Any = self
                _set_attribute(made, "__class__", _Unfrozen)
                made.body_override = None
                made.context = None
                made.raw_content = None
                made.substitutions = frozen
                made.title_override = None
                made.__class__ = EndpointSendConfiguration
                return
        given = {} if substitutions is _NOT_GIVEN else {"substitutions": substitutions}
        checked_init(self, *args, **given, **others)

    return __init__


setattr(  # noqa: B010 - type checkers would read an assignment as the constructor's signature
    EndpointSendConfiguration, "__init__", _with_fast_path(EndpointSendConfiguration.__init__)
)
_NOTHING_OF_ITS_OWN = EndpointSendConfiguration()


@declared
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

    def _advice(self) -> Iterator[str]:
        if self.template_configuration is not None or not shows_nothing(self.message_configuration):
            return
        own = [user.body_override or user.title_override or user.raw_content for user in self.users.values()]
        if not own or not all(own):
            yield "message_configuration: no channel's message has anything to show, and there is no template: give it a body"

    @classmethod
    def _remedy(cls, value: object) -> str:
        if isinstance(value, Mapping) and cls.__name__ in value:
            return f"SendUsersMessagesRequest.from_dict(…).send_users_message_request is the one of {_KEYWORDS}"
        if isinstance(value, DirectMessageConfiguration):
            return f"write {cls.__name__}(message_configuration=…, users={{…}}), or call send(message, users)"
        if isinstance(value, SendUsersMessagesRequest):
            return "hand in its send_users_message_request"
        return super()._remedy(value)

    @classmethod
    def _elsewhere(cls, name: str) -> str:
        is_around = name in {"ApplicationId", cls.__name__}
        return f"SendUsersMessagesRequest.from_dict(…) reads {_KEYWORDS}" if is_around else super()._elsewhere(name)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            context: Mapping[str, str] | None = None,
            message_configuration: DirectMessageConfiguration,
            template_configuration: TemplateConfiguration | None = None,
            trace_id: str | None = None,
            users: Mapping[str, EndpointSendConfiguration],
        ) -> None: ...

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
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SendUsersMessageRequestBuilder(**values_of(self))


class SendUsersMessageRequestBuilder(Builder[SendUsersMessageRequest], shape=SendUsersMessageRequest):
    """Builds `SendUsersMessageRequest`."""

    __slots__ = ()

    def context(self, value: Mapping[str, str] | None, /) -> Self:
        """Attributes for all: part of a push payload's `data.pinpoint`, and of the events about the deliveries."""
        return self._set("context", value)

    def context_entry(self, key: str, value: str, /) -> Self:
        """Adds an entry to `context`."""
        return self._put("context", key, value)

    def message_configuration(self, value: DirectMessageConfiguration | DirectMessageConfigurationBuilder, /) -> Self:
        """The message. Required, even where templates stand for it."""
        return self._set("message_configuration", value)

    def template_configuration(self, value: TemplateConfiguration | TemplateConfigurationBuilder | None, /) -> Self:
        """The stored templates to use."""
        return self._set("template_configuration", value)

    def trace_id(self, value: str | None, /) -> Self:
        """An ID to find the message by in the service's events. Recipients can see it, and it doesn't prevent duplicates."""
        return self._set("trace_id", value)

    def users(self, value: Mapping[str, EndpointSendConfiguration | EndpointSendConfigurationBuilder], /) -> Self:
        """Each user ID with what that user gets of its own. At most 100 users."""
        return self._set("users", value)

    def user(
        self, user_id: str, configuration: EndpointSendConfiguration | EndpointSendConfigurationBuilder | None = None, /
    ) -> Self:
        """Adds a user to `users`, by default with an empty configuration."""
        return self._put("users", user_id, EndpointSendConfiguration() if configuration is None else configuration)


# The end of the builder.


def _send_users_message_request(value: SendUsersMessageRequest) -> SendUsersMessageRequest:
    return instance_of(value, SendUsersMessageRequest)


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SendUsersMessagesRequest(Shape):
    """The input of the operation, as boto3's `send_users_messages` takes it: the application and the request.

    `client.send_users_messages(**value.to_dict())` sends it through a boto3 client of your own.

    Source: Amazon Pinpoint API reference, `SendUsersMessagesRequest`;
    botocore's model `pinpoint/2016-12-01`, shape `SendUsersMessagesRequest`.
    """

    application_id: str = attrs.field(converter=required_string)
    """The application (project) to send from."""
    send_users_message_request: SendUsersMessageRequest = attrs.field(converter=_send_users_message_request)
    """The request: the message and its users."""

    @classmethod
    def _elsewhere(cls, name: str) -> str:
        is_inside = name in {"MessageConfiguration", "Users"}
        return "SendUsersMessageRequest.from_dict(…) reads what is below that" if is_inside else super()._elsewhere(name)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, application_id: str, send_users_message_request: SendUsersMessageRequest) -> None: ...

    @classmethod
    def builder(
        cls, *, application_id: str, send_users_message_request: SendUsersMessageRequest | SendUsersMessageRequestBuilder
    ) -> SendUsersMessagesRequestBuilder:
        """Starts a builder with the required fields."""
        return SendUsersMessagesRequestBuilder(
            application_id=application_id, send_users_message_request=send_users_message_request
        )

    def to_builder(self) -> SendUsersMessagesRequestBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SendUsersMessagesRequestBuilder(**values_of(self))


class SendUsersMessagesRequestBuilder(Builder[SendUsersMessagesRequest], shape=SendUsersMessagesRequest):
    """Builds `SendUsersMessagesRequest`."""

    __slots__ = ()

    def application_id(self, value: str, /) -> Self:
        """The application (project) to send from."""
        return self._set("application_id", value)

    def send_users_message_request(self, value: SendUsersMessageRequest | SendUsersMessageRequestBuilder, /) -> Self:
        """The request: the message and its users."""
        return self._set("send_users_message_request", value)


# The end of the builder.
