"""Headers that are lists, of addresses or of parameters: a value is within one of their parts, whatever it says."""

from __future__ import annotations

import re
from email.utils import getaddresses
from urllib.parse import quote, unquote

from pinpoint_users._rendering.header_words import (
    STRING,
    HeaderError,
    has_values,
    in_words,
    is_a_value,
    is_plain,
    opened_words,
    quoted,
    together,
    unquoted,
)

_COMMENT = r"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)"
"""One, which may have others within it."""
_IN_ADDRESSES = re.compile(rf"{STRING}|{_COMMENT}|<[^<>]*>|[,:;]|[^\",:;<(]+|.", re.DOTALL)
_PARAMETER = re.compile(rf"(?:{STRING}|[^;])+", re.DOTALL)
_ATOM = r"(?:(?!=\?)[^\s\x00-\x1f\x7f<>()\[\],;:\"\\@])+"
_ADDRESS = re.compile(rf"(?:{_ATOM}|{STRING})@{_ATOM}")
_SPECIAL = re.compile(r"[<>()\[\],;:\"\\@]")
_TOKEN = re.compile(r"[\w!#$&^+./ -]*", re.ASCII)
_EXTENDED = re.compile(r"(?P<charset>[^']*)'(?P<language>[^']*)'(?P<rest>.*)", re.DOTALL)
_PIECE = re.compile(r"(?:%..|[^%]){1,50}")
_LONG = 60
_LONG_LINE = re.compile(r"[^\n]{900}")
_NOT_ONE = "has more or less than one address where a variable stands for one, once it is filled"
_UNREADABLE = "has a variable among addresses or parameters that can't be read"


def addresses(value: str, line: str) -> str:
    """The value of a header of addresses, anew where a variable's value is in it, or a letter outside of ASCII.

    Args:
        value: The header without its name, on one line, values apart.
        line: How lines end.

    Raises:
        HeaderError: A value can't stand where it is.
    """
    written, items = [], list[str]()
    for item in [*_IN_ADDRESSES.findall(value), ""]:
        if item and item not in ",:;":
            items.append(item)
            continue
        written += [_entry(items, line, is_group=item == ":"), item]
        items = []
    text = "".join(written)
    if _LONG_LINE.search(text) is None:
        return text
    return "".join(f"{part}{line}" if part in {",", ":"} else f" {part.lstrip()}" if part else "" for part in written).lstrip()


def _entry(items: list[str], line: str, *, is_group: bool) -> str:
    """A mailbox, or the name of a group."""
    text = "".join(items)
    if text.isascii():
        return text
    if len([item for item in items if item[0] == "<"]) > 1 or any(item in '"(<' for item in items):
        return _as_it_stands(text)
    try:
        return _mailbox(items, line, is_group=is_group)
    except UnicodeEncodeError:
        return _as_it_stands(text)


def _as_it_stands(text: str) -> str:
    if has_values(text):
        raise HeaderError(_UNREADABLE)
    return text


def _mailbox(items: list[str], line: str, *, is_group: bool) -> str:
    comments = [item for item in items if item[0] == "("]
    others = [item for item in items if item[0] != "("]
    at = next((number for number, item in enumerate(others) if item[0] == "<"), len(others))
    address, after = "".join(others[at : at + 1]), "".join(others[at + 1 :]).strip()
    if has_values(after):
        raise HeaderError(_UNREADABLE)
    if address or is_group:
        said = "".join(unquoted(item) if item[0] == '"' else item for item in others[:at])
        name = _name(together(opened_words(said)).strip(), line)
        parts = [name or '""' * is_group, _known(address) if has_values(address) else address]
    else:
        parts = [_bare(others, line)]
    lead = " " if items[0][0].isspace() else ""
    return lead + " ".join(part for part in [*parts, after, *(_comment(comment, line) for comment in comments)] if part)


def _name(name: str, line: str) -> str:
    if not name:
        return ""
    return quoted(name) if is_plain(name) else in_words(name, line)


def _known(address: str) -> str:
    """An address in angle brackets that has a value in it."""
    text = together(address)
    if not _ADDRESS.fullmatch(text[1:-1].strip()):
        raise HeaderError(_NOT_ONE)
    return text


def _bare(items: list[str], line: str) -> str:
    """What stands without angle brackets: an address as a rule, or a value that is one with a name."""
    said = [quoted(together(unquoted(item))) if item[0] == '"' else together(opened_words(item)) for item in items]
    text = "".join(said).strip()
    if _ADDRESS.fullmatch(text):
        return text
    if not _SPECIAL.search(text):
        return text if is_plain(text) else in_words(text, line)
    if not has_values("".join(items)):
        return text
    found = getaddresses([text])
    if not is_a_value("".join(items).strip()) or len(found) != 1 or not _ADDRESS.fullmatch(found[0][1]):
        raise HeaderError(_NOT_ONE)
    return " ".join([_name(found[0][0], line), f"<{found[0][1]}>"]).strip()


def _comment(comment: str, line: str) -> str:
    if comment.isascii():
        return comment
    text = together(opened_words(unquoted(comment)))
    return "(" + (re.sub(r"([()\\])", r"\\\1", text) if is_plain(text) else in_words(text, line)) + ")"


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
        raise HeaderError(_UNREADABLE)
    return ";".join([together(main), *(each if each.isascii() else _parameter(each, line) for each in others)])


def _parameter(parameter: str, line: str) -> str:
    name, equals, value = (part.strip() for part in parameter.partition("="))
    if not equals or has_values(name):
        return _as_it_stands(parameter)
    language, is_extended = "", name.endswith("*")
    if is_extended and (found := _EXTENDED.fullmatch(value)):
        charset, language = found["charset"] or "utf-8", found["language"]
        try:
            value = unquote(found["rest"], charset, "strict")
        except (LookupError, UnicodeError):
            return _as_it_stands(parameter)
    elif re.fullmatch(STRING, value, re.DOTALL):
        value = opened_words(unquoted(value))
    text = together(value)  # one that ends with a backslash isn't read to its end by all, Python's email among them
    if is_plain(text) and "\\" not in text and not is_extended:
        return f"{line if len(text) > _LONG else ''} {name}={quoted(text)}"
    try:
        return _extended(name.rstrip("*"), language, text, line)
    except UnicodeEncodeError:
        return _as_it_stands(parameter)


def _extended(name: str, language: str, text: str, line: str) -> str:
    """A parameter as RFC 2231 has it, in pieces where it is long."""
    first, *more = _PIECE.findall(quote(text, safe="", errors="strict")) or [""]
    said = f"utf-8'{language}'{first}"
    if not more:
        return f"{line} {name}*={said}"
    return ";".join(f"{line} {name}*{number}*={piece}" for number, piece in enumerate([said, *more]))
