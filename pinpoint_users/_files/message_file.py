"""Messages from files: TOML, YAML or JSON, with every fault at its line."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from pinpoint_users._files.faults import FileFault, FileFaultsError
from pinpoint_users._files.file_words import in_file_words, kind_in_file
from pinpoint_users._files.json_tree import read_json_text
from pinpoint_users._files.members import Member, is_part, members_of
from pinpoint_users._files.source import STDIN, encoding_fault, file_fault, name_of, opened, undecodable
from pinpoint_users._files.toml_tree import read_toml
from pinpoint_users._files.trees import Path as Steps
from pinpoint_users._files.trees import Tree, dotted
from pinpoint_users._files.yaml_tree import read_yaml
from pinpoint_users._requests.preflight import unread_texts
from pinpoint_users._shapes.converters import near_misses
from pinpoint_users._shapes.names import member_name, path_steps
from pinpoint_users._shapes.reading import from_dict
from pinpoint_users._shapes.remedies import instead_of_name
from pinpoint_users.errors import MessageWarning, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.request import SendUsersMessageRequest

MAX_MESSAGE = 20_000_000
"""Bytes of a message file: a request's 7 MB, escaped."""
SCHEMA_KEY = "$schema"
"""A key of the whole document that names its JSON Schema, for editors."""
PARTS = ("message_configuration", "template_configuration", "context", "trace_id")
"""The members of a request that a file may have, in place of the message alone."""
_READERS: Mapping[str, Callable[[str, str], Tree]] = {
    ".toml": read_toml,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_json_text,
}


@attrs.frozen(kw_only=True)
class MessageFile:
    """What a message file says."""

    message: DirectMessageConfiguration | None
    """The message; None where templates stand for it."""
    template_configuration: TemplateConfiguration | None = None
    """The stored templates to use."""
    context: Mapping[str, str] | None = None
    """Attributes for all."""
    trace_id: str | None = None
    """The ID to find the message by in the service's events."""
    notes: tuple[FileFault, ...] = ()
    """What can hardly be meant, and is sent as it is written."""


def read_message(path: str | Path) -> MessageFile:
    """Reads a message file.

    The file's ending says what it is: `.toml`, `.yaml`, `.yml` or `.json`; of standard input, `-`, the first bracket does.
    Keys are in snake case or as AWS writes them, one of both in a file. The document is the message, such as
    `sms_message: …`, or the parts of a request that aren't users: `message_configuration`, `template_configuration`,
    `context` and `trace_id`. `raw_email.data` is the MIME message itself, as text.

    Raises:
        FileFaultsError: Every fault at once, each with its line.
    """
    name = name_of(path)
    tree = _read_tree(name, path)
    return _Reader(name, tree).read()


