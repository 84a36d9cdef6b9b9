"""Our classes as fields of pydantic's models: validated and written in AWS's shape, with its JSON schema.

Imported when a model asks for it, so that pydantic is needed by those alone who have it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import attrs
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema
from pydantic_core import ValidationError as PydanticError

from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, member_name, path_steps
from pinpoint_users._shapes.reading import from_json
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.enums import DeliveryStatus, Word
from pinpoint_users.errors import ValidationError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


def core_schema_of(cls: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """How pydantic validates and writes objects of a class, and what it takes for their JSON schema."""

    def validate(value: Any, _by_pydantic: object) -> Any:
        if isinstance(value, cls):
            return value
        try:
            # A body that a framework has parsed comes without a word of where from: bytes may be bytes, base64, or text.
            return from_json(cls, value)
        except ValidationError as error:
            raise _as_pydantic_has_it(error, value) from None

    def write(value: Any, info: core_schema.SerializationInfo) -> dict[str, Any]:
        written: dict[str, Any] = to_wire(value) if info.mode == "json" else value.to_dict()
        return written

    return core_schema.no_info_wrap_validator_function(
        validate,
        _members(cls, handler),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(write, info_arg=True),
    )


def _as_pydantic_has_it(error: ValidationError, value: object) -> PydanticError:
    """The same faults, each at its place; pydantic puts the model's own path before."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("pinpoint_users", "{problem}", {"problem": fault.problem, "path": fault.path}),
            loc=path_steps(fault.path),
            input=value,
        )
        for fault in error.faults
    ]
    return PydanticError.from_exception_data(error.subject, details)


def json_schema_of(cls: Any, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """The JSON schema of a class in AWS's shape, with the words of the class and its fields."""
    described = handler.resolve_ref_schema(handler(schema))
    described["title"] = cls.__name__
    described["description"] = (cls.__doc__ or "").partition("\n")[0]
    builder = getattr(sys.modules[cls.__module__], f"{cls.__name__}Builder", None)
    for field in attrs.fields(cls):
        member = described["properties"].get(member_name(field.name))
        method = getattr(builder, field.name, None)  # whose words are the field's
        if member is not None and method is not None:
            member["description"] = method.__doc__ or ""
    return described


def _members(cls: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """The class as a dict in AWS's shape, of which pydantic makes the JSON schema; values are checked by the class itself."""
    hints = get_type_hints(cls)
    members = {
        member_name(field.name): core_schema.typed_dict_field(
            _schema_of(_without_none(hints[field.name]), handler), required=field.default is attrs.NOTHING
        )
        for field in attrs.fields(cls)
        if field.name != UNKNOWN_MEMBERS
    }
    return core_schema.typed_dict_schema(members, extra_behavior="allow" if UNKNOWN_MEMBERS in hints else "forbid")


def _schema_of(hint: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """The schema of a field's type, None aside."""
    origin, arguments = get_origin(hint), get_args(hint)
    if attrs.has(hint):
        return handler.generate_schema(hint)
    if origin is Mapping:
        return core_schema.dict_schema(core_schema.str_schema(), _schema_of(arguments[1], handler))
    if origin is tuple:
        return core_schema.list_schema(_schema_of(arguments[0], handler))
    if origin is Literal or hint is DeliveryStatus:  # words that Apple, or AWS, may add to
        return _text(examples=[str(word) for word in arguments or hint])
    if issubclass(hint, Word):
        return core_schema.literal_schema([str(word) for word in hint])
    plain = {bool: core_schema.bool_schema(), int: core_schema.int_schema(), bytes: _text(contentEncoding="base64")}
    return plain.get(hint, core_schema.str_schema())


def _without_none(hint: Any) -> Any:
    choices = get_args(hint)
    return next(choice for choice in choices if choice is not type(None)) if type(None) in choices else hint


def _text(**keywords: Any) -> core_schema.CoreSchema:
    """A string, with keywords of its JSON schema."""

    def with_keywords(schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **keywords}

    return core_schema.str_schema(metadata={"pydantic_js_functions": [with_keywords]})
