"""Typed objects from AWS's shape.

A reader of our own, which collects the faults of a whole tree, those of the values too, where cattrs stops at a class whose
keys are wrong.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from pinpoint_users._shapes.converters import InvalidValue, is_text, kind, shown, suggest
from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, join_path, member_name, split_path
from pinpoint_users._shapes.remedies import instead_of_name
from pinpoint_users.errors import Fault, ValidationError

T = TypeVar("T")
_Reader: TypeAlias = Callable[[Any, list[Fault]], Any]
"""Reads a part of the tree, and adds its faults with their paths below that part."""

FAST_READER = "_try_fast_read"
"""The method by which a class reads its most frequent form; it gives None for any other."""

_UNREADABLE = object()


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Reads AWS's shape as boto3 has it: bytes as bytes, or as a string, which stands for its UTF-8."""
    value: T = _read(cls, data, _as_boto3_takes_it)
    return value


def from_wire(cls: type[T], data: Mapping[str, Any]) -> T:
    """Reads AWS's shape as JSON has it, with bytes in base64."""
    value: T = _read(cls, data, _from_base64)
    return value


def from_json(cls: type[T], data: Mapping[str, Any]) -> T:
    """Reads AWS's shape as somebody's JSON has it: bytes in base64, or as the text that they are, which base64 can't be."""
    value: T = _read(cls, data, _as_json_may_have_it)
    return value


def _as_boto3_takes_it(value: Any) -> Any:
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return value.encode() if isinstance(value, str) and is_text(value) else value


