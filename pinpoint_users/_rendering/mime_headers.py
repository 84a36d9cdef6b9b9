"""Headers of a MIME message with variables in them: read where they are encoded, filled, and encoded again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any
from urllib.parse import quote

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Output

_FIELD = re.compile(r"^(?P<name>[!-9;-~]+):[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_LINE_BREAK = re.compile(r"[\r\n]")
_UNREADABLE = (MessageError, AttributeError, LookupError, TypeError, ValueError)
"""What the email package raises where it can't read a header."""
_OF_ADDRESSES = re.compile(
    r"(?i)(resent-)?(from|sender|to|cc|bcc|reply-to)|return-receipt-to|disposition-notification-to|errors-to"
)
_OF_PARAMETERS = re.compile(r"(?i)content-(type|disposition)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PARAMETER = re.compile(r';\s*(?P<name>[\w-]+)\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"')
_WORD = re.compile(r"=\?[^?]*\?[bBqQ]\?.*?\?=")
"""An encoded word, of RFC 2047."""
_LONG = 900
"""Characters, of which with what stands around them a line may have 998 (RFC 5322, section 2.1.1)."""
_LONG_LINE = re.compile(r"[^\n]{999}")
_PIECE = re.compile(r"(?:%..|[^%]){1,50}")
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
        if _OF_PARAMETERS.fullmatch(name) and "%7b%7b" in value.lower():
            again: str | None = _with_plain_parameters(name, value)
        elif "=?" not in value and not (is_of_addresses and "{{" in value):
            return found[0]
        else:
            again = _with_quoted_names(value) if is_of_addresses else _decoded(value)
        return f"{name}: {again}" if again is not None and "{{" in again else found[0]

    return _FIELD.sub(anew, before) if "{{" in before or "=?" in before or "%" in before else before


def _with_plain_parameters(name: str, value: str) -> str:
    """A header whose parameters are in quotes, none in the encoding of RFC 2231, if that can be read."""
    try:
        parameters: dict[str, str] = EmailPolicy().header_factory(name, value).params
    except _UNREADABLE:
        return value
    texts = [f'; {key}="{_in_quotes(text)}"' for key, text in parameters.items()]
    return value.partition(";")[0].strip() + "".join(texts) if "".join(texts).isprintable() else value


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


def encoded(filled: str, template: str, line: str) -> str:
    """Headers in ASCII, no line too long: what isn't so is put in encoded words, or as its kind of header has it.

    What a value says stands there as it is: what looks like an encoded word in it, which may hold a line break, is none.

    Args:
        filled: The headers, in none of which a value has a line break.
        template: The same with their variables.
        line: How lines end.
    """

    def anew(found: re.Match[str]) -> str:
        name, value = found["name"], _FOLD.sub("", found["value"])
        literal = [word for word in _WORD.findall(value) if word not in template]
        if not literal and value.isascii() and (_LONG_LINE.search(found[0]) is None or found[0] in template):
            return found[0]
        try:
            value.encode()
            folded = f"{name}: {_value(name, value, line, literal)}"
        except _UNREADABLE:
            return found[0]
        return found[0] if _LINE_BREAK.search(_FOLD.sub("", folded)) else folded

    return _FIELD.sub(anew, filled)


def _value(name: str, value: str, line: str, literal: list[str]) -> str:
    """A header's value in ASCII, where it can be read. What is literal in it is no encoded word."""
    if _OF_PARAMETERS.fullmatch(name):
        value = _PARAMETER.sub(lambda found: _parameter(found, line, literal), value)
    elif not _OF_ADDRESSES.fullmatch(name):
        return Header(value, "utf-8", header_name=name).encode(linesep=line)
    elif literal or value.isascii():
        return _mailboxes(getaddresses([value]), line)
    if value.isascii():
        return value
    policy = EmailPolicy(linesep=line)
    header = policy.header_factory(name, value)
    folded: str = header.fold(policy=policy).rstrip("\r\n").partition(":")[2].strip()
    if str(policy.header_factory(name, _FOLD.sub("", folded))) == str(header):
        return folded
    # Up to Python 3.13, this is a long name.
    return _mailboxes([(each.display_name, each.addr_spec) for each in header.addresses], line)


def _mailboxes(mailboxes: list[tuple[str, str]], line: str) -> str:
    if not all("@" in address for _, address in mailboxes):
        raise ValueError
    named = (
        f"{Header(name, 'utf-8', 60).encode(linesep=line)} <{address}>" if name else address for name, address in mailboxes
    )
    return f",{line} ".join(named)


def _parameter(found: re.Match[str], line: str, literal: list[str]) -> str:
    """A parameter as RFC 2231 has it, in pieces, where it isn't plain."""
    if found["value"].isascii() and len(found["value"]) < _LONG and not any(word in found["value"] for word in literal):
        return found[0]
    text = re.sub(r"\\(.)", r"\1", found["value"])
    quoted = quote(text, safe="", encoding="utf-8")
    pieces = _PIECE.findall(quoted)
    if len(pieces) == 1:
        return f";{line} {found['name']}*=utf-8''{quoted}"
    numbered = (f"{found['name']}*{number}*={piece}" for number, piece in enumerate([f"utf-8''{pieces[0]}", *pieces[1:]]))
    return "".join(f";{line} {each}" for each in numbered)
