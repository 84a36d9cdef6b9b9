"""Writes the tables of public names: `pinpoint_users/__init__.py` imports them for type checkers, all else is made of that.

`nox -s generate`, or `python tools/generate_public_names.py`, rewrites what stands below the marker line.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

FILE = Path(__file__).parent.parent / "pinpoint_users/__init__.py"
START = "# Generated from the imports above by `nox -s generate`, down to the end of the file."


def generate(source: str) -> str:
    """The file with the tables of the names that it imports."""
    written = source.partition(START)[0]
    imports = [
        node
        for node in ast.walk(ast.parse(written))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pinpoint_users")
    ]
    modules = {alias.name: node.module for node in imports for alias in node.names}
    names = sorted(modules)
    lines = [
        START,
        "",
        "__all__ = [",
        *(f'    "{name}",' for name in names),
        "]",
        "",
        "_MODULES = {",
        "    name: module",
        "    for module, names in {",
        *(
            line
            for module in sorted({*modules.values()})
            for line in _entry(module, [n for n in names if modules[n] == module])
        ),
        "    }.items()",
        "    for name in names.split()",
        "}",
        "",
    ]
    return written + "\n".join(lines)


def _entry(module: str | None, names: list[str]) -> list[str]:
    """A module and its names, in as few lines as they take."""
    texts = textwrap.wrap(" ".join(names), 110)
    if len(texts) == 1 and len(texts[0]) + len(module or "") < 110:
        return [f'        "{module}": "{texts[0]}",']
    return [
        f'        "{module}": (',
        *(f'            "{text} "' for text in texts[:-1]),
        f'            "{texts[-1]}"',
        "        ),",
    ]


def main() -> None:
    """Writes the file if its tables aren't those of its imports."""
    source = FILE.read_text(encoding="utf-8")
    if generate(source) != source:
        FILE.write_text(generate(source), encoding="utf-8")
        sys.stdout.write(f"{FILE} written\n")


if __name__ == "__main__":
    main()
