"""Headers of parameters: a value is within one of them, whatever it says."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from pinpoint_users._rendering.header_words import (
    COMMENT,
    STRING,
    UNREADABLE,
    HeaderError,
    as_it_stands,
    has_long_lines,
    has_values,
    is_plain,
    opened_words,
    quoted,
    together,
    unquoted,
)

_PARAMETER = re.compile(rf"(?:{STRING}|[^;])+", re.DOTALL)
_AS_A_STRING = re.compile(rf"({STRING})\s*(?:{COMMENT}\s*)*", re.DOTALL)
_TOKEN = re.compile(r"[\w!#$&^+./ -]{0,200}", re.ASCII)
_EXTENDED = re.compile(r"(?P<charset>[^']*)'(?P<language>[^']*)'(?P<rest>.*)", re.DOTALL)
_PIECE = re.compile(r"(?:%..|[^%]){1,50}")
_LONG = 60


def parameters(value: str, line: str) -> str:
    """The value of a header of parameters, anew in those where a variable's value is, or a letter outside of ASCII.

    Args:
        value: The header without its name, on one line, values apart.
        line: How lines end.

    Raises:
        HeaderError: A value can't stand where it is.
    """
    main, *others = _PARAMETER.findall(value)
    if has_values(main) and not _TOKEN.fullmatch(together(main)):
        raise HeaderError(UNREADABLE)
    names = [each.partition("=")[0].strip() for each in others]
    written = [
        each if each.isascii() else _parameter(each, line)
        for name, each in zip(names, others, strict=True)
        if each.isascii() or f"{name}*" not in names  # which says the same, and is read by all who don't read this
    ]
    text = ";".join([together(main), *written])
    return f";{line} ".join([together(main), *map(str.strip, written)]) if has_long_lines(text) else text


def _parameter(parameter: str, line: str) -> str:
    name, equals, value = (part.strip() for part in parameter.partition("="))
    if not equals or has_values(name):
        return as_it_stands(parameter)
    language, is_extended = "", name.endswith("*")
    if is_extended and (found := _EXTENDED.fullmatch(value)):
        charset, language = found["charset"] or "utf-8", found["language"]
        try:
            value = unquote(found["rest"], charset, "strict")
        except (LookupError, UnicodeError):
            return as_it_stands(parameter)
    elif found := _AS_A_STRING.fullmatch(value):
        value = opened_words(unquoted(found[1]))
    text = together(value)  # one that ends with a backslash isn't read to its end by all, Python's email among them
    if is_plain(text) and "\\" not in text and not is_extended:
        return f"{line if len(text) > _LONG else ''} {name}={quoted(text)}"
    try:
        return _extended(name.rstrip("*"), language, text, line)
    except UnicodeEncodeError:
        return as_it_stands(parameter)


def _extended(name: str, language: str, text: str, line: str) -> str:
    """A parameter as RFC 2231 has it, in pieces where it is long."""
    first, *more = _PIECE.findall(quote(text, safe="", errors="strict")) or [""]
    said = f"utf-8'{language}'{first}"
    if not more:
        return f"{line} {name}*={said}"
    return ";".join(f"{line} {name}*{number}*={piece}" for number, piece in enumerate([said, *more]))
