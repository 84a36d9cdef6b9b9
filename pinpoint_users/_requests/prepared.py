"""What is made of a message before it is sent, once for all of its users."""

from __future__ import annotations

import json
import operator
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs
from typing_extensions import Self

from pinpoint_users._rendering.content import PUSH_MESSAGES, only_for
from pinpoint_users._requests.preflight import Variables, advise_on_texts, check_content
from pinpoint_users._requests.wire import Encoder
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)
from pinpoint_users.messages.request import SendUsersMessageRequest

if TYPE_CHECKING:
    from pinpoint_users._rendering.template_store import TemplateStore

_OF_ONE_MESSAGE = frozenset(channel for channel, member in PUSH_MESSAGES.items() if member == "apns_message")
"""Channels whose message doesn't tell which of them it is for."""
Message: TypeAlias = DirectMessageConfiguration | DirectMessageConfigurationBuilder
Templates: TypeAlias = TemplateConfiguration | TemplateConfigurationBuilder


@attrs.frozen(eq=False, repr=False)
class Given:
    """A message and what goes with it for all users, as it was handed in."""

    message: Message
    template_configuration: Templates | None = None
    context: Mapping[str, str] | None = None
    trace_id: str | None = None
    missing_variables: str = "refuse"
    channels: Collection[str] | None = None
    """The channels that it goes to; None for all."""

    def is_same_as(self, other: Given) -> bool:
        """Whether all of it are the same objects."""
        return all(map(operator.is_, attrs.astuple(self, recurse=False), attrs.astuple(other, recurse=False)))

    @property
    def is_frozen(self) -> bool:
        """Whether it will stay as it is."""
        changeable = (self.template_configuration, self.context, self.channels)
        return isinstance(self.message, DirectMessageConfiguration) and changeable == (None, None, None)


@attrs.frozen(eq=False, repr=False)
class Prepared:
    """A message that was checked, and what goes with it for all users."""

    common: SendUsersMessageRequest
    encoder: Encoder
    variables: Variables
    channels: Collection[str] | None
    """The channels that it goes to; None for all that it has something for."""

    @classmethod
    def of(cls, given: Given, templates: TemplateStore | None = None) -> Self:
        """Checks a message and what goes with it.

        Args:
            given: The message.
            templates: Where templates are, if the service doesn't keep them.

        Raises:
            ValidationError: Something is wrong with it.
        """
        builder = SendUsersMessageRequest.builder(message_configuration=given.message, users={})
        if given.template_configuration is not None:
            builder = builder.template_configuration(given.template_configuration)
        if given.context is not None:
            builder = builder.context(given.context)
        if given.trace_id is not None:
            builder = builder.trace_id(given.trace_id)
        common = builder.build()
        if templates is not None:
            resolved = templates.resolve(common.template_configuration, common.message_configuration)
            common = attrs.evolve(common, message_configuration=resolved, template_configuration=None)
        if given.channels is not None:
            common = attrs.evolve(common, message_configuration=only_for(common.message_configuration, given.channels))
        check_content(common.message_configuration, common.template_configuration)
        advise_on_texts(common.message_configuration)
        variables = Variables(common.message_configuration, is_demanding=given.missing_variables == "refuse")
        return cls(common, Encoder(common), variables, given.channels)

    def content(self) -> bytes:
        """What a journal knows a message by: all that every user gets, but the ID for tracing."""
        members = {name: value for name, value in to_wire(self.common).items() if name not in {"TraceId", "Users"}}
        some = [] if self.channels is None else sorted(_OF_ONE_MESSAGE & {*self.channels})
        if 0 < len(some) < len(_OF_ONE_MESSAGE):
            members["Channels"] = some
        return json.dumps(members, sort_keys=True).encode()


class Preparation:
    """Prepares the messages of a client, the same one once: whoever sends one-time passwords sends it to a user at a time.

    Args:
        templates: Where templates are, if the service doesn't keep them.
    """

    def __init__(self, templates: TemplateStore | None = None) -> None:
        self._templates = templates
        self._last: tuple[Given, Prepared] | None = None

    def prepare(self, given: Given) -> Prepared:
        """A message that is ready to be sent.

        Raises:
            ValidationError: Something is wrong with it.
        """
        last = self._last  # another thread may put another message there meanwhile
        if last is not None and last[0].is_same_as(given):
            return last[1]
        prepared = Prepared.of(given, self._templates)
        self._last = (given, prepared) if given.is_frozen else None
        return prepared
