"""The door without HTTP: the client's own bytes, straight to the service and back, in virtual time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from pinpoint_users._transport.base import Operation, Transport, answer_error, with_request_id
from pinpoint_users.errors import ConfigurationError, ConnectionFailedError, ConnectionLostError, ReadTimeoutError
from pinpoint_users.local._call import Parameters
from pinpoint_users.local._reply import Reply
from pinpoint_users.local._service import Service
from pinpoint_users.local._store import ClosedError


class VirtualClock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """The time, which is what has been waited in all."""
        with self._lock:
            return self._seconds

    def advance(self, seconds: float) -> None:
        """Lets time pass at once."""
        with self._lock:
            self._seconds += seconds


class LocalTransport(Transport):
    """Carries requests to a `LocalPinpoint` in the same process. Waiting takes no time; `monotonic()` is virtual too."""

    def __init__(self, service: Service, clock: VirtualClock) -> None:
        self._service = service
        self._clock = clock

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        """Hands one request to the service; the application ID is Pinpoint's alone.

        Raises:
            RequestError: What boto3's transport would raise: by the answer's status, or for a scripted fault.
        """
        reply = self._reply_to(operation, {"application-id": application_id}, body)
        answer = reply.body[: len(reply.body) // 2] if reply.ends == "truncate" else reply.body
        return with_request_id(operation, answer, reply.request_id)

    def max_send_rate(self) -> float | None:
        """The most recipients a second, as `GetAccount` says.

        Raises:
            RequestError: A scripted fault.
        """
        rate: float = json.loads(self._reply_to("GetAccount", {}, b"").body)["SendQuota"]["MaxSendRate"]
        return rate

    def _reply_to(self, operation: str, parameters: Parameters, body: bytes) -> Reply:
        try:
            reply = self._service.call(operation, parameters, body, self._service.meet(operation))
        except ClosedError as error:
            raise ConfigurationError(f"{operation}: {error}; nothing was sent") from error
        if reply.ends == "refuse":
            raise ConnectionFailedError(f"{operation}: the connection was refused; nothing was sent")
        if reply.ends in {"hang", "drip"}:
            raise ReadTimeoutError(f"{operation}: no answer in time; the message may have been sent all the same")
        if reply.ends == "drop":
            raise ConnectionLostError(f"{operation}: the connection broke; the message may have been sent all the same")
        if reply.status != 200:
            members = json.loads(reply.body)
            said = members.get("Message") or members.get("message")
            raise answer_error(
                operation,
                reply.status,
                code=reply.error_name or "",
                message=said,
                request_id=reply.request_id,
                reason=members.get("Reason"),
            )
        return reply

    def monotonic(self) -> float:
        """The virtual time in seconds."""
        return self._clock.seconds

    def sleep(self, seconds: float) -> None:
        """Lets virtual time pass and returns at once."""
        self._clock.advance(seconds)
