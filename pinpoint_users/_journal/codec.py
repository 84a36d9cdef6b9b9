"""What a journal keeps of a user, and how it is written in few bytes.

A number is seven bits a byte, the lowest first, with the eighth bit set in all but the last byte. A text is its length + 2 and
its UTF-8; a UUID as it is usually written is a 0, or a 1 if in upper case, and its 16 bytes. A record is the user's ID, the
length of the state, and the state:

    attempts * 8 + flags    a number; see the `_HAS_…` and `_IS_…` constants
    how many endpoints      a number, and for each endpoint: its ID and its result
    how many lost           if flagged: a number, and that many endpoint IDs

A result is one byte of a status and whether the status code is 200; then the word, if the status is new to us, and the code.
"""

from __future__ import annotations

import functools
import struct
from binascii import unhexlify
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from operator import add, attrgetter

import attrs

from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.report import UserResult
from pinpoint_users.results import EndpointMessageResult

_HAS_LOST_USER, _HAS_LOST_ENDPOINTS, _IS_MAYBE_DUPLICATED = 1, 2, 4
_ATTEMPTS_SHIFT = 3

# The place of each word is part of the format: new ones go to the end.
_WORDS = (
    DeliveryStatus.SUCCESSFUL,
    DeliveryStatus.THROTTLED,
    DeliveryStatus.TEMPORARY_FAILURE,
    DeliveryStatus.PERMANENT_FAILURE,
    DeliveryStatus.UNKNOWN_FAILURE,
    DeliveryStatus.OPT_OUT,
    DeliveryStatus.DUPLICATE,
)
_PLACES = {word: place for place, word in enumerate(_WORDS)}
_OTHER_WORD = 0x3F
_HAS_CODE = 0x40
_STATUS, _CODE = attrgetter("delivery_status"), attrgetter("status_code")
_USUAL_CODE = 200

_LOWER_UUID, _UPPER_UUID, _LENGTHS = 0, 1, 2
_UUID_LENGTH = 36
_DASHES = (8, 13, 18, 23)
_PACKED_UUIDS = struct.Struct("17s")


IN_FLIGHT = bytes([_HAS_LOST_USER, 0])
"""The state of a user who is in flight and of whom nothing else is known."""


class CorruptError(Exception):
    """The bytes aren't what this module writes."""


@attrs.define
class Record:
    """What is known of one user of a run; not to be changed after it is made."""

    user_id: str
    attempts: int = 0
    """How many requests carried the user."""
    endpoints: Mapping[str, EndpointMessageResult] = FrozenDict()
    """Each endpoint ID with the last result there; read back, only `delivery_status` and `status_code` are set."""
    unknown: frozenset[str | None] = frozenset()
    """What is in flight, or was when its answer was lost: None is the user as a whole, a string an endpoint ID."""
    maybe_duplicated: bool = False
    """Whether something was sent again after an unknown outcome."""
    is_of_this_run: bool = False
    """On reading: whether the present run has come upon the user already."""


# --- out


def pack_all(texts: Iterable[str]) -> list[bytes]:
    """Texts and UUIDs. Any string can be written, lone surrogates included.

    UUIDs are written at once, which is ten times as fast as one by one, unless some texts of that length are none.
    """
    texts = list(texts)
    if _UUID_LENGTH not in map(len, texts):
        return _pack_texts(texts)
    like_uuids = [text for text in texts if len(text) == _UUID_LENGTH]
    packed = _pack_uuids(like_uuids) or [uuid for text in like_uuids for uuid in _pack_uuids([text]) or _pack_texts([text])]
    if len(packed) == len(texts):
        return packed
    uuids = iter(packed)
    others = iter(_pack_texts([text for text in texts if len(text) != _UUID_LENGTH]))
    return [next(uuids if len(text) == _UUID_LENGTH else others) for text in texts]


