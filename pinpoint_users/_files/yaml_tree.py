"""YAML 1.2 with its lines, by ruamel.yaml: plain values only, whatever its tags and aliases would make."""

from __future__ import annotations

import io
import re
from typing import Any

from pinpoint_users._files.faults import FileFault, FileFaultsError
from pinpoint_users._files.trees import MAX_LEVELS, Path, Tree, dotted, tree_fault

MAX_PARTS = 100_000
"""Parts of a document whose aliases are followed."""


def read_yaml(name: str, text: str) -> Tree:
    """Reads YAML 1.2, of which tags that make objects are refused.

    Raises:
        FileFaultsError: It isn't YAML, ruamel.yaml isn't installed, or the document is too large once its aliases are followed.
    """
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415 - an extra, and slow to import
        from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - likewise
    except ImportError:
        problem = "is YAML, which needs ruamel.yaml, of the extra `cli`: in a clone, pip install '.[cli]'; or write TOML"
        raise tree_fault(name, None, problem) from None
    try:
        yaml = YAML(typ="safe", pure=True)
        node = yaml.compose(io.StringIO(text))
        return _YAMLReader(name).read(node)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        # Only where YAML stumbles over it: in a block of text, a tab is text.
        if line is not None and re.match(r" *\t", text.split("\n")[line - 1]):
            raise tree_fault(name, line, "has a tab before its key: YAML is indented by spaces") from None
        remedy = 'a text with ": " or " #" in it, or that begins with a sign, is written in quotes'
        raise tree_fault(name, line, f"isn't YAML ({problem}): {remedy}") from None
    except RecursionError:
        raise tree_fault(name, 1, "is nested too deeply") from None


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
            raise tree_fault(self._name, line, "is too large once its aliases are followed, or nested too deeply: write it out")
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
            if str(key_node.tag).endswith(":merge"):
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
            return float(text.lower().replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        pass
    return text
