"""Headers of a MIME message with variables in them: read where they are encoded, filled, and encoded again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Output

_FIELD = re.compile(r"^(?P<name>[!-9;-~]+):[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_UNREADABLE = (MessageError, AttributeError, LookupError, TypeError, ValueError)
"""What the email package raises where it can't read a header."""
_OF_ADDRESSES = re.compile(
    r"(?i)(resent-)?(from|sender|to|cc|bcc|reply-to)|return-receipt-to|disposition-notification-to|errors-to"
)
_OF_PARAMETERS = re.compile(r"(?i)content-(type|disposition)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_TAG = re.compile(r"\{\{.*?\}\}")
_OPENING, _CLOSING = re.compile(r"\{\{~?[#^]"), re.compile(r"\{\{~?/")
"""Tags that belong together."""


class LineBreakError(ValueError):
    """A value in a header has a line break, which would begin another header."""


class InHeaders(Filler):
    """Fills headers."""

    __slots__ = ()

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        text = super()._output(output, scope, is_html=is_html)
        if "\n" in text or "\r" in text:
            raise LineBreakError
        return text


class InQuotes(Filler):
    """Fills what stands in quotes."""

    __slots__ = ()

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        return _in_quotes(super()._output(output, scope, is_html=is_html))


class InQuotedHeaders(InQuotes, InHeaders):
    """Both."""

    __slots__ = ()


def opened(before: str) -> str:
    """Headers in which what has a variable isn't in encoded words any more, and names in addresses that have one are quoted."""

    def anew(found: re.Match[str]) -> str:
        name, value = found["name"], _FOLD.sub("", found["value"])
        is_of_addresses = _OF_ADDRESSES.fullmatch(name)
        if "=?" not in value and not (is_of_addresses and "{{" in value):
            return found[0]
        again = _with_quoted_names(value) if is_of_addresses else _decoded(value)
        return f"{name}: {again}" if again is not None and "{{" in again else found[0]

    return _FIELD.sub(anew, before) if "{{" in before or "=?" in before else before


def _decoded(value: str) -> str:
    """A header without encoded words, if these can be read."""
    try:
        text = str(make_header(decode_header(value)))
    except _UNREADABLE:
        return value
    return text if text.isprintable() else value


def _with_quoted_names(value: str) -> str | None:
    """Mailboxes whose names have variables, in quotes; None where there are none, or these aren't mailboxes."""
    mailboxes = [(_decoded(name), address) for name, address in getaddresses([value])]
    has_some = any("{{" in name for name, _ in mailboxes)
    if not has_some or _OPENING.search(value) or not all(address for _, address in mailboxes):
        return None
    text = ", ".join(f'"{_in_quotes(name)}" <{address}>' if name else address for name, address in mailboxes)
    return text if _TAG.findall(text) == _TAG.findall(_decoded(value)) else None


def _in_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def segments(before: str) -> list[tuple[str, bool]]:
    """What is filled in one piece, and whether it stands in the quotes of a header with addresses or parameters."""
    found: list[tuple[str, bool]] = []
    at = 0
    for field in _FIELD.finditer(before) if "{{" in before else ():
        if _OF_ADDRESSES.fullmatch(field["name"]) or _OF_PARAMETERS.fullmatch(field["name"]):
            for quoted in _QUOTED.finditer(before, field.start("value"), field.end("value")):
                found += [(before[at : quoted.start(1)], False), (quoted[1], True)]
                at = quoted.end(1)
    found.append((before[at:], False))
    are_whole = all(len(_OPENING.findall(text)) == len(_CLOSING.findall(text)) for text, _ in found)
    return found if are_whole else [(before, False)]


def encoded(before: str, line: str) -> str:
    """Headers in ASCII: what isn't is put in encoded words, or as its kind of header has it, where it can be read.

    Args:
        before: The headers.
        line: How lines end.
    """
    if before.isascii():
        return before
    policy = EmailPolicy(linesep=line)

    def anew(found: re.Match[str]) -> str:
        name, value = found["name"], _FOLD.sub("", found["value"])
        if value.isascii():
            return found[0]
        try:
            value.encode()
            header = policy.header_factory(name, value)
            folded: str = header.fold(policy=policy).rstrip("\r\n")
            again = policy.header_factory(name, _FOLD.sub("", folded.partition(":")[2]).strip())
            if str(again) != str(header):  # as of a name of more than a line, before Python 3.14
                folded = f"{name}: {_mailboxes(header.addresses, line)}"
        except _UNREADABLE:
            return found[0]
        return folded

    return _FIELD.sub(anew, before)


def _mailboxes(addresses: Any, line: str) -> str:
    names = (Header(each.display_name, "utf-8", 60).encode(linesep=line) for each in addresses)
    return f",{line} ".join(f"{name} <{each.addr_spec}>" for name, each in zip(names, addresses, strict=True))
