"""TOML, YAML and JSON as plain values, with the line that each part begins at."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from json.decoder import scanstring
from typing import Any, TypeAlias

import attrs

from pinpoint_users._files.faults import FileFault, FileFaultsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a part."""

MAX_LEVELS = 50
MAX_PARTS = 100_000
_SPACE = " \t\n\r"


@attrs.frozen
class Tree:
    """A document's value, and where its parts are."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a part, or of the nearest one above it that is known."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_toml(name: str, text: str) -> Tree:
    """Reads TOML.

    Raises:
        FileFaultsError: It isn't.
    """
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, line = _toml_problem(error, text)
        raise _fault(name, line, problem) from None
    except RecursionError:
        raise _fault(name, 1, "is nested too deeply") from None
    return Tree(value, dict(_toml_lines(text, value)))


def _toml_problem(error: Exception, text: str) -> tuple[str, int]:
    found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", str(error))
    if found is None:
        return f"isn't TOML ({error})", 1
    line = int(found[1]) if found[1] else text.count("\n") + 1
    lines = text.split("\n")
    written = lines[line - 1].strip() if line <= len(lines) else ""
    remedy = 'a text is written in quotes, key = "text", and several lines in """…"""'
    if re.match(r"[\w-]+\s*:", written):
        remedy = "TOML writes key = value; a file in YAML is named .yaml"
    return f"isn't TOML ({str(error)[: found.start()]}): {remedy}", line


def _toml_lines(text: str, value: Any) -> Iterator[tuple[Path, int]]:
    """Where tables and keys are, by a second look at what is known to be TOML."""
    yield (), 1
    table: Path = ()
    counts: dict[Path, int] = {}
    closing: str | None = None
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        if closing is None and depth == 0:
            header = re.match(r"\s*(\[\[?)\s*(.*?)\s*\]\]?\s*(?:#.*)?$", line)
            if header is not None:
                table = _in_arrays(_toml_key(header[2]), value, counts, is_item=header[1] == "[[")
                yield table, number
                continue
            key = _KEY.match(line)
            if key is not None:
                path = (*table, *_toml_key(key[1]))
                for end in range(len(table) + 1, len(path) + 1):
                    yield path[:end], number
                line = line[key.end() :]  # noqa: PLW2901 - what comes after the key is looked at below
        closing, depth = _toml_state(line, closing, depth)


_BARE_OR_QUOTED = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_BARE_OR_QUOTED}(?:\s*\.\s*{_BARE_OR_QUOTED})*)\s*=")


def _toml_key(written: str) -> Path:
    keys: list[str] = []
    for part in re.findall(_BARE_OR_QUOTED, written):
        if part[0] == '"':
            keys.append(next(iter(tomllib.loads(f"{part} = 0"))))
        else:
            keys.append(part.strip("'"))
    return tuple(keys)


def _in_arrays(path: Path, value: Any, counts: dict[Path, int], *, is_item: bool) -> Path:
    """The path of a table, whose steps through lists of tables lead to their last one so far."""
    found: Path = ()
    for at, key in enumerate(path):
        found = (*found, key)
        value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            if is_item and at == len(path) - 1:
                counts[found] = counts.get(found, -1) + 1
            index = counts.get(found, 0)
            value = value[index] if index < len(value) else None
            found = (*found, index)
    return found


_TOML_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#|[\[\]{}]|\\.')


def _toml_state(line: str, closing: str | None, depth: int) -> tuple[str | None, int]:
    """Which string and how many brackets are open after a line."""
    at = 0
    while at < len(line):
        if closing is not None:
            end = _end_of(line, closing, at)
            if end < 0:
                return closing, depth
            at, closing = end, None
            continue
        token = _TOML_TOKEN.search(line, at)
        if token is None or token[0] == "#":
            break
        at = token.end()
        if token[0] in {'"""', "'''"}:
            closing = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return closing, depth


def _end_of(line: str, closing: str, at: int) -> int:
    if closing == "'''":
        found = line.find(closing, at)
        return found + 3 if found >= 0 else -1
    match = re.compile(r'(?:[^"\\]|\\.|\\$|"(?!""))*"""').match(line, at)
    return match.end() if match else -1


