"""What to write instead of a value that is refused: worked out only once something has failed.

Each gives the end of a problem's text, colon included; empty where no remedy is known.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

_MISSING = {"NAType", "NaTType"}
"""What pandas has in empty cells, besides NaN."""
_STANDS_FOR_NONE = "it stands for no value, as in pandas"

ADDRESSES = frozenset(
    {
        "address",
        "addresses",
        "destination",
        "phone",
        "phone_number",
        "recipient",
        "recipients",
        "to",
        "to_address",
        "to_addresses",
    }
)
"""Names by which other APIs' messages have the address that they go to."""

_OF_SIMPLE_EMAIL = {"headers", "html", "html_body", "html_part", "htmlpart", "subject", "text", "text_part", "textpart"}


def as_string(value: object) -> str:
    """How a number, a UUID or bytes become the string that is wanted."""
    if _is_missing(value):
        return f": {_STANDS_FOR_NONE}: leave it out"
    if isinstance(value, float) and value.is_integer():  # as numbers of a column become beside an empty cell
        return ": write str(int(…))"
    if (isinstance(value, numbers.Number) and not isinstance(value, bool)) or type(value).__name__ == "UUID":
        return ": write str(…)"
    return ": write value.decode()" if isinstance(value, (bytes, bytearray)) else ""


def _is_missing(value: Any) -> bool:
    """Whether it is what tables have in empty cells, NaN among it."""
    return type(value).__name__ in _MISSING or (isinstance(value, numbers.Number) and value != value)  # noqa: PLR0124 - only NaN isn't itself


def as_list(value: object, item: type[object]) -> str:
    """How something becomes the list that is wanted."""
    if isinstance(value, item):
        return ": write [value]"
    if isinstance(value, Mapping) and item is not str:
        return f": write [{item.__name__}(name=…, value=…)]"
    return ": write list(value)" if isinstance(value, (set, frozenset)) else ""


def as_mapping_of_lists(value: object) -> str:
    """How pairs become the mapping of variables that is wanted."""
    return ': write {"name": ["…"]}' if isinstance(value, (list, tuple)) else ""


def as_variable(value: object, before: str, after: str = "") -> str:
    """How what isn't a string becomes a value of a variable."""
    if value is None or _is_missing(value):
        reason = "" if value is None else f"{_STANDS_FOR_NONE}: "
        return f': {reason}leave the variable out, or {before}""{after} for an empty text'
    if isinstance(value, Mapping):
        return f": give each of its values a variable of its own, or {before}json.dumps(value){after} for its JSON as text"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ': write a flat list of strings, ["…"]'
    return f': {before}str(value){after}, such as "5" for 5'


def instead_of_name(cls: type[object], name: str) -> str:
    """Where what a class has no field for belongs, without a colon."""
    if cls.__name__ == "EmailMessage" and name.lower() in _OF_SIMPLE_EMAIL:
        return "write simple_email=SimpleEmail(subject=…, html_part=…, text_part=…, headers=[…])"
    elsewhere = getattr(cls, "_elsewhere", None)
    return elsewhere(name) if elsewhere is not None else ""


def as_object(cls: type[object], value: object) -> str:
    """How a value becomes the object of a class that is wanted."""
    remedy = getattr(cls, "_remedy", None)
    written = "" if remedy is None else remedy(value)
    return written and f": {written}"
