"""How a journal is written: as JSON, one line a user, in gzip.

Each write is one gzip member, and gzip takes any number of them one after another, so `zcat < run.db` prints a journal. Of a
user's lines the last one counts. A run begins with a line of its own, the header. docs/reliability.md describes the members.
"""

from __future__ import annotations

import functools
import json
import re
import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from json.encoder import encode_basestring as quote
from typing import Any

import attrs

from pinpoint_users._journal.record import Record
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import DeliveryStatus, FailureReason
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import UserResult

FORMAT = 2
_USER = '{"user_id":'
_USER_IDS = re.compile(_USER + r'("[^"\\]*(?:\\.[^"\\]*)*").*\n')
_GZIP = zlib.MAX_WBITS | 16
_SQLITE = b"SQLite format 3\0"
_SQLITE_APPLICATION_ID, _RELEASE_0_1 = slice(68, 72), b"pUSR"
_FASTEST = 1
_FAILED = DeliveryStatus.PERMANENT_FAILURE
_LEFT_OUT = FailureReason.NO_MESSAGE_FOR_CHANNEL
_LEFT_OUT_SAID = "No message for channel."
_LEFT_OUT_MEMBER = f",{quote(_LEFT_OUT.value)}"

# A block is a gzip member (RFC 1952) whose extra field `PU` holds how many bytes the deflated text takes. By that, one that was
# cut off, as by a kill, differs from one that was damaged.
_BLOCK_START = bytes([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 4, 255, 8, 0]) + b"PU" + bytes([4, 0])
_SIZE = struct.Struct("<I")
_HEAD_LENGTH = len(_BLOCK_START) + _SIZE.size
_BLOCK_END = struct.Struct("<II")


class CorruptError(Exception):
    """The bytes aren't what this module writes."""


class TruncatedError(CorruptError):
    """The last block ends too soon.

    Args:
        end: Where it begins, which is the end of the blocks before it.
    """

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


@attrs.frozen
class Header:
    """What a run writes first."""

    application_id: str
    content_sha256: str
    inode: int
    """The file's number in its file system: a copy has another one."""
    format: int = FORMAT


# --- lines


def encode_header(header: Header) -> str:
    """The line of a header."""
    return json.dumps(attrs.asdict(header), ensure_ascii=False)


def decode_header(line: str) -> Header:
    """The header of a line.

    Raises:
        CorruptError: It isn't one.
    """
    value = _read_object(line)
    if value.get("format") != FORMAT:
        return Header("", "", 0, _check(value.get("format"), int))
    try:
        header = Header(**value)
    except TypeError:
        raise CorruptError from None
    for member, kind in ((header.application_id, str), (header.content_sha256, str), (header.inode, int)):
        _check(member, kind)
    return header


def encode_user(user: Record | UserResult, unknown: Collection[str | None] = (), pending: Collection[str] = ()) -> str:
    """The line of a user, without members that say nothing."""
    members = [f"{_USER}{quote(user.user_id)}"]
    if user.attempts:
        members.append(f'"attempts":{user.attempts}')
    if user.endpoints:
        results = [
            f"{quote(endpoint_id)}:{_encode_result(status, each.status_code, status is _FAILED and each.reason is _LEFT_OUT)}"
            for endpoint_id, each in user.endpoints.items()
            for status in [each.delivery_status]
        ]
        members.append(f'"endpoints":{{{",".join(results)}}}')
    if unknown:
        targets = sorted(quote(target) for target in unknown if target is not None)
        members.append(f'"unknown":[{",".join(["null", *targets] if None in unknown else targets)}]')
    if pending:
        members.append(f'"pending":[{",".join(sorted(map(quote, pending)))}]')
    if user.maybe_duplicated:
        members.append('"maybe_duplicated":true')
    return ",".join(members) + "}"


def encode_delivered(user_id: str, endpoint_ids: Collection[str]) -> str:
    """The line of a user whose endpoints all got the message at the first attempt."""
    results = ",".join([f"{quote(endpoint_id)}:{_DELIVERED}" for endpoint_id in endpoint_ids])
    return f'{_USER}{quote(user_id)},"attempts":1,"endpoints":{{{results}}}}}'


def encode_in_flight(user_id: str) -> str:
    """The line of a user who is in flight and of whom nothing else is known."""
    return f'{_USER}{quote(user_id)},"unknown":[null]}}'


_DELIVERED = f'["{DeliveryStatus.SUCCESSFUL}",200]'


@functools.lru_cache(maxsize=1024)
def _encode_result(status: DeliveryStatus, code: int, is_left_out: bool) -> str:
    """A result, with the one reason that says whether a user who got it elsewhere is done right."""
    return f"[{quote(status.value)},{code}{_LEFT_OUT_MEMBER if is_left_out else ''}]"