def _pack_texts(texts: list[str]) -> list[bytes]:
    encoded = "\0".join(texts).encode("utf-8", "surrogatepass").split(b"\0")  # all at once is twice as fast
    if len(encoded) != len(texts):
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = pack_numbers(map(_LENGTHS.__add__, map(len, encoded)))
    return list(map(add, lengths, encoded))


def _pack_uuids(texts: list[str]) -> list[bytes]:
    """Texts of 36 characters, one or more, if all are UUIDs in lower case, or all in upper case; else an empty list."""
    joined = ",".join(texts)
    if joined == joined.lower():
        case = f"{_LOWER_UUID:02x}"
    elif joined == joined.upper():
        case = f"{_UPPER_UUID:02x}"
    else:
        return []
    count = len(texts)
    if joined.count("-") != 4 * count or joined.count(",") != count - 1:
        return []
    if any(joined[at :: _UUID_LENGTH + 1] != "-" * count for at in _DASHES):
        return []
    try:
        packed = unhexlify(case + joined.replace("-", "").replace(",", case))
    except ValueError:
        return []
    return [uuid for (uuid,) in _PACKED_UUIDS.iter_unpack(packed)]


def pack_number(number: int) -> bytes:
    """A number from 0 on."""
    packed = bytearray()
    while number >= 0x80:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


_SMALL_NUMBERS = tuple(map(pack_number, range(1 << 10)))


def pack_numbers(numbers: Iterable[int]) -> list[bytes]:
    """Numbers from 0 on."""
    numbers = list(numbers)
    try:
        return list(map(_SMALL_NUMBERS.__getitem__, numbers))
    except IndexError:
        return list(map(pack_number, numbers))


def pack_states(records: Collection[Record]) -> list[bytes]:
    """The state of each record, which is all but the user's ID."""
    endpoints = [record.endpoints for record in records]
    frames = [
        _frame(record.attempts, len(each), record.unknown, record.maybe_duplicated)
        for record, each in zip(records, endpoints, strict=True)
    ]
    if not any(endpoints):
        return [head + tail for head, tail in frames]
    results = [result for each in endpoints for result in each.values()]
    ends = map(_pack_result, map(_STATUS, results), map(_CODE, results))
    packed = map(add, pack_all(chain.from_iterable(endpoints)), ends)
    return [head + b"".join(islice(packed, len(each))) + tail for (head, tail), each in zip(frames, endpoints, strict=True)]


def pack_results(results: Collection[UserResult]) -> list[bytes]:
    """The states of users of whom nothing is lost, as `pack_states` gives them."""
    endpoints = [result.endpoints for result in results]
    each = [endpoint for mine in endpoints for endpoint in mine.values()]
    ends = set(map(_pack_result, map(_STATUS, each), map(_CODE, each)))
    heads = [
        _frame(result.attempts, len(mine), _NOTHING, result.maybe_duplicated)[0]
        for result, mine in zip(results, endpoints, strict=True)
    ]
    packed = iter(pack_all(chain.from_iterable(endpoints)))
    if len(ends) == 1:
        (end,) = ends
        return [head + end.join(islice(packed, len(mine))) + end for head, mine in zip(heads, endpoints, strict=True)]
    return pack_states([Record(result.user_id, result.attempts, result.endpoints) for result in results])


_NOTHING: frozenset[str | None] = frozenset()


@functools.lru_cache(maxsize=1024)
def _frame(attempts: int, count: int, lost: frozenset[str | None], maybe_duplicated: bool) -> tuple[bytes, bytes]:
    """What is before a record's endpoints, and what is after them."""
    lost_endpoints = sorted(endpoint_id for endpoint_id in lost if endpoint_id is not None)
    flags = (_HAS_LOST_USER if None in lost else 0) | (_HAS_LOST_ENDPOINTS if lost_endpoints else 0)
    flags |= _IS_MAYBE_DUPLICATED if maybe_duplicated else 0
    head = pack_number(attempts << _ATTEMPTS_SHIFT | flags) + pack_number(count)
    tail = [pack_number(len(lost_endpoints)), *pack_all(lost_endpoints)] if lost_endpoints else []
    return head, b"".join(tail)


