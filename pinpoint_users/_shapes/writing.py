"""Typed objects to AWS's shape: cattrs writes the function for each class, with AWS's names, unset members left out."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import attrs

from pinpoint_users._shapes.frozen import thaw, thaw_lists
from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, member_name
from pinpoint_users.enums import Word

if TYPE_CHECKING:
    import cattrs

_Writer: TypeAlias = Callable[[Any], dict[str, Any]]


def to_wire(value: Any) -> dict[str, Any]:
    """The value as it is written to JSON: bytes in base64, and the frozen mappings themselves, uncopied."""
    return wire_writer(value.__class__)(value)


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
    converter.register_unstructure_hook_func(_is_string_list_map, thaw_lists)


def _as_json_takes_it(converter: cattrs.Converter) -> None:
    from cattrs.fns import identity  # noqa: PLC0415 - as below; cattrs leaves out the call of this function

    converter.register_unstructure_hook_func(_is_string_map, identity)
    converter.register_unstructure_hook_func(_is_string_list_map, identity)
    converter.register_unstructure_hook(bytes, _to_base64)


@functools.cache
def _converter(prepare: Callable[[cattrs.Converter], None]) -> cattrs.Converter:
    # cattrs is imported when something is first written: a third of the time that importing this library would take.
    import cattrs  # noqa: PLC0415 - see above

    converter = cattrs.Converter()
    converter.register_unstructure_hook(Word, str)
    converter.register_unstructure_hook_factory(attrs.has, functools.partial(_class_writer, converter))
    # By the part's own class, so that a class is prepared when it is first written: most programs send over one channel.
    converter.register_unstructure_hook_func(_is_optional_part, converter.unstructure)
    prepare(converter)
    return converter


def _class_writer(converter: cattrs.Converter, cls: type[Any]) -> _Writer:
    from cattrs.gen import make_dict_unstructure_fn, override  # noqa: PLC0415 - as above

    names = [field.name for field in attrs.fields(cls)]
    options: dict[str, Any] = {name: override(rename=member_name(name), omit=name == UNKNOWN_MEMBERS) for name in names}
    known = make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **options)
    if UNKNOWN_MEMBERS in names:
        return lambda value: known(value) | thaw(value.unknown_members)
    return known


def _is_optional_part(hint: Any) -> bool:
    choices = get_args(hint)
    return type(None) in choices and any(attrs.has(choice) for choice in choices)


def _is_string_map(hint: Any) -> bool:
    return hint in (Mapping[str, str], Mapping[str, str] | None)


def _is_string_list_map(hint: Any) -> bool:
    return hint in (Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]] | None)


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
