"""Headers of addresses: a value is within one of their names, whatever it says, or is one address."""

from __future__ import annotations

import re

from pinpoint_users._rendering.header_words import (
    COMMENT,
    STRING,
    UNREADABLE,
    HeaderError,
    as_it_stands,
    has_long_lines,
    has_values,
    in_words,
    is_a_value,
    is_plain,
    opened_words,
    quoted,
    together,
    unquoted,
)
from pinpoint_users._shapes.converters import InvalidValue
from pinpoint_users._shapes.domains import in_ascii

ITEM = re.compile(rf"{STRING}|{COMMENT}|<[^<>]*>|[,:;]|[^\",:;<(]+|.", re.DOTALL)
"""What such a header is made of."""
_ATOM = r"[^\s\x00-\x1f\x7f<>()\[\],;:\"\\@]+"
_ADDRESS = re.compile(rf"(?:{_ATOM}|{STRING})@(?:{_ATOM}|\[[!-Z^-~]*\])")
_WITH_A_NAME = re.compile(rf"(?P<name>{STRING}|[^<>,;\"\\@]*?)\s*<\s*(?P<address>[^<>]*?)\s*>", re.DOTALL)
_SPECIAL = re.compile(r"[<>()\[\],;:\"\\@]")
_NOT_ONE = "has more or less than one address where a variable stands for one, once it is filled"


def addresses(value: str, line: str) -> str:
    """The value of a header of addresses, anew where a variable's value is in it, or a letter outside of ASCII.

    Args:
        value: The header without its name, on one line, values apart.
        line: How lines end.

    Raises:
        HeaderError: A value can't stand where it is.
    """
    written, items = [], list[str]()
    for item in [*ITEM.findall(value), ""]:
        if item and item not in ",:;":
            items.append(item)
            continue
        written += [_entry(items, line, is_group=item == ":"), item]
        items = []
    text = "".join(written)
    if not has_long_lines(text):
        return text
    return "".join(f"{part}{line}" if part in {",", ":"} else f" {part.lstrip()}" if part else "" for part in written).lstrip()


def _entry(items: list[str], line: str, *, is_group: bool) -> str:
    """A mailbox, or the name of a group."""
    text = "".join(items)
    if text.isascii():
        return text
    if len([item for item in items if item[0] == "<"]) > 1 or any(item in '"(<' for item in items):
        return as_it_stands(text)
    try:
        return _mailbox(items, line, is_group=is_group)
    except UnicodeEncodeError:
        return as_it_stands(text)


def _mailbox(items: list[str], line: str, *, is_group: bool) -> str:
    comments = [item for item in items if item[0] == "("]
    others = [item for item in items if item[0] != "("]
    at = next((number for number, item in enumerate(others) if item[0] == "<"), len(others))
    address, after = "".join(others[at : at + 1]), "".join(others[at + 1 :]).strip()
    if has_values(after):
        raise HeaderError(UNREADABLE)
    if address or is_group:
        name = phrase(others[:at], line)
        parts = [name or '""' * is_group, address and f"<{_address(together(address[1:-1]), is_own=not has_values(address))}>"]
    else:
        parts = [_bare(others, line)]
    lead = " " if items[0][0].isspace() else ""
    return lead + " ".join(part for part in [*parts, after, *(_comment(comment, line) for comment in comments)] if part)


def phrase(items: list[str], line: str) -> str:
    """A name, of the items that it is made of."""
    said = "".join(unquoted(item) if item[0] == '"' else item for item in items)
    return _name(together(opened_words(said)).strip(), line)


def _name(name: str, line: str) -> str:
    if not name:
        return ""
    return quoted(name) if is_plain(name) else in_words(name, line)


def _address(address: str, *, is_own: bool) -> str:
    """An address in ASCII; one of the template's own is left as it is where it is none."""
    try:
        return _in_ascii(address.strip())
    except HeaderError:
        if is_own:
            return address
        raise


def _in_ascii(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise HeaderError(_NOT_ONE)
    local_part, _, domain = address.rpartition("@")
    if not is_plain(local_part):
        raise HeaderError("has an address with other than plain letters in ASCII before the @, which Amazon SES can't send to")
    if domain.isascii():
        return address
    try:
        return f"{local_part}@{in_ascii(domain)}"
    except InvalidValue as refusal:
        raise HeaderError(refusal.problems[0][1]) from None


def _bare(items: list[str], line: str) -> str:
    """What stands without angle brackets: an address as a rule, or a value that is one with a name."""
    whole = "".join(items).strip()
    said = [quoted(together(unquoted(item))) if item[0] == '"' else together(opened_words(item)) for item in items]
    text = "".join(said).strip()
    if _ADDRESS.fullmatch(text):
        return _address(text, is_own=not has_values(whole))
    named = _WITH_A_NAME.fullmatch(text) if is_a_value(whole) else None
    if named:
        name = unquoted(named["name"]) if text[0] == '"' else named["name"]
        return f"{_name(name, line)} <{_in_ascii(named['address'])}>".strip()
    if not _SPECIAL.search(text):
        return text if is_plain(text) else in_words(text, line)
    if has_values(whole):
        raise HeaderError(_NOT_ONE)
    return text


def _comment(comment: str, line: str) -> str:
    if comment.isascii():
        return comment
    text = together(opened_words(unquoted(comment)))
    return "(" + (re.sub(r"([()\\])", r"\\\1", text) if is_plain(text) else in_words(text, line)) + ")"
