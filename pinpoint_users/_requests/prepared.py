"""What is made of a message before it is sent, once for all of its users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

import attrs
from typing_extensions import Self

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
    ) -> Self:
        """Checks a message and what goes with it.

        Raises:
            ValidationError: Something is wrong with it.
        """
        builder = SendUsersMessageRequest.builder(message_configuration=message, users={})
        if template_configuration is not None:
            builder = builder.template_configuration(template_configuration)
        if context is not None:
            builder = builder.context(context)
        if trace_id is not None:
            builder = builder.trace_id(trace_id)
        common = builder.build()
        check_content(common.message_configuration, common.template_configuration)
        of = (message, template_configuration, context, trace_id, missing_variables)
        variables = Variables(common.message_configuration, is_demanding=missing_variables == "refuse")
        return cls(of, common, Encoder(common), variables)

    def content(self) -> bytes:
        """What a journal knows a message by: all that every user gets, but the ID for tracing."""
        members = {name: value for name, value in to_wire(self.common).items() if name not in {"TraceId", "Users"}}
        return json.dumps(members, sort_keys=True).encode()
