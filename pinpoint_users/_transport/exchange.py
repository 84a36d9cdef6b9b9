"""A request and its answer on a connection that has carried one like it.

urllib3 and http.client put heads together and take them apart by the line, for which they take as long as for all the rest. So
the first of its kind on a connection goes their way, and shows what they write before the headers. Those after it go out in one
piece. Of an answer whose head has nothing unusual, that is read in one step; any other is http.client's.
"""

from __future__ import annotations

import errno
import http.client
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

_PLAIN = re.compile(rb"HTTP/1\.1 200(?: [\x20-\x7e]*)?\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*\r\n)+)\r\n")
_LENGTH = re.compile(r"[0-9]{1,18}")  # Python makes no number of thousands of digits
_CLOSED = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
"""When a request can't be written, who closed the connection may have answered before, as in urllib3. The last is macOS's."""
_PIECE = 1 << 20
"""Bytes that are asked for at a time, whatever length an answer says it has."""


@attrs.frozen(eq=False)
class Answer:
    """What urllib3's responses are to botocore."""

    status: int
    headers: Mapping[str, str]
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
    response = connection.response_class(connection.sock, method="POST")
    try:
        headers = _plain_headers(response.fp)
        if headers is None:
            response.begin()
            headers = _joined(response.headers.items())
            _check_coding(response, headers)
            _check_length(response, headers)
        else:
            response.status, response.chunked, response.will_close = 200, False, False
            response.length = int(headers["content-length"])
        content = _content_of(response)
        if response.will_close or response.length:
            connection.close()
    finally:
        response.close()
    return Answer(response.status, headers, content)


def _plain_headers(reader: Any) -> dict[str, str] | None:
    """Reads a head; None, and nothing is read, if it may be unusual or hasn't come as a whole."""
    found = _PLAIN.match(reader.peek(1))
    if found is None:
        return None
    lines = [line.split(":", 1) for line in found[1].decode().splitlines()]
    headers = {name.lower(): value.strip() for name, value in lines}
    is_plain = (
        len(headers) == len(lines)
        and _LENGTH.fullmatch(headers.get("content-length", ""))
        and headers.get("connection", "keep-alive").lower() == "keep-alive"
        and "transfer-encoding" not in headers
    )
    if not is_plain:
        return None
    reader.read(found.end())
    return headers


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
    if response.length <= _PIECE:
        piece: bytes = response.read(response.length)
        return piece
    return b"".join(iter(lambda: response.read(_PIECE), b""))
