"""Headers of links, of messages' identities, or of a list's: each in angle brackets, which a value in it doesn't end."""

from __future__ import annotations

import re
from urllib.parse import quote

from pinpoint_users._rendering.header_addresses import ITEM, phrase
from pinpoint_users._rendering.header_words import has_long_lines, together

_LINK = re.compile(r"<[^<>]*>")
_BETWEEN_LINKS = re.compile(r"(?<=>)(,?)\s*(?=<)")
_IN_LINKS = "!#$%&'()*+,/:;=?@[]"
"""What may stand in an address of the web beside letters, digits and `_.-~` (RFC 3986, section 2), and a percent sign."""


def links(value: str, line: str) -> str:
    """The value of a header of links or of messages' identities, each in angle brackets, which a value in it doesn't end.

    Args:
        value: The header without its name, values apart.
        line: How lines end.
    """

    def encoded(letter: str) -> str:
        return quote(letter, safe=_IN_LINKS)

    text = together(_LINK.sub(lambda link: together(link[0], encoded), value))
    return _BETWEEN_LINKS.sub(rf"\1{line} ", text) if has_long_lines(text) else text


def identity(value: str, line: str) -> str:
    """The value of `List-Id`: a list's name, and what it is known by, in angle brackets (RFC 2919, section 3)."""
    *said, known_by = ITEM.findall(value.rstrip(" \t"))
    if not _LINK.fullmatch(known_by):
        said, known_by = [*said, known_by], ""
    return f"{phrase(said, line)} {links(known_by, line)}".strip()
