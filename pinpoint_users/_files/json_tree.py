"""JSON with its lines, which the standard library's reader doesn't tell."""

from __future__ import annotations

import json
from typing import Any, cast

from pinpoint_users._files.faults import FileFault, FileFaultsError
from pinpoint_users._files.trees import MAX_LEVELS, Path, Tree, dotted, tree_fault

_SPACE = " \t\n\r"
_SCALAR = json.JSONDecoder()


def read_json_text(name: str, text: str) -> Tree:
    """Reads JSON, in which no key may be there twice.

    Raises:
        FileFaultsError: It isn't.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        remedy = "JSON takes double quotes, commas between members and no comma at the end, and no comments"
        raise tree_fault(name, error.lineno, f"isn't JSON ({error.msg}, column {error.colno}): {remedy}") from None
    except (RecursionError, ValueError):
        raise tree_fault(name, 1, "is nested too deeply, or has a number that is too long") from None
    return _JSONReader(name, text).read()


class _JSONReader:
    """Reads what is known to be JSON, and keeps the lines."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._lines: dict[Path, int] = {}
        self._faults: list[FileFault] = []
        self._counted = (0, 1)

    def read(self) -> Tree:
        value, _ = self._value(self._skip(0), ())
        if self._faults:
            raise FileFaultsError(self._faults)
        return Tree(value, self._lines)

    def _line(self, at: int) -> int:
        before, line = self._counted
        self._counted = at, line + self._text.count("\n", before, at)
        return self._counted[1]

    def _skip(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        return at

    def _value(self, at: int, path: Path) -> tuple[Any, int]:
        if len(path) > MAX_LEVELS:
            raise tree_fault(self._name, self._line(at), f"is nested more than {MAX_LEVELS} levels deep")
        self._lines.setdefault(path, self._line(at))
        opening = self._text[at]
        if opening not in "{[":
            return _SCALAR.raw_decode(self._text, at)
        members: dict[str, Any] = {}
        items: list[Any] = []
        at = self._skip(at + 1)
        while self._text[at] not in "}]":
            key: str | int = len(items)
            if opening == "{":
                line = self._line(at)
                key, at = cast("tuple[str, int]", _SCALAR.raw_decode(self._text, at))
                if key in members:
                    first = self._lines[(*path, key)]
                    problem = f"is there twice, first in line {first}: take one out"
                    self._faults.append(FileFault(self._name, line, dotted((*path, key)), problem))
                self._lines.setdefault((*path, key), line)
                at = self._skip(self._skip(at) + 1)
            value, at = self._value(at, (*path, key))
            members[str(key)] = value
            items.append(value)
            at = self._skip(at)
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return (members if opening == "{" else items), at + 1
