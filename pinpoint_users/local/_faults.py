"""Scripted faults: endpoints that throttle, and requests that go wrong."""

from __future__ import annotations

import threading
import zlib
from collections import Counter, deque
from collections.abc import Callable, Collection
from typing import Any, Literal, TypeAlias

import attrs

Break: TypeAlias = Literal["answer", "hang", "drip", "drop", "refuse", "truncate"]
"""How a request ends: with an answer, without one, with one that takes for ever, with the connection reset, with none made, or
with half an answer."""


@attrs.frozen(kw_only=True)
class RequestFault:
    """What happens to one request instead of what should."""

    ends: Break
    """How the request ends."""
    accept: bool
    """Whether the message goes out all the same."""
    operation: str | None
    """The operation that it waits for; None is any send."""
    status: int = 200
    """The status of the answer."""
    code: str | None = None
    """AWS's name of the error; None is the usual one for the status."""
    message: str = "A scripted fault."
    """The service's words for the error."""
    body: bytes | None = None
    """The body of the answer; None is AWS's body for the status."""
    content_type: str = "application/json"
    """The type of the body."""
    change: Callable[[dict[str, Any]], object] | None = None
    """What makes another answer of the one that there would have been."""
    before_body: bool = False
    """Whether it strikes before the body of the request is read."""
    seconds_per_byte: float = 0.0
    """How slowly the answer comes, if it takes for ever."""


@attrs.frozen(kw_only=True)
class Throttling:
    """Endpoints that are throttled the first times."""

    endpoint_ids: Collection[str]
    """Endpoints by ID."""
    addresses: Collection[str]
    """Endpoints, or bare addresses, by address."""
    user_ids: Collection[str]
    """All endpoints of these users."""
    share: float
    """The share of all addresses, from 0 to 1."""
    times: int
    """How often each endpoint is throttled."""
    status_code: int
    """The status code of its results."""
    seen: Counter[str] = attrs.field(factory=Counter, eq=False)
    """How often each endpoint has been throttled."""

    def applies(self, *, endpoint_id: str | None, address: str, user_id: str | None) -> bool:
        """Whether it is about this endpoint, or this address."""
        return (
            endpoint_id in self.endpoint_ids
            or address in self.addresses
            or user_id in self.user_ids
            or _is_within(self.share, address)
        )


def _is_within(share: float, address: str) -> bool:
    return zlib.crc32(address.encode()) < share * 2**32


@attrs.frozen(kw_only=True)
class Rejection:
    """Recipients, or whole requests, that SES v2 or SMS and voice version 2 refuses."""

    reason: str
    """The status of SES's entry, or the reason of the error."""
    operations: Collection[str]
    """The operations that it is about."""
    addresses: Collection[str] | None
    """Recipients by address; None is the request as a whole."""
    share: float
    """The share of all addresses, from 0 to 1."""
    times: float
    """How often each address, or the request, is refused."""
    seen: Counter[str | None] = attrs.field(factory=Counter, eq=False)
    """How often each has been refused."""

    def applies(self, address: str | None) -> bool:
        """Whether it is about this address, or, for None, about whole requests."""
        if address is None or self.addresses is None:
            return address is None and self.addresses is None
        return address in self.addresses or _is_within(self.share, address)


class Faults:
    """The script: what is still to go wrong."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: deque[RequestFault] = deque()
        self._throttlings: list[Throttling] = []
        self._rejections: list[Rejection] = []

    def add(self, fault: RequestFault, times: int) -> None:
        """Adds a fault to the end of the script, for so many requests."""
        with self._lock:
            self._script.extend([fault] * times)

    def add_throttling(self, throttling: Throttling) -> None:
        """Adds endpoints that throttle."""
        with self._lock:
            self._throttlings.append(throttling)

    def add_rejection(self, rejection: Rejection) -> None:
        """Adds recipients, or whole requests, that are refused."""
        with self._lock:
            self._rejections.append(rejection)

    def clear(self) -> None:
        """Forgets everything that is still to go wrong."""
        with self._lock:
            self._script.clear()
            self._throttlings.clear()
            self._rejections.clear()

    def pending(self) -> tuple[list[RequestFault], list[Throttling], list[Rejection]]:
        """What is still to go wrong: requests in their order, endpoints that throttle, recipients that are refused."""
        with self._lock:
            return list(self._script), list(self._throttlings), list(self._rejections)

    def take(self, operation: str, *, only_by_name: bool = False) -> RequestFault | None:
        """The fault that this request meets, which is then off the script."""
        met = {operation} if only_by_name else {None, operation}
        with self._lock:
            for fault in self._script:
                if fault.operation in met:
                    self._script.remove(fault)
                    return fault
            return None

    def throttled(self, *, endpoint_id: str | None, address: str, user_id: str | None) -> int | None:
        """The status code with which this endpoint is throttled now, or None."""
        with self._lock:
            for throttling in self._throttlings:
                key = endpoint_id or address
                applies = throttling.applies(endpoint_id=endpoint_id, address=address, user_id=user_id)
                if applies and throttling.seen[key] < throttling.times:
                    throttling.seen[key] += 1
                    return throttling.status_code
            return None

    def rejected(self, operation: str, address: str | None) -> str | None:
        """The reason why this address, or for None the request as a whole, is refused now, or None."""
        with self._lock:
            for rejection in self._rejections:
                applies = operation in rejection.operations and rejection.applies(address)
                if applies and rejection.seen[address] < rejection.times:
                    rejection.seen[address] += 1
                    return rejection.reason
            return None
