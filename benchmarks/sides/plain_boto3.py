"""boto3 as it is written today: dict literals, one shared client, 100 users at a time, each endpoint's status read.

types-boto3 is stubs for this code: with them it runs the very same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.audience import APPLICATION_ID, MESSAGE, ONE_TIME_PASSWORD, Row, batches, row


def client_for(url: str, concurrency: int) -> Any:
    """One client, which the threads share, with a connection for each."""
    return boto3.client(
        "pinpoint", region_name="eu-west-1", endpoint_url=url, config=Config(max_pool_connections=max(10, concurrency))
    )


def request_for(batch: Iterable[Row]) -> dict[str, Any]:
    """The request for some users."""
    return {
        "MessageConfiguration": MESSAGE,
        "Users": {
            user_id: {"Substitutions": {"name": [name], "order": [order], "code": [code]}}
            for user_id, name, order, code in batch
        },
    }


def one_time_password_for(user: Row) -> dict[str, Any]:
    """The request for a one-time password."""
    user_id, _, _, code = user
    return {
        "MessageConfiguration": ONE_TIME_PASSWORD,
        "Users": {user_id: {"Substitutions": {"code": [code]}}},
    }


def successful(output: Mapping[str, Any]) -> int:
    """The endpoints of an answer that the message was handed to."""
    return sum(
        endpoint["DeliveryStatus"] == "SUCCESSFUL"
        for endpoints in output["SendUsersMessageResponse"]["Result"].values()
        for endpoint in endpoints.values()
    )


class PlainBoto3:
    """Sends through boto3.

    Args:
        client: The boto3 client.
        concurrency: Threads that send.
        read: What reads an output's statuses.
    """

    def __init__(self, client: Any, concurrency: int, read: Callable[[Any], int] = successful) -> None:
        self._client = client
        self._read = read
        self._threads = ThreadPoolExecutor(concurrency) if concurrency > 1 else None

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        run = self._threads.map if self._threads else map
        return sum(run(self._send_batch, batches(first, count)))

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        return self._post(one_time_password_for(row(number)))

    def close(self) -> None:
        """Frees the threads and connections."""
        if self._threads:
            self._threads.shutdown()
        self._client.close()

    def _send_batch(self, batch: list[Row]) -> int:
        return self._post(request_for(batch))

    def _post(self, request: dict[str, Any]) -> int:
        return self._read(self._client.send_users_messages(ApplicationId=APPLICATION_ID, SendUsersMessageRequest=request))


def connect(url: str, concurrency: int) -> PlainBoto3:
    """Makes the client."""
    return PlainBoto3(client_for(url, concurrency), concurrency)
