"""Dates as Pinpoint's helpers `dateFormat` and `now` read and write them, in English.

The patterns are those of Java's `SimpleDateFormat`, to which Pinpoint's user guide leads. Not emulated: weeks (`w`, `W`, `F`,
`Y`), zones by their full names (`zzzz`), reading a zone by another name than UTC's, and names in other languages.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping

_STYLES = {"full": "EEEE, MMMM d, yyyy", "long": "MMMM d, yyyy", "medium": "MMM d, yyyy", "short": "M/d/yy"}
"""The named formats, with Java's short months ("Sep"); the user guide's own example of `medium` has "Sept"."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PIECE = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^'A-Za-z]+)")


def zone(name: str) -> dt.tzinfo:
    """The zone of an ID such as `Europe/London`; UTC for one that isn't known, as in Java."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return dt.timezone.utc


def read_date(text: str, pattern: str | None, tz: dt.tzinfo | None) -> dt.datetime:
    """The date of a text: by its pattern, else ISO 8601. One that names no zone is taken for one of the zone that is asked for.

    Raises:
        ValueError: It isn't one, or the pattern isn't emulated.
    """
    date = dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip())) if pattern is None else _parsed(text, pattern)
    if date.tzinfo is None:
        return date.replace(tzinfo=tz or dt.timezone.utc)
    return date if tz is None else date.astimezone(tz)


def write_date(date: dt.datetime, form: str) -> str:
    """A date in a named format, or by a pattern.

    Raises:
        ValueError: The pattern isn't emulated.
    """
    return "".join(_written(date, letters, literal) for letters, literal in _pieces(_STYLES.get(form, form)))


def _pieces(pattern: str) -> Iterator[tuple[str, str]]:
    """The letters of a pattern, or else text that stands for itself."""
    at = 0
    for piece in _PIECE.finditer(pattern):
        if piece.start() != at:
            break
        at = piece.end()
        quoted, letters, _letter, plain = piece.groups()
        yield letters or "", plain or ("'" if quoted == "" else (quoted or "").replace("''", "'"))
    if at != len(pattern):
        raise ValueError(f"{pattern!r} has a quote that isn't closed")


_NUMBERS: Mapping[str, Callable[[dt.datetime], int]] = {
    "D": lambda date: int(f"{date:%j}"),
    "H": lambda date: date.hour,
    "K": lambda date: date.hour % 12,
    "L": lambda date: date.month,
    "M": lambda date: date.month,
    "S": lambda date: date.microsecond // 1_000,
    "d": lambda date: date.day,
    "h": lambda date: date.hour % 12 or 12,
    "k": lambda date: date.hour or 24,
    "m": lambda date: date.minute,
    "s": lambda date: date.second,
    "u": lambda date: date.isoweekday(),
    "y": lambda date: date.year,
}


_TEXTS: Mapping[str, Callable[[dt.datetime, int], str]] = {
    "E": lambda date, size: _name(_DAYS[date.weekday()], size),
    "G": lambda _date, _size: "AD",
    "X": lambda date, size: _offset(date, size) if date.utcoffset() else "Z",
    "Z": lambda date, _size: _offset(date, 2),
    "a": lambda date, _size: "AM" if date.hour < 12 else "PM",
}


def _written(date: dt.datetime, letters: str, literal: str) -> str:
    letter, size = letters[:1], len(letters)
    if not letters:
        return literal
    if letters == "yy":
        return f"{date.year % 100:02}"
    if letter in "ML" and size > 2:
        return _name(_MONTHS[date.month - 1], size)
    if letter in _NUMBERS:
        return f"{_NUMBERS[letter](date):0{size}}"
    if letter in _TEXTS:
        return _TEXTS[letter](date, size)
    if letter != "z" or size > 3:
        raise ValueError(f"{letters} isn't emulated")
    return date.tzname() or ""


def _name(name: str, size: int) -> str:
    return name if size > 3 else name[:3]


def _offset(date: dt.datetime, size: int) -> str:
    """`+01`, `+0100` or `+01:00`."""
    seconds = int((date.utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{('', f'{minutes:02}', f':{minutes:02}')[min(size, 3) - 1]}"


_READ_NUMBERS = {
    "H": "hour",
    "L": "month",
    "M": "month",
    "S": "millisecond",
    "d": "day",
    "k": "hour",
    "m": "minute",
    "s": "second",
    "K": "half_day_hour",
    "h": "half_day_hour",
    "y": "year",
}


def _parsed(text: str, pattern: str) -> dt.datetime:
    pieces = list(_pieces(pattern))
    expressions = []
    for (letters, literal), (following, _) in zip(pieces, [*pieces[1:], ("", "")], strict=True):
        expressions.append(f"({_expression(letters, abuts=bool(following))})" if letters else re.escape(literal))
    found = re.match(r"\s*" + "".join(expressions), text, re.IGNORECASE)
    if found is None:
        raise ValueError(f"{text!r} isn't of the form {pattern}")
    parts: dict[str, int] = {"year": 1970, "month": 1, "day": 1}
    offset: dt.tzinfo | None = None
    for letters, value in zip([letters for letters, _ in pieces if letters], found.groups(), strict=True):
        if letters[0] in "zZX":
            offset = _read_offset(value)
        else:
            parts.update(_part(letters, value))
    hour, is_afternoon = parts.pop("half_day_hour", None), parts.pop("is_afternoon", 0)
    if hour is not None:
        parts["hour"] = hour % 12 + 12 * is_afternoon
    parts["hour"] = parts.get("hour", 0) % 24
    parts["microsecond"] = parts.pop("millisecond", 0) * 1_000
    return dt.datetime(**parts, tzinfo=offset)


def _expression(letters: str, *, abuts: bool) -> str:
    letter, size = letters[0], len(letters)
    if letter in "ML" and size > 2:
        return "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
    if letter in _READ_NUMBERS:
        return rf"\d{{{size}}}" if abuts else r"\d+"
    texts = {"E": "|".join(f"{day}|{day[:3]}" for day in _DAYS), "a": "AM|PM", "z": "UTC|GMT|Z", "G": "AD"}
    if letter in "XZ":
        return r"Z|[+-]\d{2}(?::?\d{2})?"
    if letter in texts:
        return texts[letter]
    raise ValueError(f"{letters} isn't emulated")


def _part(letters: str, value: str) -> dict[str, int]:
    letter = letters[0]
    if letter in "EG":
        return {}
    if letter == "a":
        return {"is_afternoon": int(value.upper() == "PM")}
    if not value.isdigit():
        return {"month": 1 + next(index for index, month in enumerate(_MONTHS) if month[:3].lower() == value[:3].lower())}
    number = int(value)
    if letters == "yy" and len(value) == 2:  # within 80 years before and 20 after today, as in Java
        latest = dt.datetime.now(dt.timezone.utc).year + 20
        number = latest - (latest - number) % 100
    return {_READ_NUMBERS[letter]: number}


def _read_offset(value: str) -> dt.tzinfo:
    if value[0] not in "+-":
        return dt.timezone.utc
    digits = value[1:].replace(":", "")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return dt.timezone(-offset if value[0] == "-" else offset)
