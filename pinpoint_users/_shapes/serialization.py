"""Typed objects to and from AWS's shape.

Out: cattrs writes the function for each class, with AWS's member names, unset members left out. In: a reader of our own, which
collects the faults of a whole tree, those of the values too, where cattrs stops at a class whose keys are wrong.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from pinpoint_users._shapes.converters import any_string, kind, shown, suggest
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import Word
from pinpoint_users.errors import Fault, ValidationError

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")
_Writer: TypeAlias = Callable[[Any], dict[str, Any]]

UNKNOWN_MEMBERS = "unknown_members"
"""The field in which an answer's class keeps members that AWS's model doesn't have."""

MAX_LEVELS = 100
"""How deeply a JSON value may be nested; Python's stack has an end."""

QUICK_READER = "_read_usual"
"""The method by which a class reads a usual value of its own quickly; it gives None for any other."""

QUICK_WRITER = "_quick_writer"
"""The method by which a class makes a writer of its own, of which others than usual objects go to the careful one."""

_ACRONYMS = {"adm": "ADM", "apns": "APNS", "gcm": "GCM", "md5": "MD5", "sms": "SMS"}


@functools.cache
def member_name(field_name: str) -> str:
    """AWS's name of a field.

    >>> member_name("apns_push_type"), member_name("url")
    ('APNSPushType', 'Url')
    """
    return "".join(_ACRONYMS.get(word) or word.capitalize() for word in field_name.split("_"))


def join_path(prefix: str, path: str) -> str:
    """A path below another one."""
    return f"{prefix}{path}" if not prefix or not path or path.startswith("[") else f"{prefix}.{path}"


def to_wire(value: Any) -> dict[str, Any]:
    """The value as it is written to JSON: bytes in base64, and the frozen mappings themselves, uncopied."""
    return wire_writer(value.__class__)(value)


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Reads AWS's shape as boto3 has it, with bytes as bytes."""
    value: T = _read(cls, data, _as_it_is)
    return value


def from_wire(cls: type[T], data: Mapping[str, Any]) -> T:
    """Reads AWS's shape as HTTP has it, with bytes in base64."""
    value: T = _read(cls, data, _from_base64)
    return value


def freeze(value: object, levels: int = MAX_LEVELS) -> object:
    """A JSON value that can't be changed any more.

    Raises:
        RecursionError: It is nested more deeply than any answer of the service.
    """
    if not isinstance(value, (Mapping, list, tuple)):
        return value
    if not levels:
        raise RecursionError(f"nested more than {MAX_LEVELS} levels deep")
    if isinstance(value, Mapping):
        return FrozenDict({key: freeze(item, levels - 1) for key, item in value.items()})
    return tuple(freeze(item, levels - 1) for item in value)


def thaw(value: object) -> Any:
    """A JSON value in plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    return list(map(thaw, value)) if isinstance(value, tuple) else value


# --- out


@functools.cache
def writer(cls: Any) -> _Writer:
    """Writes objects of a class in AWS's shape as boto3 takes it: plain dicts and lists, bytes as bytes."""
    return _converter(_as_boto3_takes_it).get_unstructure_hook(cls)


@functools.cache
def wire_writer(cls: Any) -> _Writer:
    """Writes objects of a class as `to_wire` does, for whoever writes many."""
    return _converter(_as_json_takes_it).get_unstructure_hook(cls)


def _as_boto3_takes_it(converter: cattrs.Converter) -> None:
    converter.register_unstructure_hook_func(_is_string_map, dict)
    converter.register_unstructure_hook_func(_is_string_list_map, _copied_lists)


def _as_json_takes_it(converter: cattrs.Converter) -> None:
    converter.register_unstructure_hook_func(_is_string_map, _as_it_is)
    converter.register_unstructure_hook_func(_is_string_list_map, _as_it_is)
    converter.register_unstructure_hook(bytes, _to_base64)