def _from_base64(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return value


def _as_json_may_have_it(value: Any) -> Any:
    return _as_boto3_takes_it(_from_base64(value))


def _read(cls: Any, data: Mapping[str, Any], read_bytes: Callable[[Any], Any]) -> Any:
    faults: list[Fault] = []
    value = _class_reader(cls, read_bytes)(data, faults)
    if faults:
        raise ValidationError(cls.__name__, faults)
    return value


def _under(step: str, faults: list[Fault], start: int) -> None:
    """Puts the step that leads to a part before the paths of its faults, which are those from `start` on."""
    faults[start:] = [Fault(join_path(step, fault.path), fault.problem) for fault in faults[start:]]


@functools.cache
def _class_reader(cls: Any, read_bytes: Callable[[Any], Any]) -> _Reader:
    hints = get_type_hints(cls)
    open_ended = UNKNOWN_MEMBERS in hints
    names = [field.name for field in attrs.fields(cls) if field.name != UNKNOWN_MEMBERS]
    required = {member_name(field.name) for field in attrs.fields(cls) if field.default is attrs.NOTHING}
    readers = {member_name(name): (name, _reader(hints[name], read_bytes, open_ended=open_ended)) for name in names}

    def read(data: Any, faults: list[Fault]) -> Any:
        if not isinstance(data, Mapping):
            text = data.decode("latin-1") if isinstance(data, bytes) else data
            is_json = isinstance(text, str) and text.strip().startswith("{")
            remedy = ": json.loads(…) makes one of JSON" if is_json else ""
            faults.append(Fault("", f"must be a mapping in AWS's shape of {cls.__name__}, not {kind(data)}{remedy}"))
            return _UNREADABLE
        values: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for key, item in data.items():
            if key not in readers:
                unknown[key] = item
            elif item is not None or (key in required and not open_ended):
                name, reader = readers[key]
                before = len(faults)
                values[name] = reader(item, faults)
                if len(faults) > before and open_ended:  # what can be read of it is read, and it is kept as it came
                    del faults[before:]
                    unknown[key] = item
                elif len(faults) > before:
                    _under(key, faults, before)
        if open_ended:
            return _make_answer(cls, data, values, unknown, faults)
        if unknown:
            words = [str.__str__(key) if isinstance(key, str) else shown(key) for key in unknown]
            faults += [
                Fault(word, f"no member of {cls.__name__}; {suggest(word, readers, instead_of_name(cls, word))}")
                for word in words
            ]
        return _make(cls, values, faults)

    return _with_fast_path(cls, read) if hasattr(cls, FAST_READER) else read


def _with_fast_path(cls: Any, read: _Reader) -> _Reader:
    """The class's own fast path, and the reader of every form for what it leaves."""
    try_fast_read = getattr(cls, FAST_READER)

    def read_either_way(data: Any, faults: list[Fault]) -> Any:
        value = try_fast_read(data)
        return read(data, faults) if value is None else value

    return read_either_way


def _make_answer(
    cls: Any, data: Mapping[str, Any], values: dict[str, Any], unknown: dict[str, Any], faults: list[Fault]
) -> Any:
    """The object of the members of an answer that can be read; the others are among its unknown members, as they came."""
    values = {name: value for name, value in values.items() if value is not _UNREADABLE}
    for field in attrs.fields(cls):
        if field.name in values and attrs.NOTHING is not (default := cls.WHERE_UNREADABLE.get(field.name, field.default)):
            try:
                field.converter(values[field.name])
            except InvalidValue:
                unknown[member_name(field.name)] = data[member_name(field.name)]
                values[field.name] = default
    values = {name: value for name, value in values.items() if value is not None}
    if unknown:
        values[UNKNOWN_MEMBERS] = unknown
    return _make(cls, cls.WHERE_UNREADABLE | values, faults)


def _make(cls: Any, values: Mapping[str, Any], faults: list[Fault]) -> Any:
    """The object of the values that could be read; its own faults get AWS's names."""
    unreadable = {name for name, value in values.items() if value is _UNREADABLE}
    try:
        return cls(**{name: value for name, value in values.items() if name not in unreadable})
    except ValidationError as error:
        for fault in error.faults:
            name, below = split_path(fault.path)
            if name not in unreadable:
                path = below if name == UNKNOWN_MEMBERS else join_path(member_name(name), below)
                faults.append(Fault(path, fault.problem))
        return _UNREADABLE


def _reader(hint: Any, read_bytes: Callable[[Any], Any], *, open_ended: bool) -> _Reader:
    """The reader of a field's type: of a class, of a list or mapping of them, or of a value that its own field checks."""
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if attrs.has(hint):
        return _class_reader(hint, read_bytes)
    if hint is bytes:
        return lambda value, _faults: read_bytes(value)
    items = get_args(hint)
    if get_origin(hint) is tuple and attrs.has(items[0]):
        return _list_reader(_reader(items[0], read_bytes, open_ended=open_ended))
    if items and (attrs.has(items[-1]) or get_origin(items[-1]) is Mapping):
        return _map_reader(_reader(items[-1], read_bytes, open_ended=open_ended), skip_none=open_ended)
    return lambda value, _faults: value


def _list_reader(read_item: _Reader) -> _Reader:
    def read(data: Any, faults: list[Fault]) -> Any:
        if not isinstance(data, (list, tuple)):
            faults.append(Fault("", f"must be a list, not {kind(data)}"))
            return _UNREADABLE
        items = []
        for index, item in enumerate(data):
            before = len(faults)
            items.append(read_item(item, faults))
            if len(faults) > before:
                _under(f"[{index}]", faults, before)
        return _UNREADABLE if any(item is _UNREADABLE for item in items) else items

    return read


def _map_reader(read_item: _Reader, *, skip_none: bool) -> _Reader:
    def read(data: Any, faults: list[Fault]) -> Any:
        if not isinstance(data, Mapping):
            faults.append(Fault("", f"must be a mapping, not {kind(data)}"))
            return _UNREADABLE
        items = {}
        for key, item in data.items():
            if item is None and skip_none:
                continue
            before = len(faults)
            items[key] = read_item(item, faults)
            if len(faults) > before:
                _under(f"[{shown(key)}]", faults, before)
        if skip_none:  # of an answer, whose other items can be read
            return {key: item for key, item in items.items() if item is not _UNREADABLE}
        return _UNREADABLE if any(item is _UNREADABLE for item in items.values()) else items

    return read
