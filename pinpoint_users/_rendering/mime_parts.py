"""A MIME message taken apart: the headers and the body of each part, and what stands in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

import attrs

_BLANKS = re.compile(r"(?m)^([!-9;-~]+)[ \t]+:")
"""What older mails have before a colon (RFC 5322, section 4.5), at which the standard library ends the headers."""
_BEGIN = re.compile(r"[!-9;-~]+[ \t]*:|\{\{|From |\r?\n")
"""What headers begin with: a field, a variable, an envelope's line, or nothing at all."""
_BLANK_LINE = re.compile(r"(?:^|(?<=\n))\r?\n")
_LINE_END = re.compile(r"\r\n?|\n")


@attrs.frozen
class Part:
    """A part's headers and its body; of a multipart, what stands before its parts."""

    headers: str
    """With the blank line behind them; none of what stands between parts."""
    body: str
    said: Message | None = None
    """What the headers say; of what isn't a part, None."""


def parts_of(text: str, default_type: str = "text/plain") -> Iterator[Part]:
    """All parts of a message in their order, those in others too, but none of a message that is attached.

    What is read of them, one after another, is the text.

    Args:
        text: The message, or a part.
        default_type: What it is where it doesn't say.
    """
    headers, body = _apart(text)
    said = HeaderParser().parsestr(_BLANKS.sub(r"\1:", headers))
    said.set_default_type(default_type)
    delimiters = list(_delimiters(said, body))
    if not delimiters:
        yield Part(headers, body, said)
        return
    inner = "message/rfc822" if said.get_content_type() == "multipart/digest" else "text/plain"
    at = delimiters[0].start()
    yield Part(headers, body[:at], said)
    ends = [*(each.start() for each in delimiters[1:]), len(body)]
    for delimiter, end in zip(delimiters, ends, strict=True):
        if delimiter["is_last"]:
            break
        line_end = _LINE_END.match(body, delimiter.end())
        begin = min(end, line_end.end() if line_end else end)
        yield Part("", body[at:begin])
        yield from parts_of(body[begin:end], inner)
        at = end
    yield Part("", body[at:])


def _apart(text: str) -> tuple[str, str]:
    if not _BEGIN.match(text):
        return "", text
    blank = _BLANK_LINE.search(text)
    at = blank.end() if blank else len(text)
    return text[:at], text[at:]


def _delimiters(said: Message, body: str) -> Iterator[re.Match[str]]:
    """What is before, between and behind the parts of a multipart, with the end of the line before it."""
    boundary = said.get_boundary() if said.get_content_maintype() == "multipart" else None
    if boundary:
        pattern = rf"(?:\A|\r\n?|\n)--{re.escape(boundary)}(?P<is_last>--)?[ \t]*(?=[\r\n]|\Z)"
        yield from re.finditer(pattern, body)
