"""A stub of all the services that messages go out by, with faults by a script as `LocalPinpoint` has one, under the same names.

It shares nothing with the embedded Pinpoint and knows nothing of what a message says: it counts what each endpoint got.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection
from random import Random
from typing import Any, Literal

import attrs
from faults.operations import RefusalError
from faults.receiver import VirtualReceiver
from faults.ways import Way

from pinpoint_users import (
    ConnectionLostError,
    PinpointUsers,
    ReadTimeoutError,
    RetryPolicy,
    Transport,
)
from pinpoint_users._transport.base import answer_error

Ends = Literal["well", "drop", "drop-before-body", "hang", "drip", "truncate"]
JSON = "application/json"


@attrs.frozen
class Fault:
    """What becomes of one request."""

    ends: Ends = "well"
    accept: bool = True
    """Whether it is carried out."""
    status: int = 200
    code: str | None = None
    body: bytes | None = None
    """What is answered instead."""
    content_type: str = JSON
    change: Callable[[dict[str, Any]], object] = lambda answer: answer


@attrs.frozen
class Reply:
    """What is answered."""

    status: int
    body: bytes
    ends: Ends
    code: str | None = None
    reason: str | None = None
    content_type: str = JSON


class Stub:
    """The services.

    Args:
        way: How messages go out.
        user_ids: The users whom there are.
    """

    application_id = "app"

    def __init__(self, way: Way, user_ids: Collection[str]) -> None:
        self.receiver = _Counting(Random(0), way)
        self.receiver.directory(user_ids)
        self.requests: Counter[int] = Counter()
        """How many requests were answered, by status; those that weren't answered are under 0."""
        self._script: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._quota: float | None = None
        self._in_second: Counter[tuple[str, int]] = Counter()

    # --- the script

    def pass_next(self, *, times: int = 1) -> None:
        self._add(Fault(), times)

    def fail_next(self, status: int = 500, *, code: str | None = None, accept: bool = False, times: int = 1) -> None:
        self._add(Fault(status=status, code=code, accept=accept), times)

    def answer_next(self, body: bytes, *, content_type: str = JSON) -> None:
        self._add(Fault(body=body, content_type=content_type))

    def alter_next(self, change: Callable[[dict[str, Any]], object]) -> None:
        self._add(Fault(change=change))

    def hang_next(self, *, accept: bool = True) -> None:
        self._add(Fault(ends="hang", accept=accept))

    def drip_next(self) -> None:
        self._add(Fault(ends="drip"))

    def drop_next(self, *, accept: bool = False, before_body: bool = False) -> None:
        self._add(Fault(ends="drop-before-body" if before_body else "drop", accept=accept))

    def truncate_next(self) -> None:
        self._add(Fault(ends="truncate"))

    def throttle(
        self, *, endpoint_ids: Collection[str] = (), user_ids: Collection[str] = (), share: float = 0.0, times: int = 1
    ) -> None:
        """Lets endpoints be throttled so many times more."""
        chosen = {*endpoint_ids, *(each for user_id in user_ids for each in self.receiver.way.endpoints_of(user_id))}
        everybody = sorted(self.receiver.directory.ids.values())
        chosen.update(Random(0).sample(everybody, int(share * len(everybody))))
        self.receiver.throttled.update(dict.fromkeys(chosen, times))

    def limit_rate(self, requests_per_second: float | None, *, endpoints_per_second: float | None = None) -> None:
        """A quota of each operation, in virtual time."""
        self._quota = requests_per_second

    def clear_faults(self) -> None:
        self._script.clear()
        self.receiver.throttled.clear()
        self.requests.clear()

    def clear_deliveries(self) -> None:
        self.receiver.got.clear()

    def _add(self, fault: Fault, times: int = 1) -> None:
        self._script.extend([fault] * times)

    # --- the service

    def meet(self) -> Fault:
        """What becomes of the request that comes now."""
        try:
            return self._script.popleft()
        except IndexError:
            return Fault()

    def reply(self, fault: Fault, operation: str, body: bytes) -> Reply:
        """What is answered to a request."""
        with self._lock:
            reply = self._reply(fault, operation, body)
            self.requests[reply.status if reply.ends == "well" else 0] += 1
            return reply

    def _reply(self, fault: Fault, operation: str, body: bytes) -> Reply:
        if self._is_over_quota(operation):
            return _refused(fault, RefusalError(operation, 429))
        try:
            answer = self.receiver.carry_out(operation, json.loads(body)) if fault.accept else {}
        except RefusalError as error:
            return _refused(fault, error)
        if fault.status != 200:
            return _refused(fault, RefusalError(operation, fault.status, fault.code))
        if fault.body is not None:
            return Reply(200, fault.body, fault.ends, content_type=fault.content_type)
        return Reply(200, json.dumps(fault.change(answer)).encode(), fault.ends)

    def _is_over_quota(self, operation: str) -> bool:
        if self._quota is None:
            return False
        second = operation, int(self.receiver.now)
        self._in_second[second] += 1
        return self._in_second[second] > self._quota

    # --- its doors

    def client(self, *, retry: RetryPolicy, concurrency: int) -> PinpointUsers:
        """A client in the same process, whose time is virtual."""
        way = self.receiver.way
        transport = _InProcess(self)
        return PinpointUsers(
            self.application_id,
            transport=transport,
            retry=retry,
            concurrency=concurrency,
            directory=self.receiver.directory,
            routes=way.routes,
        )


def _refused(fault: Fault, error: RefusalError) -> Reply:
    said = json.dumps({"__type": error.code, "Message": "no", "message": "no", "Reason": error.reason}).encode()
    return Reply(error.status, said, fault.ends, error.code, error.reason)


class _Counting(VirtualReceiver):
    """Endpoints may be throttled for a while."""

    def __init__(self, random: Random, way: Way) -> None:
        super().__init__(random, way)
        self.throttled: Counter[str] = Counter()

    def deliver(self, endpoint_ids: list[str]) -> dict[str, Any]:
        results = {}
        for endpoint_id in endpoint_ids:
            is_throttled = self.throttled[endpoint_id] > 0
            self.throttled[endpoint_id] -= is_throttled
            status = "THROTTLED" if is_throttled else "SUCCESSFUL"
            results[endpoint_id] = self.result(endpoint_id, status, is_delivered=not is_throttled)
        return results


class _InProcess(Transport):
    """What boto3's transport would raise, or give."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub

    def post(self, operation: str, application_id: str, body: bytes) -> bytes:
        reply = self._stub.reply(self._stub.meet(), operation, body)
        if reply.ends in {"hang", "drip"}:
            raise ReadTimeoutError("no answer in time")
        if reply.ends.startswith("drop"):
            raise ConnectionLostError("the connection broke")
        if reply.status != 200:
            raise answer_error(operation, reply.status, code=reply.code or "", reason=reply.reason)
        return reply.body[: len(reply.body) // 2] if reply.ends == "truncate" else reply.body

    def monotonic(self) -> float:
        return self._stub.receiver.now

    def sleep(self, seconds: float) -> None:
        self._stub.receiver.sleep(seconds)
