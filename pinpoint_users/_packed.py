"""Results of a user all of whose endpoints got the message, in one string: the form in which a report keeps most of its users.

A run with a journal keeps them so until they are written there.

It takes a third of the memory of the objects, or less, and the garbage collector has nothing to go over. With hundreds of
thousands of users that is what `send` takes most of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinpoint_users._shapes.answer import NO_MEMBERS
from pinpoint_users._shapes.frozen import FrozenDict, UnfrozenDict
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.results import EndpointMessageResult

_TEXTS = "Address", "MessageId", "StatusMessage"
"""What there is of each endpoint, after its ID."""
_MEMBERS = len({*_TEXTS, "DeliveryStatus", "StatusCode"})
_STATUS = DeliveryStatus.SUCCESSFUL
_STATUS_WORD = _STATUS.value
_STATUS_CODE = 200
_SEPARATOR, _ABSENT = "\0", "\1"

_Unfrozen = unfrozen_layout(EndpointMessageResult)


def pack(endpoints: Any, has_plain_texts: bool = False) -> str | None:  # noqa: FBT002 - keywords cost time
    """A user's part of an answer as one string.

    Args:
        endpoints: That part.
        has_plain_texts: Whether it is known that no text has a control character.

    Returns:
        None unless each endpoint got the message, by 200, and nothing else is said of it than its address, message ID and
        status message, of which some may be absent.
    """
    texts: list[str] = []
    absent = 0
    try:
        for endpoint_id, data in endpoints.items():
            code = data["StatusCode"]
            if data["DeliveryStatus"] != _STATUS_WORD or code != _STATUS_CODE or type(code) is not int:
                return None
            if len(data) == _MEMBERS:
                texts += (endpoint_id, data["Address"], data["MessageId"], data["StatusMessage"])
                continue
            values = _texts_of(data)
            lacks = values.count(_ABSENT)
            if len(data) != _MEMBERS - lacks:
                return None
            texts += (endpoint_id, *values)
            absent += lacks
        packed = _SEPARATOR.join(texts)
    except (AttributeError, KeyError, TypeError):  # something isn't what it should be, or is null
        return None
    return packed if texts and (has_plain_texts or _is_clear(packed, len(texts), absent)) else None


def _texts_of(data: Mapping[str, Any]) -> list[Any]:
    """What there is of an endpoint, of which some is absent."""
    return [data.get(name, _ABSENT) for name in _TEXTS]


def _is_clear(packed: str, texts: int, absent: int) -> bool:
    """Whether no text has a character that means something here."""
    if packed.count(_SEPARATOR) != texts - 1:
        return False
    has_absent = absent or _ABSENT in packed  # a search is a quarter of a count
    return not has_absent or packed.count(_ABSENT) == absent


def unpack(packed: str) -> Mapping[str, EndpointMessageResult]:
    """The results by endpoint ID."""
    texts: list[Any] = packed.split(_SEPARATOR)
    if _ABSENT in packed:
        texts = [None if text == _ABSENT else text for text in texts]
    endpoints: Any = UnfrozenDict()
    values = iter(texts)
    for endpoint_id in values:
        made: Any = _Unfrozen()
        made.address = next(values)
        made.delivery_status = _STATUS
        made.message_id = next(values)
        made.status_code = _STATUS_CODE
        made.status_message = next(values)
        made.updated_token = None
        made.unknown_members = NO_MEMBERS
        made.__class__ = EndpointMessageResult
        endpoints[endpoint_id] = made
    endpoints.__class__ = FrozenDict
    results: Mapping[str, EndpointMessageResult] = endpoints
    return results


def endpoint_ids(packed: str) -> list[str]:
    """The endpoints."""
    return packed.split(_SEPARATOR)[:: 1 + len(_TEXTS)]


def endpoint_count(packed: str) -> int:
    """How many endpoints there are."""
    return (packed.count(_SEPARATOR) + 1) // (1 + len(_TEXTS))
