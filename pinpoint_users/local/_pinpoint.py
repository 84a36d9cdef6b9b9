"""LocalPinpoint: the embedded service, its doors and its script of faults."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pinpoint_users._fields import Substitutions
from pinpoint_users._retry import RetryPolicy
from pinpoint_users._serialization import from_wire
from pinpoint_users.client import PinpointUsers
from pinpoint_users.enums import ChannelType, ChannelTypeName
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.local._delivery import Delivery, delivery_of
from pinpoint_users.local._endpoints import TooManyEndpointsError, update_endpoint
from pinpoint_users.local._faults import Break, Faults, RequestFault, Throttling
from pinpoint_users.local._server import LocalServer
from pinpoint_users.local._service import ERROR_NAMES, Service
from pinpoint_users.local._shapes import EndpointBatchItem
from pinpoint_users.local._store import Store
from pinpoint_users.local._transport import LocalTransport, VirtualClock

_ANSWERED_MEMBERS = frozenset({"ApplicationId", "CohortId", "CreationDate"})
"""Members of an exported endpoint that aren't members of an update."""


class LocalPinpoint:
    """An Amazon Pinpoint of one's own, for tests and for trying things out. Nothing leaves the machine.

    `client()` sends to it in the same process; `serve()` puts it behind HTTP for any AWS client. Credentials aren't checked.
    `deliveries()` tells what each address would have got; the methods from `throttle()` on let things go wrong. Every method
    may be called from any thread.

    Where it differs from the service: it keeps no templates; a taken-over address doesn't make the older endpoint inactive, so
    that duplicates can be seen; user attributes belong to the endpoint that they are given with; variables are filled, block
    helpers such as `{{#if}}` stay as they are; and its quotas aren't limited but by `throttle()` and `fail_next()`.

    Args:
        database: The SQLite file that it keeps everything in, made if absent; by default memory.
        application_id: The application (project) that is there from the start.

    Example:
        >>> from pinpoint_users import DirectMessageConfiguration, SMSMessage
        >>> message = DirectMessageConfiguration(sms_message=SMSMessage(body="Hello {{User.UserAttributes.Name}}"))
        >>> with LocalPinpoint() as local:
        ...     endpoint_id = local.add_endpoint(
        ...         user_id="u-1", channel_type="SMS", address="+12065550100", user_attributes={"Name": ["Ann"]}
        ...     )
        ...     report = local.client().send(message, ["u-1"])
        ...     print(local.deliveries()[0].body)
        Hello Ann
    """

    def __init__(self, database: str | os.PathLike[str] = ":memory:", *, application_id: str = "local-application") -> None:
        self.application_id = application_id
        """The application that is there from the start."""
        self._store = Store(database)
        self._faults = Faults()
        self._service = Service(self._store, self._faults)
        self._clock = VirtualClock()
        with self._store.transaction():
            if self._store.application(application_id) is None:
                self._service.add_application(application_id, "Local application", {})

    def close(self) -> None:
        """Closes the database; what was kept in memory is gone. Servers are closed by themselves, before."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- doors

    @property
    def transport(self) -> LocalTransport:
        """The in-process door, for `PinpointUsers(…, transport=…)`."""
        return LocalTransport(self._service, self._clock)

    @property
    def waited(self) -> float:
        """The seconds that in-process clients have waited, in virtual time; the real time is none."""
        return self._clock.seconds

    def client(self, *, retry: RetryPolicy = RetryPolicy(), concurrency: int = 8) -> PinpointUsers:  # noqa: B008 - it is frozen
        """A client of the default application, in the same process: no HTTP, no boto3, no waiting.

        Args:
            retry: As for `PinpointUsers`.
            concurrency: As for `PinpointUsers`.
        """
        return PinpointUsers(self.application_id, transport=self.transport, retry=retry, concurrency=concurrency)

    def serve(self, *, port: int = 0) -> LocalServer:
        """Starts an HTTP server on 127.0.0.1, in a thread of its own.

        Use it as a context manager, or `close()` it; `url` is what a boto3 client takes as its `endpoint_url`, and the AWS CLI
        as its `--endpoint-url`.

        Args:
            port: The port to listen at; 0, the default, takes a free one.

        Raises:
            ImportError: The extra `local` isn't installed.
            OSError: The port is taken.
        """
        return LocalServer(self._service, port=port)

    # --- endpoints and deliveries

    def add_endpoint(
        self,
        *,
        user_id: str | None = None,
        channel_type: ChannelType | ChannelTypeName,
        address: str,
        endpoint_id: str | None = None,
        opt_out: str = "NONE",
        endpoint_status: str = "ACTIVE",
        attributes: Substitutions | None = None,
        user_attributes: Substitutions | None = None,
    ) -> str:
        """Adds an endpoint to the default application, or updates the one of that ID.

        Args:
            user_id: The user whom it belongs to. A user has at most 15 endpoints; a sixteenth is refused, or, for most push
                channels, takes the place of the user's oldest push endpoint.
            channel_type: The channel.
            address: The phone number, e-mail address or device token.
            endpoint_id: Its ID; by default a new one.
            opt_out: "ALL" if the user doesn't want messages there.
            endpoint_status: "INACTIVE" if messages aren't to be sent there.
            attributes: What `{{Attributes.name}}` stands for, each a list of strings.
            user_attributes: What `{{User.UserAttributes.name}}` stands for, each a list of strings.

        Returns:
            The endpoint's ID.

        Raises:
            ValidationError: What is wrong with the endpoint.
        """
        user = {"UserId": user_id, "UserAttributes": user_attributes}
        endpoint = {
            "Id": endpoint_id,
            "ChannelType": str(channel_type),
            "Address": address,
            "OptOut": opt_out,
            "EndpointStatus": endpoint_status,
            "Attributes": attributes,
            "User": {name: value for name, value in user.items() if value is not None},
        }
        return self.add_endpoints([{name: value for name, value in endpoint.items() if value is not None}])[0]

    def add_endpoints(self, endpoints: Iterable[Mapping[str, Any]]) -> list[str]:
        """Adds any number of endpoints to the default application at once: all, or none if one is refused.

        Args:
            endpoints: Endpoints in AWS's shape, as `UpdateEndpointsBatch` takes them or Pinpoint exports them:
                `{"ChannelType": "SMS", "Address": "+12065550100", "User": {"UserId": "u-1"}}`. An `Id` of its own is optional.

        Returns:
            The endpoints' IDs, in their order.

        Raises:
            ValidationError: What is wrong with which endpoint.
        """
        request_id = str(uuid.uuid4())
        endpoint_ids: list[str] = []
        with self._store.transaction():
            for number, endpoint in enumerate(endpoints):
                members = {name: value for name, value in endpoint.items() if name not in _ANSWERED_MEMBERS}
                request = from_wire(EndpointBatchItem, members)
                endpoint_id = request.id or uuid.uuid4().hex
                try:
                    update_endpoint(self._store, self.application_id, endpoint_id, request, request_id)
                except TooManyEndpointsError as error:
                    raise ValidationError("endpoints", [Fault(f"[{number}].User.UserId", str(error))]) from None
                endpoint_ids.append(endpoint_id)
        return endpoint_ids

    def deliveries(self) -> tuple[Delivery, ...]:
        """What each address would have got, in the order of sending."""
        with self._store.transaction():
            rows = self._store.deliveries()
        return tuple(map(delivery_of, rows))

    def clear_deliveries(self) -> None:
        """Forgets the deliveries so far."""
        with self._store.transaction():
            self._store.clear_deliveries()

    # --- faults

    def throttle(
        self,
        *,
        endpoint_ids: Collection[str] = (),
        addresses: Collection[str] = (),
        user_ids: Collection[str] = (),
        share: float = 0.0,
        times: int = 1,
        status_code: int = 429,
    ) -> None:
        """Lets endpoints answer THROTTLED the first times that they are sent to.

        An endpoint is chosen by any of the ways given.

        Args:
            endpoint_ids: These endpoints.
            addresses: The endpoints of these addresses, and these addresses where they are sent to directly.
            user_ids: All endpoints of these users.
            share: So many of all endpoints, from 0 to 1; by a checksum of their addresses, so the same ones each time.
            times: How often each is throttled before it goes through.
            status_code: The status code of the result: 429, or the 403 that the service has given for throttled e-mail.
        """
        self._faults.add_throttling(
            Throttling(
                endpoint_ids=frozenset(endpoint_ids),
                addresses=frozenset(addresses),
                user_ids=frozenset(user_ids),
                share=share,
                times=times,
                status_code=status_code,
            )
        )

    def fail_next(self, status: int = 500, *, times: int = 1, accept: bool = False, operation: str | None = None) -> None:
        """Lets the next sends answer an error.

        Faults are met in the order of the calls that script them, each by so many requests; only `SendMessages` and
        `SendUsersMessages` meet them.

        Args:
            status: 400, 403, 404, 405, 413, 429, 500 or 503.
            times: How many requests meet it.
            accept: Whether the message goes out all the same, as it may with 500 and 503.
            operation: `SendMessages` or `SendUsersMessages`, to let the other one pass; by default either meets it.

        Raises:
            ValueError: Another status.
        """
        if status not in ERROR_NAMES:
            raise ValueError(f"{status} isn't a status that the service answers: {', '.join(map(str, ERROR_NAMES))}")
        self._faults.add(RequestFault(ends="answer", accept=accept, operation=operation, status=status), times)

    def answer_next(
        self,
        body: bytes,
        *,
        content_type: str = "application/json",
        times: int = 1,
        accept: bool = True,
        operation: str | None = None,
    ) -> None:
        """Lets the next sends answer with status 200 and this body: empty, cut off, HTML, JSON of another shape.

        Args:
            body: The body, as it goes out.
            content_type: Its type, over HTTP.
            times: How many requests meet it.
            accept: Whether the message goes out.
            operation: As for `fail_next()`.
        """
        fault = RequestFault(ends="answer", accept=accept, operation=operation, body=body, content_type=content_type)
        self._faults.add(fault, times)

    def hang_next(self, *, times: int = 1, accept: bool = True, operation: str | None = None) -> None:
        """Lets the next sends wait for an answer that doesn't come.

        Over HTTP the connection stays open until the client closes it, or `LocalServer.release()` or the server's end drops it;
        in-process, `ReadTimeoutError` is raised at once.

        Args:
            times: How many requests meet it.
            accept: Whether the message goes out.
            operation: As for `fail_next()`.
        """
        self._break_next("hang", times, accept=accept, operation=operation)

    def drop_next(self, *, times: int = 1, accept: bool = False, operation: str | None = None) -> None:
        """Drops the connection of the next sends without an answer; in-process, `ConnectionLostError` is raised.

        Args:
            times: How many requests meet it.
            accept: Whether the message goes out, before the drop.
            operation: As for `fail_next()`.
        """
        self._break_next("drop", times, accept=accept, operation=operation)

    def truncate_next(self, *, times: int = 1, operation: str | None = None) -> None:
        """Drops the connection of the next sends in the middle of the answer, the message having gone out.

        In-process, the client gets half an answer. boto3 doesn't see that the body is shorter than its length, and parses
        nothing out of it.

        Args:
            times: How many requests meet it.
            operation: As for `fail_next()`.
        """
        self._break_next("truncate", times, accept=True, operation=operation)

    def clear_faults(self) -> None:
        """Forgets every fault that is still to come, throttling included."""
        self._faults.clear()

    def _break_next(self, ends: Break, times: int, *, accept: bool, operation: str | None) -> None:
        self._faults.add(RequestFault(ends=ends, accept=accept, operation=operation), times)
