"""LocalPinpoint: the embedded service, its doors and its script of faults."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self

from pinpoint_users._clock import monotonic
from pinpoint_users._rendering.template_store import TemplateSource
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._shapes.converters import Substitutions
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users.aio import AsyncPinpointUsers
from pinpoint_users.client import PinpointUsers
from pinpoint_users.directory.interface import Directory
from pinpoint_users.endpoints import EndpointBatchItem
from pinpoint_users.enums import ChannelType, ChannelTypeName
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.local._applications import add_application
from pinpoint_users.local._delivery import Delivery, delivery_of
from pinpoint_users.local._endpoints import TooManyEndpointsError, store_endpoint
from pinpoint_users.local._mount import LocalMount
from pinpoint_users.local._script import FaultScript
from pinpoint_users.local._server import LOOPBACK_HOST, LocalServer
from pinpoint_users.local._service import Service
from pinpoint_users.local._store import Store
from pinpoint_users.local._transport import LocalTransport, VirtualClock
from pinpoint_users.routes import Routes

MAX_DELIVERIES = 100_000
"""The deliveries that are kept by default."""
_ANSWERED_MEMBERS = frozenset({"ApplicationId", "CohortId", "CreationDate"})
"""Members of an exported endpoint that aren't members of an update."""


class LocalPinpoint(FaultScript):
    """An Amazon Pinpoint of one's own, for tests and for trying things out. Nothing leaves the machine.

    `client()` sends to it in the same process; `serve()` puts it behind HTTP for any AWS client. Credentials aren't checked
    unless `serve()` is given a secret.
    `deliveries()` tells what each address would have got, `requests` how the sends were answered. `throttle()` and
    the methods whose names end in `_next` let things go wrong. Every method may be called from any thread.

    SES v2's `SendEmail`, `SendBulkEmail` and `GetAccount`, and `SendTextMessage` and `SendVoiceMessage` of SMS and voice
    version 2 are there too, at the same address and with the same deliveries; `reject()` lets them refuse recipients. Requests
    are held against AWS's own model. Inline templates of e-mail take `{{name}}` of plain letters and digits, and stored ones
    there are none; a message that lacks a variable is a success that nobody gets; senders, origination identities,
    configuration sets and tenants aren't checked; one bad e-mail address refuses the whole request, of which AWS says nothing
    for SES v2.

    Over HTTP there are applications, endpoints, message templates, channels, one-time passwords, events and phone numbers too;
    what isn't emulated says so. `docs/local.md` has the list.

    Where it differs from the service: an address that `add_endpoint()` gives again doesn't make the older endpoint inactive, so
    that duplicates can be seen; a channel that nobody has touched is enabled; user attributes belong to the endpoint that they
    are given with; texts are rendered with the helpers of AWS's user guide, dates in English and without patterns of weeks, and
    with no others, such as those that define variables; and there is no quota but that of `limit_rate()`. In the HTML part of
    an e-mail `{{name}}` is escaped as in Handlebars, and `{{{name}}}` isn't: what the service did isn't documented.

    Args:
        database: The SQLite file that it keeps everything in, made if absent; by default memory.
        application_id: The application (project) that is there from the start.
        max_deliveries: How many deliveries are kept, 100,000 by default, and at most 200 MB of them; the oldest give way.

    Raises:
        sqlite3.Error: The file isn't one of SQLite's, or can't be written.
        ValueError: The file has no name, or is the database of something else.

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

    def __init__(
        self,
        database: str | os.PathLike[str] = ":memory:",
        *,
        application_id: str = "local-application",
        max_deliveries: int = MAX_DELIVERIES,
    ) -> None:
        self.application_id = application_id
        """The application that is there from the start."""
        self.max_deliveries = max_deliveries
        """How many deliveries are kept; the oldest give way."""
        super().__init__()
        self._store = Store(database, max_deliveries=max_deliveries)
        self._clock = VirtualClock()
        self._service = Service(self._store, self._faults, lambda: self._clock.seconds)
        self._served = Service(self._store, self._faults, monotonic)
        with self._store.transaction():
            if self._store.application(application_id) is None:
                add_application(self._store, application_id, "Local application", {})

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

    def client(
        self,
        *,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - it is frozen
        concurrency: int = 8,
        directory: Directory | None = None,
        routes: Routes | None = None,
        keeps_directory: bool = True,
        templates: TemplateSource | None = None,
    ) -> PinpointUsers:
        """A client of the default application, in the same process: no HTTP, no boto3, no waiting.

        Args:
            retry: As for `PinpointUsers`.
            concurrency: As for `PinpointUsers`.
            directory: As for `PinpointUsers`; by default this service looks users up.
            routes: As for `PinpointUsers`.
            keeps_directory: As for `PinpointUsers`.
            templates: As for `PinpointUsers`.
        """
        how = self._how(retry, concurrency, directory, routes, keeps_directory=keeps_directory, templates=templates)
        return PinpointUsers(self.application_id, **how)

    def async_client(
        self,
        *,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - it is frozen
        concurrency: int = 8,
        directory: Directory | None = None,
        routes: Routes | None = None,
        keeps_directory: bool = True,
        templates: TemplateSource | None = None,
    ) -> AsyncPinpointUsers:
        """A client of the default application for asyncio, in the same process: no HTTP, no boto3, no waiting.

        Args:
            retry: As for `AsyncPinpointUsers`.
            concurrency: As for `AsyncPinpointUsers`.
            directory: As for `AsyncPinpointUsers`; by default this service looks users up.
            routes: As for `AsyncPinpointUsers`.
            keeps_directory: As for `AsyncPinpointUsers`.
            templates: As for `AsyncPinpointUsers`.
        """
        how = self._how(retry, concurrency, directory, routes, keeps_directory=keeps_directory, templates=templates)
        return AsyncPinpointUsers(self.application_id, **how)

    def serve(
        self,
        *,
        port: int = 0,
        host: str = LOOPBACK_HOST,
        allowed_hosts: Collection[str] = (),
        secret_access_key: str | None = None,
    ) -> LocalServer:
        """Starts an HTTP server, on 127.0.0.1 unless it is told otherwise, in a thread of its own.

        Use it as a context manager, or `close()` it; `url` is what a boto3 client takes as its `endpoint_url`, and the AWS CLI
        as its `--endpoint-url`, for each of the services; `environment` has the variables that tell them.

        Args:
            port: The port to listen at; 0, the default, takes a free one.
            host: The host to listen at. One that others than this machine can reach, such as "0.0.0.0" in a container, lets
                them read every message and send others, and needs `allowed_hosts`.
            allowed_hosts: The names that requests may call it by, beside those of loopback, as a browser's page could else make
                a name of its own point here (DNS rebinding). `url` has the first.
            secret_access_key: The secret that every request must be signed with, by Signature Version 4, whatever its access
                key ID; None, the default, checks no signature.

        Raises:
            ImportError: The extra `local` isn't installed.
            OSError: The port is taken, or there is no such host.
            ValueError: A host other than loopback without `allowed_hosts`, or one of these that is no host's name.
        """
        return LocalServer(self._served, port=port, host=host, allowed_hosts=allowed_hosts, secret_access_key=secret_access_key)

    def mount(self, server: LocalServer) -> LocalMount:
        """Lets a server that runs already, another one's, answer for this one too: each is below a path of its own.

        It takes a millisecond or two, and to start and close a server a tenth of a second: each test can have one.

        Args:
            server: The server. It stays open when the mount is closed. A secret that it was given isn't asked for here.

        Raises:
            RuntimeError: The server is closed.
        """
        return LocalMount(server, self._served)

    def _how(
        self, retry: RetryPolicy, concurrency: int, directory: Directory | None, routes: Routes | None, **more: Any
    ) -> dict[str, Any]:
        how = {"retry": retry, "concurrency": concurrency, "directory": directory, "routes": routes}
        return {"transport": self.transport, **how, **more}

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
            "ChannelType": channel_type,
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
                    store_endpoint(self._store, self.application_id, endpoint_id, request, request_id, takes_address=False)
                except TooManyEndpointsError as error:
                    raise ValidationError("endpoints", [Fault(f"[{number}].User.UserId", str(error))]) from None
                except ValidationError as error:
                    faults = [Fault(f"[{number}].{fault.path}", fault.problem) for fault in error.faults]
                    raise ValidationError("endpoints", faults) from None
                endpoint_ids.append(endpoint_id)
        return endpoint_ids

    def deliveries(self) -> tuple[Delivery, ...]:
        """What each address would have got, in the order of sending.

        Raises:
            RuntimeError: This was closed.
        """
        with self._store.transaction():
            rows = self._store.deliveries.all()
        return tuple(map(delivery_of, rows))

    def clear_deliveries(self) -> None:
        """Forgets the deliveries and the `requests` so far."""
        with self._store.transaction():
            self._store.deliveries.clear()
        for service in (self._service, self._served):
            service.clear_counts()

    @property
    def requests(self) -> Mapping[int | None, int]:
        """How many sends were answered with each HTTP status, such as `{200: 41, 429: 3}`; those without an answer under None.

        An answer counts as soon as it begins, even if it doesn't come to its end.
        """
        return self._service.counts() + self._served.counts()

    # --- quota

    def limit_rate(self, requests_per_second: float | None, *, endpoints_per_second: float | None = None) -> None:
        """Sets the quota of sends, as a token bucket that holds one second's worth and is full at first.

        A request beyond it is answered 429, `TooManyRequestsException`: nothing of it goes out, and it meets no scripted fault.
        An endpoint beyond it is THROTTLED in the answer. SMS and voice version 2 answers 400, `ThrottlingException`, to both;
        an entry of `SendBulkEmail` is ACCOUNT_THROTTLED, and `endpoints_per_second` is `GetAccount`'s `MaxSendRate`. Clients in
        the same process share one quota, in virtual time; clients over HTTP share another, in real time.

        Args:
            requests_per_second: The requests that are taken in a second; None is any number.
            endpoints_per_second: The endpoints that are sent to in a second; None, the default, is any number.

        Raises:
            ValueError: A limit isn't a number above 0.
        """
        for limit in (requests_per_second, endpoints_per_second):
            if limit is not None and not 0 < limit < math.inf:
                raise ValueError(f"{limit} a second isn't a limit: it must be a number above 0, or None for none")
        for service in (self._service, self._served):
            service.quota.limit(requests_per_second, endpoints_per_second)