def read_json_text(name: str, text: str) -> Tree:
    """Reads JSON, in which no key may be there twice.

    Raises:
        FileFaultsError: It isn't.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        remedy = "JSON takes double quotes, commas between members and no comma at the end, and no comments"
        raise _fault(name, error.lineno, f"isn't JSON ({error.msg}, column {error.colno}): {remedy}") from None
    except (RecursionError, ValueError):
        raise _fault(name, 1, "is nested too deeply, or has a number that is too long") from None
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
            raise _fault(self._name, self._line(at), f"is nested more than {MAX_LEVELS} levels deep")
        self._lines.setdefault(path, self._line(at))
        opening = self._text[at]
        if opening == '"':
            return scanstring(self._text, at + 1)
        if opening not in "{[":
            value, end = json.JSONDecoder().raw_decode(self._text, at)
            return value, end
        members: dict[str, Any] = {}
        items: list[Any] = []
        at = self._skip(at + 1)
        while self._text[at] not in "}]":
            key: str | int = len(items)
            if opening == "{":
                line = self._line(at)
                key, at = scanstring(self._text, at + 1)
                if key in members:
                    first = self._lines[(*path, key)]
                    self._faults.append(
                        FileFault(self._name, line, str(key), f"is there twice, first in line {first}: take one out")
                    )
                self._lines.setdefault((*path, key), line)
                at = self._skip(self._skip(at) + 1)
            value, at = self._value(at, (*path, key))
            members[str(key)] = value
            items.append(value)
            at = self._skip(at)
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return (members if opening == "{" else items), at + 1


def read_yaml(name: str, text: str) -> Tree:
    """Reads YAML 1.2, of which tags that make objects are refused.

    Raises:
        FileFaultsError: It isn't YAML, ruamel.yaml isn't installed, or the document is too large once its aliases are followed.
    """
    try:
        from ruamel.yaml import YAML, YAMLError  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise _fault(name, None, "is YAML, which needs ruamel.yaml: pip install 'pinpoint-users[cli]', or write TOML") from None
    if tab := re.search(r"^ *\t+[ \t]*[^\s#]", text, re.MULTILINE):
        # Only where YAML stumbles over it: in a block of text, a tab is text.
        tab_line: int | None = text.count("\n", 0, tab.start()) + 1
    else:
        tab_line = None
    try:
        yaml = YAML(typ="safe", pure=True)
        node = yaml.compose(io.StringIO(text))
        return _YAMLReader(name).read(node)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        if "\\t" in problem or (tab_line is not None and (line is None or tab_line <= line)):
            raise _fault(name, tab_line or line, "has a tab before its key: YAML is indented by spaces") from None
        remedy = 'a text with ": " or " #" in it, or that begins with a sign, is written in quotes'
        raise _fault(name, line, f"isn't YAML ({problem}): {remedy}") from None
    except RecursionError:
        raise _fault(name, 1, "is nested too deeply") from None


class _YAMLReader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: dict[Path, int] = {}
        self._faults: list[FileFault] = []
        self._left = MAX_PARTS

    def read(self, node: Any) -> Tree:
        value = None if node is None else self._value(node, ())
        if self._faults:
            raise FileFaultsError(self._faults)
        return Tree(value, self._lines)

    def _value(self, node: Any, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        self._left -= 1
        if len(path) > MAX_LEVELS or self._left < 0:
            raise _fault(self._name, line, "is too large once its aliases are followed, or nested too deeply: write it out")
        kind = str(node.tag or "").removeprefix("tag:yaml.org,2002:")
        children = node.value
        if kind == "map":
            return self._mapping(children, path)
        if kind == "seq":
            return [self._value(child, (*path, index)) for index, child in enumerate(children)]
        if kind in _SCALARS and isinstance(children, str):
            return _scalar(kind, children)
        self._faults.append(FileFault(self._name, line, dotted(path), f"has the tag {node.tag}: only plain values are taken"))
        return None

    def _mapping(self, pairs: list[tuple[Any, Any]], path: Path) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key_node, value_node in pairs:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node.value, str):
                self._faults.append(FileFault(self._name, line, dotted(path), "has a key that is no text: write it in quotes"))
                continue
            key = key_node.value
            if key == "<<":
                problem = "merges another mapping: write its members out"
                self._faults.append(FileFault(self._name, line, dotted(path), problem))
                continue
            where = (*path, key)
            if key in members:
                problem = f"is there twice, first in line {self._lines[where]}: take one out"
                self._faults.append(FileFault(self._name, line, dotted(where), problem))
            self._lines.setdefault(where, line)
            members[key] = self._value(value_node, where)
        return members


_SCALARS = {"bool", "float", "int", "null", "str", "timestamp"}


def _scalar(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0 if re.match(r"[-+]?0[xob]", text) else 10)
        if kind == "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        pass
    return text


def dotted(path: Path) -> str:
    """A path as faults write it."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            written += f".{step}" if written else step
        else:
            written += f"[{step!r}]"
    return written


def _fault(name: str, line: int | None, problem: str) -> FileFaultsError:
    return FileFaultsError([FileFault(name, line, "", problem)])
