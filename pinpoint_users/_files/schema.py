"""The JSON Schema of message files, made of the classes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs

from pinpoint_users._files.members import is_part, members_of, without_none
from pinpoint_users._files.message_file import PARTS, SCHEMA_KEY
from pinpoint_users._shapes.limits import keywords_of
from pinpoint_users._shapes.names import member_name
from pinpoint_users.enums import Word
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.request import SendUsersMessageRequest

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXTS: Mapping[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
_LISTS: Mapping[str, Any] = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


def message_schema() -> dict[str, Any]:
    """The schema of a message file: a message or the parts of a request, with keys in snake case or as AWS writes them.

    It tells structure, words and limits of numbers and lists. How long a text may be depends on its variables, and is said in
    its description.
    """
    shapes = _reachable()
    definitions: dict[str, Any] = {}
    for is_aws in (False, True):
        for shape in shapes:
            definitions[_name(shape, is_aws=is_aws)] = _object(shape, is_aws=is_aws)
        definitions[f"Request.{'aws' if is_aws else 'snake'}"] = _request(is_aws=is_aws)
    message = [{"$ref": f"#/$defs/{_name(DirectMessageConfiguration, is_aws=is_aws)}.document"} for is_aws in (False, True)]
    for is_aws in (False, True):
        whole = _object(DirectMessageConfiguration, is_aws=is_aws)
        properties = {SCHEMA_KEY: {"type": "string"}, **whole["properties"]}
        listed = [{"required": [name]} for name in whole["properties"]]
        definitions[f"{_name(DirectMessageConfiguration, is_aws=is_aws)}.document"] = {
            **whole,
            "properties": properties,
            "anyOf": listed,
        }
    request = [{"$ref": f"#/$defs/Request.{style}"} for style in ("snake", "aws")]
    return {
        "$schema": DRAFT,
        "title": "A message file of pinpoint-users",
        "description": "A message, or a message with the templates, context and trace ID that go with it; without users.",
        "anyOf": [*message, *request],
        "$defs": dict(sorted(definitions.items())),
    }


def _name(shape: type[Any], *, is_aws: bool) -> str:
    return f"{shape.__name__}.{'aws' if is_aws else 'snake'}"


def _reachable() -> list[type[Any]]:
    found: list[type[Any]] = []
    waiting: list[type[Any]] = [DirectMessageConfiguration, TemplateConfiguration]
    while waiting:
        shape = waiting.pop()
        if shape not in found:
            found.append(shape)
            waiting += [member.shape for member in members_of(shape).values() if member.shape is not None]
    return found


def _request(*, is_aws: bool) -> dict[str, Any]:
    hints = get_type_hints(SendUsersMessageRequest)
    written = {part: member_name(part) if is_aws else part for part in PARTS}
    properties = {written[part]: _member(SendUsersMessageRequest, part, hints[part], is_aws=is_aws) for part in PARTS}
    # One channel's message is enough, or one template.
    message = {
        "required": [written["message_configuration"]],
        "properties": {written["message_configuration"]: {"minProperties": 1}},
    }
    template = {
        "required": [written["template_configuration"]],
        "properties": {written["template_configuration"]: {"minProperties": 1}},
    }
    return {
        "type": "object",
        "properties": {SCHEMA_KEY: {"type": "string"}, **properties},
        "additionalProperties": False,
        "anyOf": [message, template],
    }


def _object(shape: type[Any], *, is_aws: bool) -> dict[str, Any]:
    hints = get_type_hints(shape)
    names = {field.name: member_name(field.name) if is_aws else field.name for field in attrs.fields(shape)}
    required = [names[field.name] for field in attrs.fields(shape) if field.default is attrs.NOTHING]
    described = {
        "type": "object",
        "description": (shape.__doc__ or "").partition("\n")[0],
        "properties": {names[name]: _member(shape, name, hints[name], is_aws=is_aws) for name in names},
        "additionalProperties": False,
    }
    return {**described, "required": required} if required else described


def _member(shape: type[Any], name: str, hint: Any, *, is_aws: bool) -> dict[str, Any]:
    field = attrs.fields_dict(shape)[name]
    schema = {"description": _words(shape, name), **_value(without_none(hint), name, is_aws=is_aws)}
    if is_part(members_of(shape)[name]):
        reference = {"$ref": schema.pop("$ref")}
        schema["anyOf"] = [{"type": "string"}, reference]
    return {**schema, **keywords_of(field.validator)}


def _words(shape: type[Any], name: str) -> str:
    """The field's words, which its builder's method has."""
    builder = getattr(sys.modules[shape.__module__], f"{shape.__name__}Builder")
    return getattr(builder, name).__doc__ or ""


def _value(hint: Any, name: str, *, is_aws: bool) -> dict[str, Any]:
    items = get_args(hint)
    if attrs.has(hint):
        return {"$ref": f"#/$defs/{_name(hint, is_aws=is_aws)}"}
    if name == "raw_content":
        return {"type": ["string", "object"]}
    if get_origin(hint) is Literal:
        return _word([str(word) for word in items], is_open=name == "apns_push_type")
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _value(items[0], "", is_aws=is_aws)}
    if items:
        return dict(_LISTS if get_origin(items[1]) is tuple else _TEXTS)
    return _scalar(hint)


def _scalar(hint: type[Any]) -> dict[str, Any]:
    if issubclass(hint, Word):
        return _word([str(word) for word in hint], is_open=False)
    return {"type": {bool: "boolean", int: "integer"}.get(hint, "string")}


def _word(words: list[str], *, is_open: bool) -> dict[str, Any]:
    """AWS's words, for editors to offer, and the same in any case, as the classes take them; of Apple's, new ones too."""
    any_case = "|".join(
        "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in word) for word in words
    )
    pattern = f"^(?:{any_case}{'|[a-z]{3,}' if is_open else ''})$"
    return {"anyOf": [{"enum": words}, {"type": "string", "pattern": pattern}]}
