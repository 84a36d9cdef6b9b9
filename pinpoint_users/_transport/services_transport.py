"""The transport of a run whose message goes out by more than one service of AWS's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pinpoint_users._transport.base import Operation, Transport
from pinpoint_users._transport.departure import Departure
from pinpoint_users._transport.services import SERVICES, SES, Service

if TYPE_CHECKING:  # botocore takes a tenth of a second, which building messages doesn't need
    from pinpoint_users._transport.boto import BotoTransport

_SERVICE_OF = {operation: service for service in SERVICES for operation in service.calls}


class ServicesTransport(Transport):
    """Carries each request to the service whose operation it is. A service's client is made when it is first needed.

    Args:
        open_service: Makes the way to a service.
        opened: The ways that are there already, Pinpoint's among them.
    """

    def __init__(self, open_service: Callable[[Service], BotoTransport], opened: Mapping[Service, BotoTransport]) -> None:
        self._open_service = open_service
        self._opened = {**opened}
        self._lock = threading.Lock()
        self._is_closed = False
        timeouts = [transport.timeout for transport in opened.values()]
        self.timeout = None if None in timeouts else max(timeout for timeout in timeouts if timeout is not None)

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        """Sends one request, once, and waits for its answer.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """
        return self.to(_SERVICE_OF[operation]).post(operation, application_id, body)

    def post_cancellable(
        self, departure: Departure, operation: Operation, application_id: str, body: bytes
    ) -> bytes | Mapping[str, Any]:
        """The same, for a request that may be cancelled before it goes out.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """
        return self.to(_SERVICE_OF[operation]).post_cancellable(departure, operation, application_id, body)

    def to(self, service: Service) -> BotoTransport:
        """The way to a service."""
        transport = self._opened.get(service)
        if transport is None:
            with self._lock:
                transport = self._opened.get(service) or self._open_service(service)
                self._opened[service] = transport
            if self._is_closed:  # meanwhile, as opening took long
                transport.close()
        return transport

    def max_send_rate(self) -> float | None:
        """The most recipients a second that SES takes of the account, as its `GetAccount` says.

        Raises:
            RequestError: It could not be learned.
        """
        return self.to(SES).max_send_rate()

    def close(self) -> None:
        """Closes all that were opened, and those that a request which wasn't waited for is just opening."""
        self._is_closed = True
        for transport in [*self._opened.values()]:  # in one step
            transport.close()