@functools.lru_cache(maxsize=1024)
def _pack_result(status: DeliveryStatus, code: int) -> bytes:
    place = _PLACES.get(status, _OTHER_WORD)
    word = b"".join(pack_all([status.value] if place == _OTHER_WORD else []))
    if code == _USUAL_CODE:
        return pack_number(place) + word
    return pack_number(place | _HAS_CODE) + word + pack_number(code * 2 if code >= 0 else -code * 2 - 1)


# --- in


def split(batch: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """The records of a batch: the packed user ID, the state, and how many bytes the record takes.

    Raises:
        CorruptError: The bytes aren't a batch.
    """
    reader = Reader(batch)
    while reader.at < len(batch):
        start = reader.at
        yield reader.packed_text(), reader.take(reader.number()), reader.at - start


def read_record(user_id: str, state: bytes, *, is_of_this_run: bool) -> Record:
    """The record of a state.

    Raises:
        CorruptError: The bytes aren't a state.
    """
    reader = Reader(state)
    head = reader.number()
    endpoints = {reader.text(): reader.result() for _ in range(reader.count())}
    lost: set[str | None] = {None} if head & _HAS_LOST_USER else set()
    if head & _HAS_LOST_ENDPOINTS:
        lost.update(reader.text() for _ in range(reader.count()))
    if reader.at != len(state):
        raise CorruptError
    return Record(
        user_id,
        attempts=head >> _ATTEMPTS_SHIFT,
        endpoints=FrozenDict(endpoints),
        unknown=frozenset(lost),
        maybe_duplicated=bool(head & _IS_MAYBE_DUPLICATED),
        is_of_this_run=is_of_this_run,
    )


class Reader:
    """Reads what was packed, from a position on; every method raises `CorruptError` where the bytes end too soon."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def number(self) -> int:
        """A number from 0 on."""
        at, end = self.at, len(self.data)
        if at < end and self.data[at] < 0x80:  # as nearly always
            self.at = at + 1
            return self.data[at]
        number = shift = 0
        while at < end:
            byte = self.data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                self.at = at
                return number
        raise CorruptError

    def count(self) -> int:
        """How many parts follow, which can't be more than bytes are left."""
        count = self.number()
        if count > len(self.data) - self.at:
            raise CorruptError
        return count

    def take(self, length: int) -> bytes:
        """The next bytes."""
        end = self.at + length
        if end > len(self.data):
            raise CorruptError
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def packed_text(self) -> bytes:
        """A text or UUID as it was packed."""
        start = self.at
        length = self.number()
        self.take(length - _LENGTHS if length >= _LENGTHS else _PACKED_UUIDS.size - 1)
        return self.data[start : self.at]

    def text(self) -> str:
        """A text or UUID."""
        length = self.number()
        if length < _LENGTHS:
            digits = self.take(16).hex()
            uuid = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
            return uuid if length == _LOWER_UUID else uuid.upper()
        try:
            return self.take(length - _LENGTHS).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise CorruptError from None

    def result(self) -> EndpointMessageResult:
        """A result."""
        head = self.number()
        place, has_code = head & ~_HAS_CODE, head & _HAS_CODE
        if place == _OTHER_WORD:
            status = DeliveryStatus(self.text())
        elif place < len(_WORDS):
            status = _WORDS[place]
        else:
            raise CorruptError
        code = self.number() if has_code else _USUAL_CODE * 2
        return _result(status, -(code + 1) // 2 if code % 2 else code // 2)


@functools.lru_cache(maxsize=1024)
def _result(status: DeliveryStatus, code: int) -> EndpointMessageResult:
    """A result, which is frozen: all of the same status and code are one object."""
    return EndpointMessageResult(delivery_status=status, status_code=code)
