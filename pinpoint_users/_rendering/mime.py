"""A MIME message with variables in it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from email.policy import Compat32, EmailPolicy
from typing import Any, cast

import attrs

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._rendering.mime_headers import InAnyHeaders, InHeaders, opened, written
from pinpoint_users._rendering.mime_parts import Part, parts_of
from pinpoint_users._shapes.placeholders import Node, parse

_ENCODED = re.compile(rb"(?i)base64|quoted-printable|=\?|%7b%7b")
_CODING = re.compile(r"(?i)\s*(base64|quoted-printable)\b")
_CODING_FIELD = re.compile(r"(?im)^Content-Transfer-Encoding:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_TYPE_FIELD = re.compile(r"(?im)^Content-Type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_LINE_END = re.compile(r"\r\n?|\n")
_LONG_LINE = re.compile(r"[^\n]{999}")
_CHARSET = re.compile(r"(?i);\s*charset\*?\s*=\s*(?:\"[^\"]*\"|[^\s;]+)")


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
    delimiters: re.Pattern[str] | None = None
    """What ends a part of the message, where it begins a line."""
    data: bytes | None = None
    """What stands in the text's place, where it is the same for all: of a file it may have megabytes."""
    _parsed: dict[str, tuple[Node, ...]] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def fill(self, filler: Filler, in_headers: Filler, *, refuses: bool) -> Iterator[bytes]:
        """The piece for one recipient, in two parts."""
        data, name = self.data, "before"
        if data is None:
            data, name = self._written(filler.render(self._nodes("text"), is_html=self.is_html))
        before = in_headers.render(self._nodes(name))
        yield _bytes(written(before, _line_of(before), refuses=refuses) if "{{" in self.before else before)
        yield data

    def _nodes(self, name: str) -> tuple[Node, ...]:
        nodes = self._parsed.get(name)
        if nodes is None:
            nodes = self._parsed[name] = parse(getattr(self, name))
        return nodes

    def _written(self, text: str) -> tuple[bytes, str]:
        """A text's bytes, and which of the two is to stand before them."""
        if self.charset is None:
            return _bytes(text), "before"
        line = _line_of(self.before)
        if self.coding == "base64":
            with contextlib.suppress(UnicodeError):
                return base64.encodebytes(text.encode(self.charset)).replace(b"\n", line.encode()), "before"
        text = _LINE_END.sub("\n", text)
        if "\n".encode(self.charset) != b"\n":
            pass  # of UTF-16, which has no lines that others know
        elif self.coding == "quoted-printable":
            with contextlib.suppress(UnicodeError):
                return self._quoted_printable(text.encode(self.charset), line), "before"
        elif text.isascii() and not _LONG_LINE.search(text) and not (self.delimiters and self.delimiters.search(text)):
            return text.replace("\n", line).encode(), "before"
        return self._quoted_printable(text.encode(), line), "rewritten"

    def _quoted_printable(self, data: bytes, line: str) -> bytes:
        """Lines, none of which ends a part."""
        text = binascii.b2a_qp(data).decode("latin-1")
        if self.delimiters is not None:
            text = self.delimiters.sub("=2D-", text)
        return text.replace("\n", line).encode("latin-1")


@attrs.frozen
class MimeText:
    """What a MIME message is made of."""

    _pieces: tuple[_Piece, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What has variables that its reader sees: headers and texts, but no files."""
        return tuple(text for piece in self._pieces for text in (piece.before, piece.text) if "{{" in text)

    def fill(self, filler: Filler, *, refuses: bool = False) -> bytes:
        """The message for one recipient. Bytes that can't be read stay as they are.

        Args:
            filler: What fills it.
            refuses: Whether a value that can't stand where it is in a header is an error.

        Raises:
            HeaderError: One can't: it has a line break, or isn't one address where one belongs.
        """
        in_headers = filler.alike(InHeaders if refuses else InAnyHeaders)
        return b"".join([part for piece in self._pieces for part in piece.fill(filler, in_headers, refuses=refuses)])


def parse_mime(data: bytes) -> MimeText:
    """A MIME message, whose headers and texts are filled, those that are encoded too; in HTML parts as in HTML. Files stay.

    A text that isn't ASCII any more when it is filled is written anew in UTF-8, where it can't be written as its part says; so
    is one with a line of more than 998 characters (RFC 5322, section 2.1.1), or with one that would end its part.
    """
    has_some = b"{{" in data or _ENCODED.search(data)
    return MimeText(tuple(_pieces_of(data.decode("latin-1")))) if has_some else MimeText((_Piece("", data=data),))


def _pieces_of(text: str) -> Iterator[_Piece]:
    """The pieces of a message whose bytes are handed in as Latin-1, which the standard library reads as they stand."""
    parts = list(parts_of(text))
    boundaries = [re.escape(boundary) for part in parts if part.said and (boundary := part.said.get_boundary())]
    delimiters = re.compile(f"(?m)^--(?={'|'.join(boundaries)})") if boundaries else None
    for number, part in enumerate(parts):
        yield _piece(part, delimiters, is_first=number == 0)


def _piece(part: Part, delimiters: re.Pattern[str] | None, *, is_first: bool) -> _Piece:
    before, as_it_stands = opened(_text(part.headers.encode("latin-1"))), part.body.encode("latin-1")
    said = part.said
    if said is None or said.get_content_maintype() != "text" or said.get_content_disposition() == "attachment":
        return _Piece(before, data=as_it_stands)
    is_html = said.get_content_type() == "text/html"
    found = _CODING.match(str(said.get("Content-Transfer-Encoding", "")))
    coding = found[1].lower() if found else ""
    charset = said.get_content_charset("us-ascii")
    said.set_payload(part.body)
    del said["Content-Transfer-Encoding"]
    said["Content-Transfer-Encoding"] = coding  # which the standard library reads with no blank or comment beside it
    try:
        text = cast("bytes", said.get_payload(decode=True)).decode("utf-8" if charset == "us-ascii" else charset)
    except (LookupError, UnicodeError):
        piece = _Piece(before, _text(as_it_stands), is_html)
    else:
        rewritten = _rewritten(before, is_first=is_first)
        piece = _Piece(before, text, is_html, coding, charset, rewritten, delimiters)
    return piece if "{{" in piece.text else _Piece(before, data=as_it_stands)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _line_of(before: str) -> str:
    """How lines end."""
    return "\r\n" if "\r\n" in before else "\n"


def _rewritten(before: str, *, is_first: bool) -> str:
    """A part's headers, where its text is quoted-printable in UTF-8."""
    line = _line_of(before)
    fields = _CODING_FIELD.sub("", before.rstrip("\r\n") + line).rstrip("\r\n")
    if _TYPE_FIELD.search(fields):
        fields = _TYPE_FIELD.sub(lambda found: _CHARSET.sub("", found[0]).rstrip("; ") + "; charset=utf-8", fields, count=1)
    else:
        fields = f"{fields}{line}Content-Type: text/plain; charset=utf-8".lstrip("\r\n")
    if is_first and "mime-version:" not in fields.lower():
        fields += f"{line}MIME-Version: 1.0"
    return f"{fields}{line}Content-Transfer-Encoding: quoted-printable{line}{line}"
