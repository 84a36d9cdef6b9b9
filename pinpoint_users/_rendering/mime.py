"""A MIME message with variables in it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator, Mapping
from email import message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.policy import Compat32, EmailPolicy
from typing import TYPE_CHECKING, Any, cast

import attrs

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Node, Output, parse

if TYPE_CHECKING:
    from email.message import Message

_ENCODED = re.compile(rb"(?i)base64|quoted-printable|=\?")
_CODINGS = frozenset({"base64", "quoted-printable"})
_FIELD = re.compile(r"^(?P<name>[!-9;-~]+):[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_CODING_FIELD = re.compile(r"(?im)^Content-Transfer-Encoding:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_TYPE_FIELD = re.compile(r"(?im)^Content-Type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_CHARSET = re.compile(r"(?i);\s*charset\*?\s*=\s*(?:\"[^\"]*\"|[^\s;]+)")
_UNREADABLE = (MessageError, AttributeError, LookupError, TypeError, ValueError)
"""What the email package raises where it can't read a header."""


class Utf8Headers(EmailPolicy):
    """The standard library's policy, but headers that aren't encoded are read as UTF-8, as mail programs read them."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value."""
        return super().header_fetch_parse(name, _as_utf8(value))


class PlainUtf8Headers(Compat32):
    """The same for headers as they stand, which no mistake in them breaks."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value."""
        return super().header_fetch_parse(name, _as_utf8(value))


