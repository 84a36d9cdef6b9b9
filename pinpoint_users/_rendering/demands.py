"""What a channel's texts demand of a recipient."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users._rendering.content import PUSH_MESSAGES, Content
from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Path, parse, paths
from pinpoint_users._shapes.raw_content import strings, texts_in
from pinpoint_users.messages.request import EndpointSendConfiguration

_NO_PATHS: tuple[Path, ...] = ()


@attrs.frozen
class Demands:
    """The names that stand alone in a channel's texts, outside of blocks."""

    _bodies: tuple[Path, ...]
    _titles: tuple[Path, ...]
    _others: tuple[Path, ...]
    _common: Mapping[str, tuple[str, ...]]
    has_title: bool
    takes_raw_content: bool

    @classmethod
    def of(cls, content: Content) -> Self:
        """What the message of a channel demands."""
        message = dict(content.message)
        if "RawContent" in message:
            return cls((), (), _in_json(message["RawContent"]), content.substitutions, has_title=False, takes_raw_content=True)
        simple = dict(message.pop("SimpleEmail", {}))
        title = simple.pop("Subject", message.pop("Title", None))
        bodies = [message.pop("Body", None), simple.pop("TextPart", None), simple.pop("HtmlPart", None)]
        if "RawEmail" in message:
            from pinpoint_users._rendering.mime import parse_mime  # noqa: PLC0415 - with the email package, ten milliseconds

            message["RawEmail"] = parse_mime(base64.b64decode(message["RawEmail"].get("Data", ""))).texts
        return cls(
            _in(bodies),
            _in(title),
            _in([message, simple]),
            content.substitutions,
            has_title=content.channel_type not in _UNTITLED,
            takes_raw_content=content.channel_type in PUSH_MESSAGES,
        )

    def missing(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> tuple[str, ...]:
        """The names that have no value for a recipient, in their order: neither own, nor the message's, nor an attribute."""
        bodies, titles, others = self._bodies, self._titles, self._others
        if configuration.raw_content is not None and self.takes_raw_content:
            bodies, titles, others = _NO_PATHS, _NO_PATHS, _in_json(configuration.raw_content)
        else:
            if configuration.body_override is not None:
                bodies = _in(configuration.body_override)
            if configuration.title_override is not None and self.has_title:
                titles = _in(configuration.title_override)
        demanded = (*titles, *bodies, *others)
        if not demanded:
            return ()
        filler = Filler(configuration.substitutions, self._common, endpoint)
        return tuple(dict.fromkeys(path.text for path in demanded if not filler.has(path)))


_UNTITLED = frozenset({"SMS", "VOICE"})


def _in(value: Any) -> tuple[Path, ...]:
    return tuple(path for text in strings(value) if "{{" in text for path in paths(parse(text)))


def _in_json(text: str) -> tuple[Path, ...]:
    return _in([*texts_in(text)]) if "{{" in text else ()
