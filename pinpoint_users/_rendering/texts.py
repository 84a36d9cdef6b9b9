"""The text of an SMS or a phone call, all of it filled here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from pinpoint_users._rendering.content import content_of
from pinpoint_users._rendering.demands import Demands
from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Node, parse
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration


@attrs.frozen(eq=False)
class TextMessage:
    """What SMS or voice version 2, which fill nothing, say to a recipient."""

    _nodes: tuple[Node, ...]
    _common: Mapping[str, tuple[str, ...]]
    _demands: Demands

    def render(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> str:
        """The text for one recipient; empty if the message has none, and the recipient none of their own.

        Args:
            configuration: What the recipient has of their own. Raw content means nothing here.
            endpoint: The endpoint in AWS's shape.
        """
        filler = Filler(configuration.substitutions, self._common, endpoint)
        own = configuration.body_override
        return filler.render(self._nodes) if own is None else filler.fill(own)

    def missing(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> tuple[str, ...]:
        """The names in the recipient's text that have no value."""
        return self._demands.missing(configuration, endpoint)


def for_text(message: DirectMessageConfiguration, channel: Literal["SMS", "VOICE"]) -> TextMessage | None:
    """Prepares a message for SMS or voice version 2; None if it has nothing for the channel."""
    content = content_of(message, channel)
    if content is None:
        return None
    return TextMessage(parse(content.message.get("Body", "")), content.substitutions, Demands.of(content))
