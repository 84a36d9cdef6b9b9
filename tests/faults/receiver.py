"""A receiver behind the transport's seam, which counts what each endpoint got."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from faults.operations import RefusalError, carried_out
from faults.ways import LOOK_UP, Directory, Way

from pinpoint_users import Transport
from pinpoint_users._transport.base import answer_error


class Receiver(Transport):
    """Answers as the services do. Each user has the endpoints of the fault table.

    Args:
        random: Where chance comes from.
        way: How users are looked up and messages go out.
    """

    def __init__(self, random: Random, way: Way = LOOK_UP) -> None:
        self.random = random
        self.way = way
        self.directory = Directory(way)
        self.got: Counter[str | None] = Counter()
        self.requests = 0
        self.odd = 0
        """Requests that met something else than a good answer."""
        self.before: Callable[[int], object] = lambda _number: None
        """Called with each request's number, as it comes."""
        self._changed = threading.Condition()
        self._inside = 0

    def post(self, operation: str, application_id: str, body: bytes) -> bytes:
        with self._changed:
            self.requests += 1
            self._inside += 1
            number = self.requests
        try:
            self.before(number)
            with self._changed:
                return self.meet(operation, json.loads(body))
        except RefusalError as error:
            raise answer_error(operation, error.status, code=error.code, reason=error.reason) from error
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def meet(self, operation: str, request: dict[str, Any]) -> bytes:
        """What becomes of a request."""
        return json.dumps(self.carry_out(operation, request)).encode()

    def carry_out(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Delivers, and answers."""
        answer = carried_out(operation, request, self.deliver, endpoints_of=self.way.endpoints_of, ids=self.directory.ids)
        return {**answer, "RequestId": f"r-{self.requests}"}

    def deliver(self, endpoint_ids: list[str]) -> dict[str, Any]:
        """The results of endpoints of one user."""
        return {endpoint_id: self.result(endpoint_id, "SUCCESSFUL", is_delivered=True) for endpoint_id in endpoint_ids}

    def result(self, endpoint_id: str, status: str, *, is_delivered: bool) -> dict[str, Any]:
        """One endpoint's result."""
        self.got[endpoint_id] += is_delivered
        return {"DeliveryStatus": status, "StatusCode": 200 if status == "SUCCESSFUL" else 429, "MessageId": "m"}

    def settle(self) -> None:
        """Waits until every request that came has been carried out."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._inside, 30):
                raise RuntimeError("a request hangs")


class VirtualReceiver(Receiver):
    """Time passes only where somebody waits."""

    def __init__(self, random: Random, way: Way = LOOK_UP) -> None:
        super().__init__(random, way)
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
