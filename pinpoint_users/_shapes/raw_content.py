"""Raw content: a push service's payload as JSON, measured in its shortest form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from pinpoint_users._shapes.converters import is_text, json_object, refuse
from pinpoint_users._shapes.limits import byte_count

_STRING_OR_BLANK = re.compile(r'"(?:[^"\\]|\\.)*"|[ \t\n\r]+')


def raw_content_within(value: str | Mapping[str, object] | None, most: int, *, kept_up_to: int | None = None) -> str | None:
    """Accepts a mapping, or a string that holds a JSON object, whose compact UTF-8 is within the limit, variables aside.

    Args:
        value: A mapping becomes compact JSON; a string stays as it was written, unless it is too long so.
        most: The bytes that are allowed.
        kept_up_to: The bytes from which on a string is made compact; by default `most`.
    """
    text = json_object(value)
    if text is None or byte_count(text) <= (kept_up_to or most):
        return text
    compact = _STRING_OR_BLANK.sub(_shortest, text)
    size = byte_count(compact)
    if size > most:
        raise refuse(f"{size:,} bytes as compact JSON, at most {most:,} are allowed")
    return compact


def _shortest(part: re.Match[str]) -> str:
    """Nothing for blanks between values; a string without the escapes that it can do without. Numbers stay as they are."""
    written = part.group()
    if not written.startswith('"'):
        return ""
    text = json.loads(written)
    return json.dumps(text, ensure_ascii=False) if is_text(text) else written
