"""Where the runs of the fault table take place: an embedded Pinpoint, users with two endpoints each, and clients of it."""

from __future__ import annotations

import contextlib
import http.client
import os
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest import mock

from typing_extensions import Self

from pinpoint_users import DirectMessageConfiguration, GCMMessage, PinpointUsers, RetryPolicy, SMSMessage
from pinpoint_users.local import LocalPinpoint, LocalServer

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"), gcm_message=GCMMessage(body="hello"))
CHANNELS = {"SMS": "+1206{:07}", "GCM": "token-{}"}
USERS_A_REQUEST = 100


class Stage:
    """One embedded Pinpoint for any number of runs, one after another.

    Args:
        users: How many users there are.
        over_http: Whether clients send through boto3 and HTTP, or in the same process and in virtual time.
    """

    def __init__(self, users: int, *, over_http: bool) -> None:
        self.users = [f"u-{number}" for number in range(users)]
        self.requests = -(-users // USERS_A_REQUEST)
        self.altered = 0
        """Answers that were altered in this run."""
        self.resends = False
        """Whether this run sends again what may have been sent."""
        self.local = LocalPinpoint()
        self.local.add_endpoints(
            {"ChannelType": channel, "Address": address.format(number), "Id": f"{user}-{channel}", "User": {"UserId": user}}
            for number, user in enumerate(self.users)
            for channel, address in CHANNELS.items()
        )
        self._server: LocalServer | None = self.local.serve() if over_http else None
        self._credentials = mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID="made-up", AWS_SECRET_ACCESS_KEY="made-up")
        self._credentials.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._credentials.stop()
        if self._server is not None:
            self._server.close()
        self.local.close()

    @property
    def server(self) -> LocalServer:
        assert self._server is not None, "this row needs HTTP"
        return self._server

    def clear(self, *, resends: bool = False) -> None:
        """Makes ready for the next run."""
        self.resends = resends
        self.local.clear_faults()
        self.local.clear_deliveries()
        self.altered = 0

    def client(self, retry: RetryPolicy, *, concurrency: int, timeout: float) -> PinpointUsers:
        """A client; over HTTP, it waits so many seconds for an answer."""
        if self._server is None:
            return self.local.client(retry=retry, concurrency=concurrency)
        return PinpointUsers(
            self.local.application_id,
            region_name="eu-west-1",
            endpoint_url=self._server.url,
            retry=retry,
            concurrency=concurrency,
            connect_timeout=timeout,
            read_timeout=timeout,
        )

    def alter(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Lets the next answer be altered, and counts it when it is."""

        def altered(answer: dict[str, Any]) -> object:
            self.altered += 1
            return change(answer)

        self.local.alter_next(altered)

    def got(self) -> Counter[str | None]:
        """How often each endpoint got the message."""
        return Counter(delivery.endpoint_id for delivery in self.local.deliveries())

    def settle(self) -> None:
        """Waits until the server has done with every request of a client that is closed."""
        if self._server is None:
            return
        self._server.resume()
        self._server.release()
        for _ in range(2):  # by the time that these are answered, all that came before them has been read and carried out
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._server.port)) as connection:
                connection.request("GET", "/v1/apps")
                connection.getresponse().read()
