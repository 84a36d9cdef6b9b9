"""What AWS's own model says of a request: members that must be there, types, lengths, ranges, patterns, words."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from pinpoint_users._transport.operations import input_of
from pinpoint_users.local._reply import ErrorReplyError


@attrs.frozen
class Violation:
    """A constraint that a member doesn't satisfy."""

    path: str
    """The member, as AWS writes it: `content.simple.headers.1.member.name`."""
    constraint: str
    """What it must be."""

    def __str__(self) -> str:
        return f"Value at '{self.path}' failed to satisfy constraint: {self.constraint}"


def violations(operation: str, request: Mapping[str, Any]) -> list[Violation]:
    """The constraints of botocore's model that a request doesn't satisfy. Members that the model lacks are passed over.

    Raises:
        ErrorReplyError: A member is of another type.
    """
    shape, shapes = input_of(operation)
    checker = _Checker(shapes)
    checker.check(request, shape, "")
    return checker.found


def told(found: list[Violation]) -> str:
    """The violations in AWS's words."""
    return f"{len(found)} validation error{'s' * (len(found) != 1)} detected: {'; '.join(map(str, found))}"


class _Checker:
    def __init__(self, shapes: Mapping[str, Any]) -> None:
        self.found: list[Violation] = []
        self._shapes = shapes
        self._by_type: Mapping[str, Callable[[Any, Mapping[str, Any], str], None]] = {
            "structure": self._structure,
            "list": self._list,
            "map": self._map,
            "string": self._string,
            "integer": self._integer,
            "blob": self._blob,
        }

    def check(self, value: Any, name: str, path: str) -> None:
        shape = self._shapes[name]
        kind: str = shape["type"]
        is_its_type = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if not is_its_type:
            raise ErrorReplyError(400, f"The value at '{path}' isn't of the type {kind}.", "SerializationException")
        if kind in self._by_type:
            self._by_type[kind](value, shape, path)

    def _add(self, path: str, constraint: str) -> None:
        self.found.append(Violation(path, f"Member must {constraint}"))

    def _measure(self, size: int, shape: Mapping[str, Any], path: str, what: str = "length") -> None:
        if "min" in shape and size < shape["min"]:
            self._add(path, f"have {what} greater than or equal to {shape['min']}")
        if "max" in shape and size > shape["max"]:
            self._add(path, f"have {what} less than or equal to {shape['max']}")

    def _structure(self, value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> None:
        for name in shape.get("required", ()):
            if value.get(name) is None:
                self._add(_joined(path, name), "not be null")
        for name, member in shape["members"].items():
            if value.get(name) is not None:
                self.check(value[name], member["shape"], _joined(path, name))

    def _list(self, value: list[Any], shape: Mapping[str, Any], path: str) -> None:
        self._measure(len(value), shape, path)
        for number, item in enumerate(value, 1):
            self.check(item, shape["member"]["shape"], f"{path}.{number}.member")

    def _map(self, value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> None:
        self._measure(len(value), shape, path)
        for key, item in value.items():
            self.check(key, shape["key"]["shape"], f"{path}.key")
            self.check(item, shape["value"]["shape"], f"{path}.{key}.member")

    def _string(self, value: str, shape: Mapping[str, Any], path: str) -> None:
        self._measure(len(value), shape, path)
        if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
            self._add(path, f"satisfy regular expression pattern: {shape['pattern']}")
        if "enum" in shape and value not in shape["enum"]:
            self._add(path, f"satisfy enum value set: [{', '.join(shape['enum'])}]")

    def _integer(self, value: int, shape: Mapping[str, Any], path: str) -> None:
        self._measure(value, shape, path, "value")

    def _blob(self, value: str, _shape: Mapping[str, Any], path: str) -> None:
        try:
            base64.b64decode(value, validate=True)
        except ValueError:
            raise ErrorReplyError(400, f"The value at '{path}' isn't base64.", "SerializationException") from None


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "blob": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "timestamp": str,
    "boolean": bool,
}


def _joined(path: str, name: str) -> str:
    return f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
