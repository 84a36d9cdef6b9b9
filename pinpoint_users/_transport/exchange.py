"""A request and its answer on a connection that has carried one like it.

urllib3 and http.client put heads together and take them apart by the line, for which they take as long as for all the rest. So
the first of its kind on a connection goes their way, and shows what they write before the headers. Those after it go out in one
piece. Of an answer whose head has nothing unusual, that is read in one step; any other is http.client's.
"""

from __future__ import annotations

import errno
import http.client
import io
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

_PLAIN = re.compile(rb"HTTP/1\.1 200(?: [\x20-\x7e]*)?\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*\r\n)+)\r\n")
_LENGTH = re.compile(r"[0-9]{1,18}")  # Python makes no number of thousands of digits
_CLOSED = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
"""When a request can't be written, who closed the connection may have answered before, as in urllib3. The last is macOS's."""
_PIECE = 1 << 16
"""Bytes that are asked for at a time, whatever length an answer says it has: a request's answer is mostly less."""


@attrs.frozen(eq=False)
class Answer:
    """An answer as the fast path reads botocore's responses; and to botocore, what a response of urllib3's is."""

    status_code: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    content: bytes

    def stream(self) -> Iterator[bytes]:
        """The content, in one part."""
        yield self.content


def opening_of(written: bytes, headers: Mapping[str, str]) -> bytes | None:
    """What stands before the headers in a request as it was written; None if that can't be told."""
    opening, first, _ = written.partition(f"\r\n{next(iter(headers), '')}: ".encode())
    return opening + b"\r\n" if first else None


def head_of(opening: bytes, headers: Mapping[str, str]) -> bytes | None:
    """The head of a request; None if there is a header that http.client would have to look at."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not lines.isascii() or lines.count("\r") != len(headers) or lines.count("\n") != len(headers):
        return None
    return b"%b%b\r\n" % (opening, lines.encode())


def exchange(connection: Any, request: bytes) -> Answer:
    """Sends a request and reads its answer. The connection is left as it can be used again, or closed.

    Raises:
        OSError: The connection broke, or nothing came in time.
        http.client.HTTPException: The answer can't be read.
    """
    try:
        connection.send(request)
    except OSError as error:
        if error.errno not in _CLOSED:
            raise
    beginning: bytes = connection.sock.recv(_PIECE)
    plain = _plain_head(beginning)
    if plain is None:
        return _read_by_http_client(connection, beginning)
    headers, length, ends_at = plain
    content = beginning[ends_at:]
    if len(content) < length:
        content = _with_the_rest(connection.sock, content, length)
    if len(content) != length or _has_more(connection.sock):  # it ended too early, or more came than was asked for
        connection.close()
    return Answer(200, headers, content[:length])


def _plain_head(beginning: bytes) -> tuple[dict[str, str], int, int] | None:
    """The headers, the length of the content, and where it begins; None if anything is unusual, or not all has come."""
    found = _PLAIN.match(beginning)
    if found is None:
        return None
    lines = [line.split(":", 1) for line in found[1].decode().splitlines()]
    headers = {name.lower(): value.strip() for name, value in lines}
    length = headers.get("content-length", "")
    is_plain = (
        len(headers) == len(lines)
        and _LENGTH.fullmatch(length)
        and headers.get("connection", "keep-alive").lower() == "keep-alive"
        and "transfer-encoding" not in headers
    )
    return (headers, int(length), found.end()) if is_plain else None


def _with_the_rest(sock: Any, content: bytes, length: int) -> bytes:
    """As much as comes of the content, which may be less than its length."""
    pieces, left = [content], length - len(content)
    while left and (piece := sock.recv(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _has_more(sock: Any) -> bool:
    """Whether TLS has already read what nobody asked for. What has not been read urllib3 finds before the next request."""
    return isinstance(sock, ssl.SSLSocket) and bool(sock.pending())


def _read_by_http_client(connection: Any, beginning: bytes) -> Answer:
    response = connection.response_class(connection.sock, method="POST")
    response.fp = io.BufferedReader(_Begun(beginning, response.fp))
    try:
        response.begin()
        headers = _joined(response.headers.items())
        _check_coding(response, headers)
        _check_length(response, headers)
        content = _content_of(response)
        if response.will_close or response.length:
            connection.close()
    finally:
        response.close()
    return Answer(response.status, headers, content)


class _Begun(io.RawIOBase):
    """A stream of which something was read already.

    Args:
        beginning: That.
        rest: The stream.
    """

    def __init__(self, beginning: bytes, rest: Any) -> None:
        self._beginning = io.BytesIO(beginning)
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Reads as much as there is at once; None if nothing has come and that isn't waited for."""
        read: int | None = self._beginning.readinto(buffer) or self._rest.readinto1(buffer)
        return read

    def close(self) -> None:
        """Closes the stream."""
        self._rest.close()
        super().close()


def _check_coding(response: Any, headers: Mapping[str, str]) -> None:
    """Takes an answer for chunked that is so among other codings, as urllib3 does: http.client wants it alone."""
    codings = headers.get("transfer-encoding", "").lower().split(",")
    if not response.chunked and "chunked" in map(str.strip, codings):
        response.chunked, response.chunk_left, response.length = True, None, None


def _check_length(response: Any, headers: Mapping[str, str]) -> None:
    """Refuses several lengths, as urllib3 does: http.client takes the first."""
    try:
        lengths = {int(length) for length in headers.get("content-length", "").split(",")}
    except ValueError:
        return
    if len(lengths) > 1 and not response.chunked:
        raise http.client.HTTPException(f"the answer has several lengths: {headers['content-length']}")


def _joined(fields: Iterator[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _content_of(response: Any) -> bytes:
    """As much as comes of the content, which may be less than its length."""
    if response.chunked or response.length is None:
        whole: bytes = response.read()
        return whole
    return b"".join(iter(lambda: response.read(_PIECE), b""))
