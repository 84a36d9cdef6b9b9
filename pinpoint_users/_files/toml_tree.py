"""TOML with its lines, which the standard library's reader doesn't tell."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pinpoint_users._files.trees import Path, Tree, tree_fault

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def read_toml(name: str, text: str) -> Tree:
    """Reads TOML.

    Raises:
        FileFaultsError: It isn't.
    """
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, line = _toml_problem(error, text)
        raise tree_fault(name, line, problem) from None
    except RecursionError:
        raise tree_fault(name, 1, "is nested too deeply") from None
    return Tree(value, dict(_toml_lines(text, value)))


def _toml_problem(error: Exception, text: str) -> tuple[str, int]:
    found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", str(error))
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    problem = str(error)[: found.start()] if found else str(error)
    lines = text.split("\n")
    written = lines[line - 1].strip() if line <= len(lines) else ""
    remedy = 'a text is written in quotes, key = "text", and several lines in """…"""'
    if re.match(r"[\w-]+\s*:", written):
        remedy = "TOML writes key = value; a file in YAML is named .yaml"
    return f"isn't TOML ({problem}): {remedy}", line


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