@functools.cache
def _converter(prepare: Callable[[cattrs.Converter], None]) -> cattrs.Converter:
    # cattrs is imported when something is first written: a third of the time that importing this library would take.
    import cattrs  # noqa: PLC0415 - see above

    converter = cattrs.Converter()
    converter.register_unstructure_hook(Word, str)
    converter.register_unstructure_hook_factory(
        attrs.has, functools.partial(_class_writer, converter, prepare is _as_boto3_takes_it)
    )
    # By the part's own class, so that a class is prepared when it is first written: most programs send over one channel.
    converter.register_unstructure_hook_func(_is_optional_part, converter.unstructure)
    prepare(converter)
    return converter


def _class_writer(converter: cattrs.Converter, copies: bool, cls: type[Any]) -> _Writer:
    from cattrs.gen import make_dict_unstructure_fn, override  # noqa: PLC0415 - as above

    names = [field.name for field in attrs.fields(cls)]
    options: dict[str, Any] = {name: override(rename=member_name(name), omit=name == UNKNOWN_MEMBERS) for name in names}
    known = make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **options)
    if UNKNOWN_MEMBERS in names:
        return lambda value: known(value) | thaw(value.unknown_members)
    if hasattr(cls, QUICK_WRITER):
        quick: _Writer = getattr(cls, QUICK_WRITER)(known, copies=copies)
        return quick
    return known


def _is_optional_part(hint: Any) -> bool:
    choices = get_args(hint)
    return type(None) in choices and any(attrs.has(choice) for choice in choices)


def _is_string_map(hint: Any) -> bool:
    return bool(hint == Mapping[str, str])


def _is_string_list_map(hint: Any) -> bool:
    return bool(hint == Mapping[str, tuple[str, ...]])


def _copied_lists(value: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: [*values] for name, values in value.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_base64(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return value


# --- in

_Reader: TypeAlias = Callable[[Any, list[Fault]], Any]
"""Reads a part of the tree, and adds its faults with their paths below that part."""
_UNREADABLE = object()


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
    readers = {member_name(name): (name, _reader(hints[name], read_bytes, open_ended=open_ended)) for name in names}

    def read(data: Any, faults: list[Fault]) -> Any:
        if not isinstance(data, Mapping):
            faults.append(Fault("", f"must be a mapping in AWS's shape of {cls.__name__}, not {kind(data)}"))
            return _UNREADABLE
        values: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for key, item in data.items():
            if key not in readers:
                unknown[key] = item
            elif item is not None or not open_ended:
                name, reader = readers[key]
                before = len(faults)
                values[name] = reader(item, faults)
                if len(faults) > before:
                    _under(key, faults, before)
        if unknown and open_ended:
            values[UNKNOWN_MEMBERS] = unknown
        elif unknown:
            words = [any_string(key) if isinstance(key, str) else shown(key) for key in unknown]
            faults += [Fault(word, f"no member of {cls.__name__}; {suggest(word, readers)}") for word in words]
        return _make(cls, values, faults)

    return _quick_reader(cls, read) if hasattr(cls, QUICK_READER) else read


def _quick_reader(cls: Any, read: _Reader) -> _Reader:
    """The class's own reader of what is usual; what it leaves is read as always."""
    read_usual = getattr(cls, QUICK_READER)

    def read_quickly(data: Any, faults: list[Fault]) -> Any:
        value = read_usual(data)
        return read(data, faults) if value is None else value

    return read_quickly


def _make(cls: Any, values: Mapping[str, Any], faults: list[Fault]) -> Any:
    """The object of the values that could be read; its own faults are told in AWS's names."""
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
        return _UNREADABLE if any(item is _UNREADABLE for item in items.values()) else items

    return read


def split_path(path: str) -> tuple[str, str]:
    """A path's first name, and what is below it.

    >>> split_path("substitutions['code'][0]"), split_path("body")
    (('substitutions', "['code'][0]"), ('body', ''))
    """
    end = min((at for at in (path.find("."), path.find("[")) if at >= 0), default=len(path))
    return path[:end], path[end:]
