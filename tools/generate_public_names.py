"""Writes the tables of public names: `pinpoint_users/__init__.py` imports them for type checkers, all else is made of that.

`nox -s generate`, or `python tools/generate_public_names.py`, rewrites what stands below the marker line.
"""

from __future__ import annotations

import ast
import sys
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
        *(f'    "{name}": "{modules[name]}",' for name in names),
        "}",
        "",
    ]
    return written + "\n".join(lines)


def main() -> None:
    """Writes the file if its tables aren't those of its imports."""
    source = FILE.read_text(encoding="utf-8")
    if generate(source) != source:
        FILE.write_text(generate(source), encoding="utf-8")
        sys.stdout.write(f"{FILE} written\n")


if __name__ == "__main__":
    main()
