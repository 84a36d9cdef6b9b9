"""A message for `SendMessages` with `Addresses`, where the service knows substitutions and no endpoint."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from pinpoint_users._rendering.aliases import Alias, Renaming, is_substitution, new_names
from pinpoint_users._rendering.content import OTHER_MESSAGES, PUSH_MESSAGES, content_of, fill_all, fill_json
from pinpoint_users._rendering.demands import Demands
from pinpoint_users._rendering.filling import FALLBACK, Filler
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._shapes.placeholders import parse, paths
from pinpoint_users._shapes.raw_content import strings, texts_in
from pinpoint_users._shapes.writing import to_wire, wire_writer
from pinpoint_users.enums import Word
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration

T = TypeVar("T")

_NO_ALIASES: tuple[Alias, ...] = ()
_NO_VALUES: Mapping[str, tuple[str, ...]] = {}


@attrs.frozen
class _Channel:
    aliases: tuple[Alias, ...]
    common: Mapping[str, tuple[str, ...]]
    demands: Demands


@attrs.frozen(eq=False)
class AddressMessage:
    """A message in which the service can fill every variable from substitutions alone."""

    message: DirectMessageConfiguration
    """The message to send: what the service can't fill has become `{{v1}}` and so on. Its e-mail is as it was."""
    _original: DirectMessageConfiguration
    _aliases: Mapping[str, tuple[Alias, ...]]
    """Those of each member of the message."""
    _names: frozenset[str]
    """All names that the texts of the message use, and its aliases."""
    _channels: dict[str, _Channel | None] = attrs.field(factory=dict, init=False)
    _write: Callable[[EndpointSendConfiguration], dict[str, Any]] = attrs.field(
        factory=lambda: wire_writer(EndpointSendConfiguration), init=False
    )

    def needs_endpoint(self, configuration: EndpointSendConfiguration) -> bool:
        """Whether anything that an address gets of its own depends on its endpoint."""
        return bool(self._aliases or configuration.body_override or configuration.title_override or configuration.raw_content)

    def own(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> dict[str, Any]:
        """What an address gets of its own, in AWS's shape (`AddressConfiguration`), without its channel.

        Args:
            configuration: What the user has of their own.
            endpoint: The endpoint in AWS's shape.
        """
        written = self._write(configuration)
        if not self._aliases and (
            configuration.body_override is None and configuration.title_override is None and configuration.raw_content is None
        ):
            return written
        channel = self._channel(endpoint)
        aliases = _NO_ALIASES if channel is None else channel.aliases
        renamed, of_overrides = self._overrides(written)
        if not aliases and not of_overrides:
            return written
        filler = Filler(configuration.substitutions, _NO_VALUES if channel is None else channel.common, endpoint)
        values = {alias.name: [filler.render(alias.nodes)] for alias in (*aliases, *of_overrides)}
        return {**written, **renamed, "Substitutions": {**written.get("Substitutions", _NO_VALUES), **values}}

    def missing(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> tuple[str, ...]:
        """The names in the texts of the endpoint's channel that have no value."""
        channel = self._channel(endpoint)
        return () if channel is None else channel.demands.missing(configuration, endpoint)

    def _channel(self, endpoint: Mapping[str, Any]) -> _Channel | None:
        channel_type = str(endpoint.get("ChannelType"))
        try:
            return self._channels[channel_type]
        except KeyError:
            channel = self._channels[channel_type] = self._prepared(channel_type)
            return channel

    def _prepared(self, channel_type: str) -> _Channel | None:
        content = content_of(self._original, channel_type)
        if content is None:
            return None
        own = PUSH_MESSAGES.get(channel_type) or OTHER_MESSAGES.get(channel_type)
        used = [own, "default_push_notification_message" if channel_type in PUSH_MESSAGES else None, "default_message"]
        aliases = {alias.name: alias for member in used if member for alias in self._aliases.get(member, ())}
        return _Channel(tuple(aliases.values()), content.substitutions, Demands.of(content))

    def _overrides(self, written: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Alias, ...]]:
        """A user's own texts with aliases in them, and the aliases."""
        texts = {
            name: written[name] for name in ("BodyOverride", "TitleOverride", "RawContent") if "{{" in written.get(name, "")
        }
        if not texts:
            return {}, ()
        taken = self._names.union(written.get("Substitutions", ()), _names_in(texts))
        aliased = {alias.name for aliases in self._aliases.values() for alias in aliases}
        renaming = Renaming(
            new_names(taken), lambda output: is_substitution(output) and output.call.head.steps[0] not in aliased
        )
        return _renamed(texts, renaming)


def for_addresses(message: DirectMessageConfiguration) -> AddressMessage:
    """Prepares a message for `SendMessages` with `Addresses`.

    There the service fills substitutions and nothing else: attributes of the endpoint, blocks and helpers get a name of their
    own each, whose value goes with every address.

    Args:
        message: The message, of whose channels those that go by address are looked at: all but e-mail.
    """
    members = {
        field.name: part
        for field in attrs.fields(DirectMessageConfiguration)
        if field.name != "email_message" and (part := getattr(message, field.name)) is not None
    }
    written = {name: to_wire(part) for name, part in members.items()}
    names = frozenset(_names_in(written)).union(*(part.get("Substitutions", ()) for part in written.values()))
    renaming = Renaming(new_names(names), is_substitution)
    aliases, changes = {}, {}
    for name, part in members.items():
        changed, found = _renamed_part(part, renaming)
        if found:
            aliases[name] = found
        if changed:
            changes[name] = _changed(part, changed)
    taken = names.union(alias.name for found in aliases.values() for alias in found)
    return AddressMessage(_changed(message, changes) if changes else message, message, aliases, taken)


def _names_in(value: Any) -> Iterator[str]:
    """The first words of all names that stand alone in the texts of a value, or of whatever might be one."""
    for text in strings(value):
        if "{{" in text:
            yield from (path.steps[0] for path in paths(parse(text)))
            if text.startswith("{"):
                yield from (path.steps[0] for each in texts_in(text) for path in paths(parse(each)))


def _renamed_part(part: Any, renaming: Renaming) -> tuple[dict[str, Any], tuple[Alias, ...]]:
    """The fields of a channel's message that change, and the aliases in them."""
    changed: dict[str, Any] = {}
    aliases: tuple[Alias, ...] = ()
    values = {field.name: getattr(part, field.name) for field in attrs.fields(type(part))}
    values = {name: value for name, value in values.items() if name != "substitutions" and not isinstance(value, Word)}
    for name, value in values.items():
        renamed, found = _renamed({"RawContent" if name == "raw_content" else name: value}, renaming)
        aliases += found
        if found:
            (new,) = renamed.values()
            changed[name] = FrozenDict(new) if isinstance(new, dict) else new
    substitutions = part.substitutions or {}
    if any(name.startswith(FALLBACK) for name in substitutions):
        changed["substitutions"] = FrozenDict(
            {name: listed for name, listed in substitutions.items() if not name.startswith(FALLBACK)}
        )
    return changed, aliases


def _renamed(values: Mapping[str, Any], renaming: Renaming) -> tuple[dict[str, Any], tuple[Alias, ...]]:
    """Values whose strings have aliases in them, and the aliases; raw content is JSON, whose strings count each by itself."""
    aliases: list[Alias] = []

    def rename(text: str) -> str:
        renamed, found = renaming.rename(text)
        aliases.extend(found)
        return renamed

    renamed = {}
    for name, value in values.items():
        before = len(aliases)
        if name == "RawContent" and value is not None:
            new = fill_json(value, rename)
            renamed[name] = new if len(aliases) > before else value
        else:
            renamed[name] = fill_all(value, rename)
    return renamed, tuple(aliases)


def _changed(value: T, changes: Mapping[str, Any]) -> T:
    """A copy of a frozen value with other texts, unchecked: what was right with attributes in it is so with aliases."""
    copied = copy.copy(value)
    for name, new in changes.items():
        object.__setattr__(copied, name, new)
    return copied
