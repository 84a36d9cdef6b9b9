"""The members of AWS's shapes as files may name them: in snake case or in AWS's own, one of both in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from pinpoint_users._shapes.names import member_name
from pinpoint_users.messages.email import SimpleEmailPart


@attrs.frozen
class Member:
    """One member of a shape."""

    field: str
    """Its name in snake case."""
    name: str
    """Its name as AWS writes it."""
    shape: type[Any] | None
    """The shape of its value, or of the items of its list; None for all else."""
    is_list: bool


_KNOWN: dict[type[Any], Mapping[str, Member]] = {}


def members_of(shape: type[Any]) -> Mapping[str, Member]:
    """The members of a shape, by both of their names."""
    if shape not in _KNOWN:
        _KNOWN[shape] = _members(shape)
    return _KNOWN[shape]


def _members(shape: type[Any]) -> Mapping[str, Member]:
    hints = get_type_hints(shape)
    found: dict[str, Member] = {}
    for field in attrs.fields(shape):
        below, is_list = _shape_in(hints[field.name])
        member = Member(field.name, member_name(field.name), below, is_list)
        found[member.field] = found[member.name] = member
    return found


def without_none(hint: Any) -> Any:
    """The type of a field that is set."""
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        return next(choice for choice in get_args(hint) if choice is not type(None))
    return hint


def _shape_in(hint: Any) -> tuple[type[Any] | None, bool]:
    hint = without_none(hint)
    if attrs.has(hint):
        return hint, False
    items = get_args(hint)
    is_list = get_origin(hint) is tuple and attrs.has(items[0])
    return (items[0], True) if is_list else (None, False)


def is_part(member: Member) -> bool:
    """Whether a plain string may stand for the member's value, as an e-mail's subject."""
    return member.shape is SimpleEmailPart
