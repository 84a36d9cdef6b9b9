"""Raw content: a push service's payload as JSON, measured in its shortest form.

A variable may stand where JSON has none, as in `{"aps": {"badge": {{count}}}}`: the rest is then checked with something else in
its place.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pinpoint_users._shapes.converters import is_text, kind, refuse, string
from pinpoint_users._shapes.limits import MAX_ADM, MAX_PUSH, MAX_VOIP, byte_count
from pinpoint_users._shapes.placeholders import with_stand_ins

_PIECE = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<blank>[ \t\n\r]+)'
    r"|(?P<tag>\{\{\{(?:\"[^\"]*\"|'[^']*'|[^{}\"'])*\}\}\}|\{\{(?:\"[^\"]*\"|'[^']*'|[^{}\"'])*\}\})",
    re.DOTALL,
)

_CONTROL = re.compile(r"[\x00-\x1f]")
_FCM = "fcmV1Message"
_WRAPPERS = frozenset({"ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM"})
"""The keys in which Amazon SNS takes a payload for each push service, as JSON in a string."""
_ODD = re.compile(rf'"(?:{_FCM}|{"|".join(sorted(_WRAPPERS))})"')


def push_raw_content(value: str | Mapping[str, object] | None) -> str | None:
    """Accepts a payload of at most 4 KB."""
    return _within(value, MAX_PUSH)


def adm_raw_content(value: str | Mapping[str, object] | None) -> str | None:
    """Accepts a payload of at most 6 KB."""
    return _within(value, MAX_ADM)


def apns_raw_content(value: str | Mapping[str, object] | None) -> str | None:
    """Accepts a payload of at most 5 KB, in its shortest form where it is over 4 KB, which only VoIP takes."""
    return _within(value, MAX_VOIP, kept_up_to=MAX_PUSH)


RAW_CONTENTS: frozenset[object] = frozenset({adm_raw_content, apns_raw_content, push_raw_content})
"""The converters of this module."""


def unchecked(_written: object, text: str) -> str | None:
    """What to tell of raw content that isn't JSON, of which it isn't known whether it becomes JSON, or that is hardly meant."""
    if _problem(text) is None:
        if _CONTROL.search(text) and _problem(text, strict=True) is not None:
            return r"has a control character in a string, which JSON has as \n, \t and the like; it is sent as it is"
        return _hardly_meant(json.loads(text, strict=False)) if _ODD.search(text) else None
    if _is_json_with_stand_ins(text):
        return None
    return "isn't JSON before its variables are filled, and can't be checked; it is sent as it is"


def _hardly_meant(content: Mapping[str, Any]) -> str | None:
    """What of a payload its push service refuses, or shows nobody."""
    wrapper = next((name for name, value in content.items() if name in _WRAPPERS and isinstance(value, str)), None)
    if wrapper is not None:
        return f"has the payload in {wrapper!r}, as Amazon SNS takes it: write what stands in there; it is sent as it is"
    for path in (("message", "data"), ("message", "android", "data")):
        data: Any = content.get(_FCM)
        for name in path:
            data = data.get(name) if isinstance(data, dict) else None
        other = [name for name, value in data.items() if not isinstance(value, str)] if isinstance(data, dict) else None
        if other:
            problem = "isn't text, and FCM refuses data that aren't: put it in quotes; it is sent as it is"
            return f"{_FCM}.{'.'.join(path)}[{other[0]!r}] {problem}"
    return None


def marked(text: str) -> tuple[str, list[str]]:
    """The text with a string of JSON in place of each variable outside of strings, and these variables in their order."""
    tags: list[str] = []

    def mark(piece: re.Match[str]) -> str:
        if piece["tag"] is None:
            return piece[0]
        tags.append(piece[0])
        return mark_of(len(tags) - 1)

    return _PIECE.sub(mark, text), tags


def texts_in(text: str) -> Iterator[str]:
    """What is filled each by itself: the strings, and the variables outside of them; of what isn't JSON yet, the whole."""
    document, variables = marked(text)
    try:
        parsed = json.loads(document, strict=False)
    except ValueError:
        yield text
        return
    yield from strings(parsed)
    yield from variables


def strings(value: Any) -> Iterator[str]:
    """Every string of a value in plain dicts and lists, but for keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def mark_of(index: int) -> str:
    """The string that stands for a variable in `marked`."""
    return f'"\ue000{index}\ue000"'


def _within(value: str | Mapping[str, object] | None, most: int, *, kept_up_to: int | None = None) -> str | None:
    """Accepts a mapping, or a string that holds a JSON object, whose compact UTF-8 is within the limit, variables aside.

    Args:
        value: A mapping becomes compact JSON; a string stays as it was written, unless it is too long so.
        most: The bytes that are allowed.
        kept_up_to: The bytes from which on a string is made compact; by default `most`.
    """
    text = _written(value) if isinstance(value, str) else _json_of(value)
    if text is None or byte_count(text) <= (kept_up_to or most):
        return text
    compact = _PIECE.sub(_shortest, text) if _problem(marked(text)[0]) is None else text
    size = byte_count(compact)
    if size > most:
        raise refuse(f"{size:,} bytes as compact JSON, at most {most:,} are allowed")
    return compact


def _written(text: str) -> str | None:
    """Accepts a string that holds a JSON object, or may hold one when its variables are filled."""
    problem = _problem(text)
    if problem is not None and not (_has_variable_outside_of_strings(text) or _is_json_with_stand_ins(text)):
        raise refuse(problem)
    return string(text)


def _has_variable_outside_of_strings(text: str) -> bool:
    """Whether it has one, and isn't a dict as Python writes it, in single quotes."""
    return bool(marked(text)[1]) and "'" not in _PIECE.sub("", text)


def _json_of(value: Mapping[str, object] | None) -> str | None:
    """Accepts a mapping, which is written as JSON."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise refuse(f"must be a mapping or a string of JSON, not {kind(value)}")
    try:
        return string(json.dumps(dict(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise refuse(f"can't be written as JSON: {error}") from None


def _plain(value: Any) -> object:
    """What `json` can write of a value that it doesn't know: of another mapping, and of what stands for an int."""
    if isinstance(value, Mapping):
        return dict(value)
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{kind(value)} is no value of JSON") from None


def _problem(text: str, *, strict: bool = False) -> str | None:
    """Why a string holds no JSON object, or None if it does; control characters in strings are let pass unless `strict`."""
    try:
        parsed = json.loads(text, parse_constant=_no_json, strict=strict)
    except (ValueError, RecursionError) as error:
        return f"isn't JSON ({error}): hand in a mapping, and the JSON is written for you"
    return None if isinstance(parsed, dict) else f"must be a JSON object, not {kind(parsed)}"


def _no_json(word: str) -> None:
    """Refuses the numbers that Python reads and JSON doesn't have."""
    raise ValueError(f"{word} is no value of JSON")


def _is_json_with_stand_ins(text: str) -> bool:
    return "{{" in text and any(_problem(with_stand_ins(text, stand_in)) is None for stand_in in ("0", ""))


def _shortest(piece: re.Match[str]) -> str:
    """Nothing for blanks between values; a string without the escapes that it can do without. Numbers stay as they are."""
    if piece["string"] is None:
        return "" if piece["blank"] else piece[0]
    text = json.loads(piece[0], strict=False)
    return json.dumps(text, ensure_ascii=False) if is_text(text) else piece[0]
