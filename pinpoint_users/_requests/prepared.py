"""What is made of a message before it is sent, once for all of its users."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TypeAlias

import attrs
from typing_extensions import Self

from pinpoint_users._rendering.content import only_for
from pinpoint_users._rendering.template_store import TemplateStore
from pinpoint_users._requests.preflight import Variables, check_content
from pinpoint_users._requests.wire import Encoder
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)
from pinpoint_users.messages.request import SendUsersMessageRequest

Message: TypeAlias = DirectMessageConfiguration | DirectMessageConfigurationBuilder
Templates: TypeAlias = TemplateConfiguration | TemplateConfigurationBuilder


@attrs.frozen(eq=False, repr=False)
class Prepared:
    """A message that was checked, and what goes with it for all users."""

    of: tuple[object, ...]
    """What was handed in."""
    common: SendUsersMessageRequest
    encoder: Encoder
    variables: Variables

    @classmethod
    def of_message(
        cls,
        message: Message,
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
        missing_variables: str = "refuse",
        channels: Collection[str] | None = None,
        templates: TemplateStore | None = None,
    ) -> Self:
        """Checks a message and what goes with it.

        Args:
            message: The message.
            template_configuration: The templates to use.
            context: Attributes for all users.
            trace_id: An ID to find the message by.
            missing_variables: Whether users who lack a variable are refused.
            channels: The channels it goes to; None for all.
            templates: Where the templates are, if the service doesn't keep them.

        Raises:
            ValidationError: Something is wrong with it.
        """
        of = (message, template_configuration, context, trace_id, missing_variables, channels)
        builder = SendUsersMessageRequest.builder(message_configuration=message, users={})
        if template_configuration is not None:
            builder = builder.template_configuration(template_configuration)
        if context is not None:
            builder = builder.context(context)
        if trace_id is not None:
            builder = builder.trace_id(trace_id)
        common = builder.build()
        if templates is not None:
            resolved = templates.resolve(common.template_configuration, common.message_configuration)
            common = attrs.evolve(common, message_configuration=resolved, template_configuration=None)
        if channels is not None:
            common = attrs.evolve(common, message_configuration=only_for(common.message_configuration, channels))
        check_content(common.message_configuration, common.template_configuration)
        variables = Variables(common.message_configuration, is_demanding=missing_variables == "refuse")
        return cls(of, common, Encoder(common), variables)

    def content(self) -> bytes:
        """What a journal knows a message by: all that every user gets, but the ID for tracing."""
        members = {name: value for name, value in to_wire(self.common).items() if name not in {"TraceId", "Users"}}
        return json.dumps(members, sort_keys=True).encode()


class Preparation:
    """Prepares the messages of a client, the same one once: whoever sends one-time passwords sends it to a user at a time.

    Args:
        templates: Where templates are, if the service doesn't keep them.
    """

    def __init__(self, templates: TemplateStore | None = None) -> None:
        self._templates = templates
        self._last: Prepared | None = None

    def prepare(
        self,
        message: Message,
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
        missing_variables: str,
        channels: Collection[str] | None = None,
    ) -> Prepared:
        """A message that is ready to be sent.

        Raises:
            ValidationError: Something is wrong with it.
        """
        of = (message, template_configuration, context, trace_id, missing_variables, channels)
        last = self._last
        if last is not None and all(given is known for given, known in zip(of, last.of, strict=True)):
            return last
        prepared = Prepared.of_message(*of, templates=self._templates)
        # What is frozen stays as it was.
        is_frozen = (
            isinstance(message, DirectMessageConfiguration) and (template_configuration, context, channels) == (None,) * 3
        )
        self._last = prepared if is_frozen else None
        return prepared
