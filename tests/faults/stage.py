"""Where the runs of the fault table take place: the services, users with their endpoints, and clients of them."""

from __future__ import annotations

import contextlib
import http.client
import os
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest import mock

from faults.front import Front
from faults.stub import Stub
from faults.ways import FORMATS, LOOK_UP, Way
from typing_extensions import Self

from pinpoint_users import RetryPolicy
from pinpoint_users.directory.interface import Directory
from pinpoint_users.local import LocalPinpoint, LocalServer

_ALL = 10_000_000
"""Deliveries that are kept: more than a run makes, even where a busy machine's requests time out and go again and again."""


class Stage:
    """The services for any number of runs, one after another: an embedded Pinpoint, or the stub where a directory is used.

    Args:
        users: How many users there are.
        over_http: Whether clients send through boto3 and HTTP, or in the same process and in virtual time.
        way: How users are looked up and messages go out.
    """

    def __init__(self, users: int, *, over_http: bool, way: Way = LOOK_UP) -> None:
        self.way = way
        self.users = [f"u-{number}" for number in range(users if way.size is None else min(users, way.size))]
        self.requests = way.requests_for(len(self.users))
        self.altered = 0
        """Answers that were altered in this run."""
        self.resends = False
        """Whether this run sends again what may have been sent."""
        self.local: LocalPinpoint | Stub = self._pinpoint() if way.routes is None else Stub(way, self.users)
        self._server: LocalServer | Front | None = None
        if over_http:
            self._server = self.local.serve() if isinstance(self.local, LocalPinpoint) else Front(self.local)
        self._credentials = mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID="made-up", AWS_SECRET_ACCESS_KEY="made-up")
        self._credentials.start()

    def _pinpoint(self) -> LocalPinpoint:
        local = LocalPinpoint(max_deliveries=_ALL)
        local.add_endpoints(
            {"ChannelType": channel, "Address": FORMATS[channel].format(number), "Id": endpoint_id, "User": {"UserId": user}}
            for number, user in enumerate(self.users)
            for channel, endpoint_id in zip(self.way.channels, self.way.endpoints_of(user), strict=True)
        )
        return local

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._credentials.stop()
        if self._server is not None:
            self._server.close()
        if isinstance(self.local, LocalPinpoint):
            self.local.close()

    @property
    def directory(self) -> Directory | None:
        """Where clients look users up; None if Pinpoint does."""
        return None if isinstance(self.local, LocalPinpoint) else self.local.receiver.directory

    @property
    def server(self) -> LocalServer | Front:
        assert self._server is not None, "this row needs HTTP"
        return self._server

    def clear(self, *, resends: bool = False) -> None:
        """Makes ready for the next run."""
        self.resends = resends
        self.local.clear_faults()
        self.local.clear_deliveries()
        self.altered = 0

    def client(self, retry: RetryPolicy, *, concurrency: int, timeout: float) -> Any:
        """A client; over HTTP, it waits so many seconds for an answer."""
        if self._server is None and isinstance(self.local, LocalPinpoint):
            where = {"transport": self.local.transport}
            return self.way.client(self.local.application_id, retry=retry, concurrency=concurrency, **where)
        if self._server is None:
            return self.local.client(retry=retry, concurrency=concurrency)
        return self.way.client(
            self.local.application_id,
            region_name="eu-west-1",
            endpoint_url=self._server.url,
            retry=retry,
            concurrency=concurrency,
            connect_timeout=timeout,
            read_timeout=timeout,
            directory=self.directory,
            routes=self.way.routes,
        )

    def alter(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Lets the next answer be altered, and counts it when it is."""

        def altered(answer: dict[str, Any]) -> object:
            self.altered += 1
            return change(answer)

        self.local.alter_next(altered)

    def got(self) -> Counter[str | None]:
        """How often each endpoint got the message."""
        if isinstance(self.local, Stub):
            return Counter(self.local.receiver.got)
        return Counter(delivery.endpoint_id for delivery in self.local.deliveries())

    def settle(self) -> None:
        """Waits until the server has done with every request of a client that is closed."""
        if self._server is None:
            return
        if isinstance(self._server, Front):
            self._server.settle()
            return
        self._server.resume()
        self._server.release()
        for _ in range(2):  # by the time that these are answered, all that came before them has been read and carried out
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._server.port)) as connection:
                connection.request("GET", "/v1/apps")
                connection.getresponse().read()
