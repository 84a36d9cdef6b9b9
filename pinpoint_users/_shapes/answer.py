"""The base of an answer's parts: what AWS's model doesn't have is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import attrs

from pinpoint_users._shapes.converters import InvalidValue, key_problems
from pinpoint_users._shapes.frozen import FrozenDict, freeze
from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, member_name
from pinpoint_users._shapes.shape import Shape, convert
from pinpoint_users.errors import Fault

NO_MEMBERS: Mapping[str, object] = FrozenDict()
"""What `unknown_members` is where there are none."""


class Answer(Shape):
    """A part of an answer, with a field `unknown_members` that `json_members` converts.

    A member that its field can't hold is among them too, as it came; `to_dict()` writes it from there.
    """

    __slots__ = ()

    WHERE_UNREADABLE: ClassVar[Mapping[str, object]] = NO_MEMBERS
    """What required fields are where the answer has nothing for them that can be read."""

    def _rules(self) -> Iterator[Fault]:
        unknown = getattr(self, UNKNOWN_MEMBERS)
        for field in attrs.fields(type(self)) if unknown else ():
            name = member_name(field.name)
            if name in unknown and field.name != UNKNOWN_MEMBERS and _can_hold(field, unknown[name]):
                yield Fault(f"{UNKNOWN_MEMBERS}[{member_name(field.name)!r}]", f"is known: it is the field {field.name}")


def _can_hold(field: attrs.Attribute[Any], value: object) -> bool:
    try:
        convert(field, value)
    except InvalidValue:
        return False
    return True


def json_members(value: Mapping[str, object]) -> Mapping[str, object]:
    """Accepts a mapping of strings to JSON values, even strings that aren't text."""
    problems = list(key_problems(value))
    frozen = {}
    for key, item in {} if problems else value.items():
        try:
            frozen[str.__str__(key)] = freeze(item)
        except RecursionError as error:  # noqa: PERF203 - to collect the faults of all members
            problems.append((f"[{key!r}]", f"is {error}"))
    if problems:
        raise InvalidValue(*problems)
    return FrozenDict(frozen)
