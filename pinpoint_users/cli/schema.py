"""The command `schema`: the JSON Schema of message files, by which editors complete and check them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pinpoint_users._files.schema import message_schema

if TYPE_CHECKING:
    from rich.console import Console


def run_schema(console: Console) -> int:
    """Writes the schema as JSON, for a file or a pipe.

    Args:
        console: Where to; nothing is wrapped or coloured.

    Returns:
        The exit code, 0.

    Raises:
        OSError: It can't be written.
    """
    console.file.write(schema_text())
    console.file.flush()
    return 0


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(message_schema(), indent=2, ensure_ascii=False) + "\n"
