"""What a channel's texts demand of a recipient."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users._rendering.content import Content
from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Path, parse, paths
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

    @classmethod
    def of(cls, content: Content) -> Self:
        """What the message of a channel demands."""
        message = dict(content.message)
        if "RawContent" in message:
            return cls((), (), _in_json(message["RawContent"]), content.substitutions, has_title=False)
        simple = dict(message.pop("SimpleEmail", {}))
        title = simple.pop("Subject", message.pop("Title", None))
        bodies = [message.pop("Body", None), simple.pop("TextPart", None), simple.pop("HtmlPart", None)]
        message.pop("RawEmail", None)
        return cls(
            _in(bodies),
            _in(title),
            _in([message, simple]),
            content.substitutions,
            has_title=content.channel_type not in _UNTITLED,
        )

    def missing(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> tuple[str, ...]:
        """The names that have no value for a recipient, in their order: neither own, nor the message's, nor an attribute."""
        bodies, titles, others = self._bodies, self._titles, self._others
        if configuration.raw_content is not None:
            bodies, titles, others = _NO_PATHS, _NO_PATHS, _in_json(configuration.raw_content)
        elif configuration.body_override is not None:
            bodies = _in(configuration.body_override)
        if configuration.title_override is not None and self.has_title and configuration.raw_content is None:
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
    return _in(json.loads(text)) if "{{" in text else ()


def strings(value: Any) -> Iterator[str]:
    """Every string of a value in plain dicts and lists, but for keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)
