"""Pinpoint's template helpers.

Source: Amazon Pinpoint user guide, "Using message template helpers".
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pinpoint_users._rendering.dates import read_date, write_date, zone

MAX_ITEMS = 15
"""The most items of a list that `each` goes through."""


TAKES_WORDS = frozenset({"inflect"})
"""The helpers whose arguments the user guide writes without quotes."""


def text_of(value: Any) -> str:
    """A value as it stands in a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(map(text_of, value))
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def is_true(value: Any) -> bool:
    """Whether `if` takes a value for true: there, and not empty."""
    return any(map(is_true, value)) if isinstance(value, (list, tuple)) else bool(value)


def _number(value: Any) -> float:
    return float(text_of(value))


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def helper(first: Any, second: Any) -> bool:
        try:
            return compare(_number(first), _number(second))
        except ValueError:
            return compare(text_of(first), text_of(second))

    return helper


CONDITIONS: Mapping[str, Callable[..., bool]] = {
    "and": lambda *values: all(map(is_true, values)),
    "eq": lambda first, second: text_of(first) == text_of(second),
    "gt": _compared(lambda first, second: bool(first > second)),
    "gte": _compared(lambda first, second: bool(first >= second)),
    "if": is_true,
    "lt": _compared(lambda first, second: bool(first < second)),
    "lte": _compared(lambda first, second: bool(first <= second)),
    "neq": lambda first, second: text_of(first) != text_of(second),
    "not": lambda value: not is_true(value),
    "or": lambda *values: any(map(is_true, values)),
    "unless": lambda value: not is_true(value),
}
"""The helpers that are true or false, alone or as blocks."""


def _abbreviate(value: Any, size: Any) -> str:
    text, most = text_of(value), int(_number(size))
    return text if len(text) <= most else text[: max(most - 3, 0)] + "..."


def _ordinal(value: Any) -> str:
    number = int(_number(value))
    ending = "th" if abs(number) % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(abs(number) % 10, "th")
    return f"{number}{ending}"


def _pad(text: str, size: Any, pad: Any, way: Callable[[str, int, str], str]) -> str:
    return way(text, min(int(_number(size)), 10_000), text_of(pad)[:1] or " ")


def _inflect(count: Any, singular: Any, plural: Any, **named: Any) -> str:
    word = text_of(singular if _number(count) == 1 else plural)
    return f"{text_of(count)} {word}" if is_true(named.get("includeCount")) else word


def _yes_or_no(value: Any, yes: Any = "yes", no: Any = "no", maybe: Any = "maybe") -> str:
    text = text_of(value).lower()
    return text_of(yes if text == "true" else no if text == "false" else maybe)


def _join(values: Any, separator: Any = ",", prefix: Any = "", suffix: Any = "") -> str:
    items = values if isinstance(values, (list, tuple)) else [values]
    return text_of(prefix) + text_of(separator).join(map(text_of, items)) + text_of(suffix)


def _now(form: Any = "medium", tz: Any = "UTC") -> str:
    return write_date(dt.datetime.now(zone(text_of(tz))), text_of(form))


def _date_format(value: Any, outputFormat: Any = "medium", inputFormat: Any = None, tz: Any = None) -> str:  # noqa: N803 - Pinpoint's
    pattern = None if inputFormat is None else text_of(inputFormat)
    return write_date(read_date(text_of(value), pattern, None if tz is None else zone(text_of(tz))), text_of(outputFormat))


def _hashed(name: str) -> Callable[[Any], str]:
    return lambda value: hashlib.new(name, _bytes(value), usedforsecurity=False).hexdigest()


def _bytes(value: Any) -> bytes:
    return text_of(value).encode("utf-8", "replace")


def _strip_tags(text: str) -> str:
    end = text.rfind(">") + 1  # behind it each "<" would have its end sought to the end of the text
    return re.sub(r"<[^>]*>", "", text[:end]) + text[end:]


HELPERS: Mapping[str, Callable[..., Any]] = {
    "abbreviate": _abbreviate,
    "add": lambda first, second: _number(first) + _number(second),
    "capitalize": lambda value: re.sub(r"\S+", lambda word: word[0][:1].upper() + word[0][1:], text_of(value)),
    "capitalizeFirst": lambda value: text_of(value)[:1].upper() + text_of(value)[1:],
    "ceiling": lambda value: math.ceil(_number(value)),
    "center": lambda value, size, pad=" ": _pad(text_of(value), size, pad, str.center),
    "cut": lambda value, what=" ": text_of(value).replace(text_of(what), ""),
    "dateFormat": _date_format,
    "decode64": lambda value: base64.b64decode(_bytes(value)).decode("utf-8", "replace"),
    "divide": lambda first, second: _number(first) / _number(second),
    "encode64": lambda value: base64.b64encode(_bytes(value)).decode("ascii"),
    "floor": lambda value: math.floor(_number(value)),
    "inflect": _inflect,
    "join": _join,
    "ljust": lambda value, size, pad=" ": _pad(text_of(value), size, pad, str.ljust),
    "lower": lambda value: text_of(value).lower(),
    "md5": _hashed("md5"),
    "modulo": lambda first, second: math.fmod(_number(first), _number(second)),
    "multiply": lambda first, second: _number(first) * _number(second),
    "now": _now,
    "ordinalize": _ordinal,
    "replace": lambda value, old, new: text_of(value).replace(text_of(old), text_of(new)),
    "rjust": lambda value, size, pad=" ": _pad(text_of(value), size, pad, str.rjust),
    "round": lambda value: math.floor(_number(value) + 0.5),
    "sha256": _hashed("sha256"),
    "sha512": _hashed("sha512"),
    "slugify": lambda value: re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", text_of(value)).strip()).lower(),
    "stripTags": lambda value: _strip_tags(text_of(value)),
    "substring": lambda value, start, end=None: text_of(value)[int(_number(start)) : end and int(_number(end))],
    "subtract": lambda first, second: _number(first) - _number(second),
    "upper": lambda value: text_of(value).upper(),
    "uuid": lambda: str(uuid.uuid4()),
    "yesno": _yes_or_no,
    **CONDITIONS,
}
"""The helpers, by name: all of the user guide's. Others of Handlebars' libraries, such as those that define a variable or
format a number, aren't emulated: they render nothing."""


def helped(name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What a helper makes of its arguments; None where there is no such helper, or where it can't use them."""
    try:
        if name in CONDITIONS:
            answer = CONDITIONS[name](*arguments)
            return named.get("yes", True) if answer else named.get("no", False)
        return HELPERS[name](*arguments, **named) if name in HELPERS else None
    except (TypeError, ValueError, ArithmeticError):
        return None