def decode_user(line: str, *, is_of_this_run: bool) -> Record:
    """The record of a user's line.

    Raises:
        CorruptError: It isn't one.
    """
    value = _read_object(line)
    endpoints = _check(value.get("endpoints", {}), dict)
    unknown, pending = _check(value.get("unknown", []), list), _check(value.get("pending", []), list)
    try:
        return Record(
            _check(value.get("user_id"), str),
            attempts=_check(value.get("attempts", 0), int),
            endpoints=FrozenDict({endpoint_id: _decode_result(*result) for endpoint_id, result in endpoints.items()}),
            unknown=frozenset(target if target is None else _check(target, str) for target in unknown),
            maybe_duplicated=_check(value.get("maybe_duplicated", False), bool),
            pending=frozenset(_check(target, str) for target in pending),
            is_of_this_run=is_of_this_run,
        )
    except TypeError:
        raise CorruptError from None


@functools.lru_cache(maxsize=1024)
def _decode_result(status: str, code: int, reason: str = "") -> EndpointMessageResult:
    """A result, which is frozen: all of the same members are one object."""
    return EndpointMessageResult(
        delivery_status=DeliveryStatus(_check(status, str)),
        status_code=_check(code, int),
        status_message=_LEFT_OUT_SAID if _check(reason, str) == _LEFT_OUT.value else None,
    )


def _check(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise CorruptError
    return value


def _read_object(line: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = _check(json.loads(line), dict)
    except (ValueError, RecursionError):
        raise CorruptError from None
    return value


def is_header(text: str) -> bool:
    """Whether a block's text is a header rather than lines of users."""
    return not text.startswith(_USER)


def is_of_older_release(start: bytes) -> bool:
    """Whether a file that begins so is a journal of a release before 1.0: a database. Its first 72 bytes tell."""
    return start.startswith(_SQLITE) and start[_SQLITE_APPLICATION_ID] == _RELEASE_0_1


def user_ids_of(text: str) -> list[str]:
    """The users of a block's lines, without reading more of them.

    Raises:
        CorruptError: A line isn't of a user.
    """
    quoted = _USER_IDS.findall(text)
    if len(quoted) != text.count("\n"):
        raise CorruptError
    try:
        user_ids: list[str] = json.loads(f"[{','.join(quoted)}]")
    except ValueError:
        raise CorruptError from None
    return user_ids


def find_line(text: str, user_id: str) -> str:
    """The last line of a user in a block's text. Quotes within JSON's strings are escaped, so only a line begins like this.

    Raises:
        CorruptError: There is none.
    """
    start = text.rfind(f"{_USER}{quote(user_id)}")
    if start < 0:
        raise CorruptError
    return text[start : text.index("\n", start)]


# --- blocks


def compress(lines: Iterable[str]) -> bytes:
    """A block of lines."""
    text = "".join([f"{line}\n" for line in lines]).encode("utf-8", "surrogatepass")
    compressor = zlib.compressobj(_FASTEST, wbits=-zlib.MAX_WBITS)
    deflated = compressor.compress(text) + compressor.flush()
    return b"".join([_BLOCK_START, _SIZE.pack(len(deflated)), deflated, _BLOCK_END.pack(zlib.crc32(text), len(text))])


def read_blocks(read: Callable[[int, int], bytes], offset: int = 0) -> Iterator[tuple[int, str]]:
    """The blocks from an offset on: where each begins, and its text, which ends with a newline.

    Args:
        read: Gives the bytes at an offset, at most so many.
        offset: Where a block begins.

    Raises:
        CorruptError: The bytes aren't a block.
        TruncatedError: They are the beginning of one, and nothing follows.
    """
    while head := read(offset, _HEAD_LENGTH):
        if not head.startswith(_BLOCK_START[: len(head)]):
            raise CorruptError
        if len(head) < _HEAD_LENGTH:
            raise TruncatedError(offset)
        length = _SIZE.unpack_from(head, len(_BLOCK_START))[0] + _BLOCK_END.size
        rest = read(offset + _HEAD_LENGTH, length)
        decompressor = zlib.decompressobj(wbits=_GZIP)
        try:
            encoded = decompressor.decompress(head + rest)
            if len(rest) < length and not decompressor.eof:
                raise TruncatedError(offset)
            text = encoded.decode("utf-8", "surrogatepass")
        except (zlib.error, UnicodeDecodeError):
            raise CorruptError from None
        if len(rest) < length or not decompressor.eof or decompressor.unused_data or not text.endswith("\n"):
            raise CorruptError
        yield offset, text
        offset += len(head) + len(rest)