def _read_tree(name: str, path: str | Path) -> Tree:
    suffix = "" if str(path) == STDIN else os.path.splitext(path)[1].lower()  # noqa: PTH122 - it may be a string
    if suffix not in _READERS and str(path) != STDIN:
        raise file_fault(name, f"has the ending {suffix or '(none)'}; a message file ends in {', '.join(_READERS)}")
    with opened(path) as file:
        data = file.read(MAX_MESSAGE + 1)
    if len(data) > MAX_MESSAGE:
        raise file_fault(name, f"is over {MAX_MESSAGE:,} bytes, more than any message: is it another file?")
    fault = encoding_fault(name, data)
    if fault is not None:
        raise fault
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise file_fault(name, undecodable(error), error.object.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise file_fault(name, "is empty: write a channel's message, such as sms_message with its body")
    if str(path) == STDIN:
        suffix = (
            ".json"
            if text.lstrip()[:1] == "{"
            else ".toml"
            if re.search(r"^\s*(\[|[\w.\"-]+\s*=)", text, re.MULTILINE)
            else ".yaml"
        )
    return _READERS[suffix](name, text.replace("\r\n", "\n"))


class _Reader:
    """Makes a message of a document, and collects its faults.

    The document is first written in AWS's names; faults that the classes find there are told by the names in the file.
    """

    def __init__(self, name: str, tree: Tree) -> None:
        self._name = name
        self._tree = tree
        self._faults: list[FileFault] = []
        self._notes: list[FileFault] = []
        self._written: dict[Steps, Steps] = {}
        """Paths in AWS's names, and as they are in the file."""
        self._style: tuple[str, bool] | None = None
        """The first key whose style is told, and whether it is AWS's."""

    def read(self) -> MessageFile:
        value = self._tree.value
        if not isinstance(value, Mapping):
            problem = f"must have keys, such as sms_message, not {kind_in_file(value)}"
            raise file_fault(self._name, problem, self._tree.line_of(()))
        data = {key: item for key, item in value.items() if key != SCHEMA_KEY}
        request = members_of(SendUsersMessageRequest)
        is_request = any(key in request and request[key].field in PARTS for key in data)
        made = self._request(data) if is_request else self._message_alone(data)
        if self._faults:
            self._faults.sort(key=lambda fault: fault.line or 0)
            raise FileFaultsError(self._faults)
        above = () if made.message is None or not is_request else ("MessageConfiguration",)
        for path, problem in unread_texts(made.message or DirectMessageConfiguration()):
            field, bracket, below = path.partition("[")
            steps = (*map(member_name, field.split(".")), *path_steps(bracket + below))
            self._note(self._path((*above, *steps)), problem)
        return attrs.evolve(made, notes=tuple(self._notes))

    def _message_alone(self, data: Mapping[str, Any]) -> MessageFile:
        message = self._object(DirectMessageConfiguration, data, (), ())
        if message == DirectMessageConfiguration() and not self._faults:
            self._fault((), "has no message: write a channel's message, such as sms_message with its body")
        return MessageFile(message=message)

    def _request(self, data: Mapping[str, Any]) -> MessageFile:
        allowed = [*PARTS]
        request = members_of(SendUsersMessageRequest)
        channels = members_of(DirectMessageConfiguration)
        parts: dict[str, Any] = {}
        for key, value in data.items():
            member = request.get(key)
            if member is None or member.field not in PARTS:
                if key in channels:
                    self._fault((key,), "belongs below message_configuration, where that is written")
                elif member is not None:
                    self._fault((key,), "isn't taken here: users come from a file of their own")
                else:
                    self._unknown((key,), allowed)
                continue
            self._note_style((key,), member)
            if value is None:
                self._fault((key,), _NO_VALUE)
                continue
            self._written[(member.name,)] = (key,)
            parts[member.field] = value, key
        made: dict[str, Any] = {"message": None}
        for field, shape in (
            ("message_configuration", DirectMessageConfiguration),
            ("template_configuration", TemplateConfiguration),
        ):
            if field in parts:
                value, key = parts.pop(field)
                own = "message" if field == "message_configuration" else field
                made[own] = self._object(shape, value, (request[field].name,), (key,))
        others = {request[field].name: value for field, (value, _) in parts.items()}
        whole = self._made(SendUsersMessageRequest, {"MessageConfiguration": {}, "Users": {}, **others}, ())
        if whole is not None:
            made |= {"context": whole.context, "trace_id": whole.trace_id}
        is_empty = made["message"] in {None, DirectMessageConfiguration()}
        if is_empty and made.get("template_configuration") in {None, TemplateConfiguration()} and not self._faults:
            self._fault((), "has neither a message nor a template: write message_configuration or template_configuration")
        return MessageFile(**made)

    def _object(self, shape: type[Any], value: Any, canonical: Steps, written: Steps) -> Any:
        """The object of a class, or None if there is a fault in it."""
        renamed = self._renamed(shape, value, canonical, written)
        return self._made(shape, renamed, canonical)

    def _made(self, shape: type[Any], data: Any, canonical: Steps) -> Any:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", MessageWarning)
                made = from_dict(shape, data)
        except ValidationError as error:
            for fault in error.faults:
                self._fault(self._path((*canonical, *path_steps(fault.path))), in_file_words(fault.problem))
            return None
        told = [str(warning.message) for warning in caught]
        # Of a whole request, which has no message here, it would be said that it shows nothing.
        self._notes += [
            FileFault(self._name, None, "", text) for text in told if not text.startswith("SendUsersMessageRequest.")
        ]
        return made

    def _renamed(self, shape: type[Any], value: Any, canonical: Steps, written: Steps) -> Any:
        """A part of the document in AWS's names, without what is told here: unknown and mixed keys, and what has no value."""
        if not isinstance(value, Mapping):
            return value
        members = members_of(shape)
        renamed: dict[str, Any] = {}
        for key, item in value.items():
            here = (*written, key)
            member = members.get(key)
            if member is None:
                self._unknown(here, self._allowed(shape), shape)
                continue
            there = (*canonical, member.name)
            if there in self._written:
                self._fault(here, f"is there twice, also as {self._written[there][-1]}: take one out")
                continue
            self._note_style(here, member)
            self._written[there] = here
            if item is None:
                self._fault(here, _NO_VALUE)
            elif member.is_list and isinstance(item, list):
                renamed[member.name] = [
                    self._renamed(member.shape, each, (*there, index), (*here, index))
                    for index, each in enumerate(item)
                    if member.shape
                ]
            elif is_part(member) and isinstance(item, str):
                self._written[(*there, "Data")] = here
                renamed[member.name] = {"Charset": "UTF-8", "Data": item}
            else:
                renamed[member.name] = self._renamed(member.shape, item, there, here) if member.shape else item
        return renamed

    def _allowed(self, shape: type[Any]) -> list[str]:
        is_aws = self._style is not None and self._style[1]
        return list(dict.fromkeys(member.name if is_aws else member.field for member in members_of(shape).values()))

    def _note_style(self, path: Steps, member: Member) -> None:
        key = str(path[-1])
        if self._style is None:
            self._style = key, key == member.name
        elif self._style[1] != (key == member.name):
            right = member.name if self._style[1] else member.field
            self._fault(path, f"is written otherwise than {self._style[0]}: keep to one of both, {right}")

    def _unknown(self, path: Steps, allowed: list[str], shape: type[Any] = SendUsersMessageRequest) -> None:
        word = str(path[-1])
        near = near_misses(word, allowed) or near_misses(word.replace("-", "_").replace(" ", "_"), allowed)
        if near:
            hint = f"; did you mean {' or '.join(near)}?"
        else:
            elsewhere = in_file_words(instead_of_name(shape, word))
            hint = f"; {elsewhere}" if elsewhere else ""
        self._fault(path, f"isn't known here; allowed: {', '.join(allowed)}{hint}")

    def _path(self, canonical: Steps) -> Steps:
        """Where something is in the file."""
        below: Steps = ()
        while canonical and canonical not in self._written:
            below = (canonical[-1], *below)
            canonical = canonical[:-1]
        return (*self._written.get(canonical, ()), *below)

    def _note(self, path: Steps, problem: str) -> None:
        self._notes.append(FileFault(self._name, self._tree.line_of(path), dotted(path), problem))

    def _fault(self, path: Steps, problem: str) -> None:
        self._faults.append(FileFault(self._name, self._tree.line_of(path), dotted(path), problem))


_NO_VALUE = "has no value: give it one, or take the line out"
