"""Writes docs/message.schema.json, the JSON Schema of message files, from the classes.

`nox -s generate`, or `python tools/generate_schema.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pinpoint_users.cli.schema import schema_text

FILE = Path(__file__).parent.parent / "docs/message.schema.json"


def main() -> None:
    """Writes the file if it isn't what the classes say."""
    text = schema_text()
    if not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        FILE.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FILE} written\n")


if __name__ == "__main__":
    main()
