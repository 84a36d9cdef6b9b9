r"""How users and what is known of them are texts in PostgreSQL, which keeps neither NUL nor lone surrogates.

Many texts travel as one, a line each. A user's key is the ID, but for what would break that, which is escaped by `\`; of a very
long one, which no index takes, it is the SHA-256. What is known of most users is in one of two short forms, of others the line
of a file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping

from pinpoint_users._journal.codec import decode_user, encode_delivered, encode_in_flight, encode_user
from pinpoint_users._journal.record import Record
from pinpoint_users._packed import endpoint_ids
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import UserResult

IN_FLIGHT = "?"
"""The record of a user who is in flight and of whom nothing else is known."""
DELIVERED = "+"
"""How the record begins of a user whose endpoints, which follow, all got the message at the first attempt."""

_DELIVERED = EndpointMessageResult(delivery_status=DeliveryStatus.SUCCESSFUL, status_code=200)
_WHOLE_USER = frozenset[str | None]({None})
_SURROGATE = re.compile("[\ud800-\udfff]")
_TO_ESCAPE = re.compile("[\\\\\0\n\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|n|0|u[0-9a-f]{4})")
_NAMES = {"\\": "\\", "\n": "n", "\0": "0"}
_CHARACTERS = {name: character for character, name in _NAMES.items()}
_EMPTY, _HASH = r"\e", r"\#"
_LONGEST = 500
_BEGUN, _DONE = "b", "d"
"""How a line says whether the run has more to do for the user."""
_SHORT = _DONE + DELIVERED


# --- users


def join_keys(user_ids: Collection[str]) -> str:
    """The keys of users, a line each."""
    text = "\n".join(user_ids)
    if "" in user_ids or _is_odd(text) or text.count("\n") >= len(user_ids) or max(map(len, user_ids), default=0) > _LONGEST:
        return "\n".join(map(key_of, user_ids))
    return text


def _is_odd(text: str) -> bool:
    """Whether there are characters to be escaped, other than newlines; the slow search is for texts that aren't ASCII."""
    return "\\" in text or "\0" in text or not (text.isascii() or _SURROGATE.search(text) is None)


def key_of(user_id: str) -> str:
    """The key of a user."""
    if len(user_id) > _LONGEST:
        return _HASH + hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()
    return _TO_ESCAPE.sub(_escape, user_id) or _EMPTY


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + (_NAMES.get(character) or f"u{ord(character):04x}")


def _user_id_of(key: str) -> str:
    """A user by a key that isn't a hash."""
    return "" if key == _EMPTY else _ESCAPED.sub(_unescape, key)


def _unescape(found: re.Match[str]) -> str:
    name = found[1]
    return _CHARACTERS.get(name) or chr(int(name[1:], 16))


# --- what is known of them


def encode_lines(
    records: Collection[Record], results: Collection[UserResult], in_flight: Collection[str], packed: Mapping[str, str]
) -> tuple[str, str]:
    """The keys of users, a line each, and the lines of what is known of them, of each user the last thing said."""
    lines = _delivered(packed)
    lines.update((result.user_id, _DONE + encode_user(result)) for result in results)
    for record in records:
        lines[record.user_id] = (_BEGUN if record.in_hand else _DONE) + encode_user(record, record.unknown, record.pending)
    if in_flight:
        lines.update(dict.fromkeys(in_flight, _BEGUN + IN_FLIGHT))
    keys, text = join_keys(lines), "\n".join(lines.values())
    if _HASH in keys:
        long = {user_id for user_id in in_flight if len(user_id) > _LONGEST}
        text = "\n".join(_BEGUN + encode_in_flight(user_id) if user_id in long else line for user_id, line in lines.items())
    return keys, text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()  # JSON escapes surrogates alike


def _delivered(packed: Mapping[str, str]) -> dict[str, str]:
    """The lines of users whose endpoints all got the message at the first attempt."""
    endpoints = [endpoint_ids(text) for text in packed.values()]
    lines = ["\t".join(those) for those in endpoints]
    text = "\n".join(lines)
    is_plain = text.count("\t") + text.count("\n") + 1 == sum(map(len, endpoints)) and not _is_odd(text)
    if (is_plain and max(map(len, packed)) <= _LONGEST) or not lines:
        return dict(zip(packed, map(_SHORT.__add__, lines), strict=True))
    return {user_id: _DONE + encode_delivered(user_id, those) for user_id, those in zip(packed, endpoints, strict=True)}


def decode(key: str, record: str | None, user_id: str | None = None, *, is_of_this_run: bool = False) -> Record:
    """What is known of a user.

    Args:
        key: The user's key.
        record: What is kept; None if nothing is.
        user_id: The user, if it is known without the key.
        is_of_this_run: Whether the present run has met the user already.

    Raises:
        CorruptError: The record isn't one.
    """
    if record is not None and record.startswith("{"):
        return decode_user(record, is_of_this_run=is_of_this_run)
    if user_id is None:
        user_id = _user_id_of(key)
    if record is None:
        return Record(user_id, is_of_this_run=is_of_this_run)
    if record == IN_FLIGHT:
        return Record(user_id, unknown=_WHOLE_USER, is_of_this_run=is_of_this_run)
    endpoints = dict.fromkeys(record.removeprefix(DELIVERED).split("\t"), _DELIVERED)
    return Record(user_id, 1, FrozenDict(endpoints), is_of_this_run=is_of_this_run)


def keys_of(user_ids: Iterable[str]) -> dict[str, str]:
    """Users by their keys."""
    return {key_of(user_id): user_id for user_id in user_ids}