def _as_utf8(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@attrs.frozen
class _Piece:
    """A text of a message, and all that stands before it: headers, boundaries, files."""

    before: str
    text: str = ""
    is_html: bool = False
    coding: str = ""
    """How the text is written: `base64` or `quoted-printable`, or nothing where it stands as it is."""
    charset: str | None = None
    """The character set that it is written in; None where it can't be read by that: its bytes are kept."""
    rewritten: str = ""
    """What stands before it, if it were quoted-printable in UTF-8."""
    data: bytes | None = None
    """What stands in the text's place, where it is the same for all: of a file it may have megabytes."""
    _parsed: dict[str, tuple[Node, ...]] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def fill(self, filler: Filler, in_headers: Filler) -> Iterator[bytes]:
        """The piece for one recipient, in two parts."""
        if self.data is None:
            data, name = self._written(filler.render(self._nodes("text"), is_html=self.is_html))
        else:
            data, name = self.data, "before"
        before = in_headers.render(self._nodes(name))
        yield _bytes(_encoded(before) if "{{" in self.before else before)
        yield data

    def _nodes(self, name: str) -> tuple[Node, ...]:
        nodes = self._parsed.get(name)
        if nodes is None:
            nodes = self._parsed[name] = parse(getattr(self, name))
        return nodes

    def _written(self, text: str) -> tuple[bytes, str]:
        """A text's bytes, and which of the two is to stand before them."""
        if self.charset is None or (text.isascii() and not self.coding):
            return _bytes(text), "before"
        if self.coding:
            with contextlib.suppress(UnicodeError):
                return _coded(text.encode(self.charset), self.coding, _line_of(self.before)), "before"
        return _coded(text.encode(), "quoted-printable", ""), "rewritten"


@attrs.frozen
class MimeText:
    """What a MIME message is made of."""

    _pieces: tuple[_Piece, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What has variables that its reader sees: headers and texts, but no files."""
        return tuple(text for piece in self._pieces for text in (piece.before, piece.text) if "{{" in text)

    def fill(self, filler: Filler, *, refuses_line_breaks: bool = False) -> bytes:
        """The message for one recipient. Bytes that can't be read stay as they are.

        Args:
            filler: What fills it.
            refuses_line_breaks: Whether a value with a line break may stand in a header.

        Raises:
            LineBreakError: A value in a header has a line break.
        """
        in_headers = filler.alike(_InHeaders) if refuses_line_breaks else filler
        return b"".join([part for piece in self._pieces for part in piece.fill(filler, in_headers)])


class LineBreakError(ValueError):
    """A value in a header has a line break, which would begin another header."""


class _InHeaders(Filler):
    """Fills headers."""

    __slots__ = ()

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        text = super()._output(output, scope, is_html=is_html)
        if "\n" in text or "\r" in text:
            raise LineBreakError
        return text


def parse_mime(data: bytes) -> MimeText:
    """A MIME message, whose headers and texts are filled, those that are encoded too; in HTML parts as in HTML. Files stay.

    A text that isn't ASCII any more when it is filled is written anew in UTF-8, where it can't be written as its part says.
    """
    has_some = b"{{" in data or _ENCODED.search(data)
    return MimeText(tuple(_pieces_of(data.decode("latin-1")))) if has_some else MimeText((_Piece("", data=data),))


def _pieces_of(rest: str) -> Iterator[_Piece]:
    """The pieces of a message whose bytes are handed in as Latin-1, which the standard library reads as they stand."""
    for part in message_from_string(rest).walk():
        payload = part.get_payload()
        if not isinstance(payload, str) or not payload or (at := _place_of(payload, rest)) is None:
            continue
        before, rest = _opened(_text(rest[:at].encode("latin-1"))), rest[at + len(payload) :]
        yield _piece(part, payload, before)
    yield _Piece(_opened(_text(rest.encode("latin-1"))))


def _piece(part: Message, payload: str, before: str) -> _Piece:
    as_it_stands = payload.encode("latin-1")
    if part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
        return _Piece(before, data=as_it_stands)
    is_html = part.get_content_type() == "text/html"
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    coding = coding if coding in _CODINGS else ""
    charset = part.get_content_charset("utf-8").replace("us-ascii", "utf-8")
    try:
        text = cast("bytes", part.get_payload(decode=True)).decode(charset)
    except (LookupError, UnicodeError):
        piece = _Piece(before, _text(as_it_stands), is_html)
    else:
        piece = _Piece(before, text, is_html, coding, charset, _rewritten(before))
    return piece if "{{" in piece.text else _Piece(before, data=as_it_stands)


def _place_of(payload: str, rest: str) -> int | None:
    """Where a payload begins: after a blank line."""
    at = rest.find(payload)
    while at > 0 and not rest.endswith(("\n\n", "\n\r\n"), 0, at) and rest[:at].strip("\r\n"):
        at = rest.find(payload, at + 1)
    return None if at < 0 else at


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _line_of(before: str) -> str:
    """How lines end."""
    return "\r\n" if "\r\n" in before else "\n"


def _coded(data: bytes, coding: str, line: str) -> bytes:
    """Bytes as a transfer encoding has them: quoted-printable keeps their line breaks."""
    if coding == "quoted-printable":
        return binascii.b2a_qp(data)
    return base64.encodebytes(data).replace(b"\n", line.encode())


def _rewritten(before: str) -> str:
    """What stands before a text, whose part says now that the text is quoted-printable in UTF-8."""
    line = _line_of(before)
    lines = before.rstrip("\r\n")
    start = max(lines.rfind("\n\n"), lines.rfind("\n\r\n")) + 1
    others, fields = lines[:start], _CODING_FIELD.sub("", lines[start:] + line).rstrip("\r\n")
    if _TYPE_FIELD.search(fields):
        fields = _TYPE_FIELD.sub(lambda found: _CHARSET.sub("", found[0]).rstrip("; ") + "; charset=utf-8", fields, count=1)
    else:
        fields += f"{line}Content-Type: text/plain; charset=utf-8"
    if not others.strip() and "mime-version:" not in fields.lower():
        fields += f"{line}MIME-Version: 1.0"
    return f"{others}{fields}{line}Content-Transfer-Encoding: quoted-printable{line}{line}"


def _opened(before: str) -> str:
    """Headers, in which what has a variable isn't in encoded words any more."""

    def opened(found: re.Match[str]) -> str:
        try:
            value = str(make_header(decode_header(_FOLD.sub("", found["value"]))))
        except _UNREADABLE:
            return found[0]
        return f"{found['name']}: {value}" if "{{" in value and value.isprintable() else found[0]

    return _FIELD.sub(opened, before) if "=?" in before else before


def _encoded(before: str) -> str:
    """Headers in ASCII: what isn't is put in encoded words, or as its kind of header has it, where it can be read."""
    if before.isascii():
        return before
    policy = EmailPolicy(linesep=_line_of(before))

    def encoded(found: re.Match[str]) -> str:
        name, value = found["name"], _FOLD.sub("", found["value"])
        if value.isascii():
            return found[0]
        try:
            value.encode()
            header = policy.header_factory(name, value)
            folded = header.fold(policy=policy).rstrip("\r\n")
            again = policy.header_factory(name, _FOLD.sub("", folded.partition(":")[2]).strip())
        except _UNREADABLE:
            return found[0]
        return folded if str(again) == str(header) else found[0]

    return _FIELD.sub(encoded, before)
