"""This package over asyncio: `AsyncPinpointUsers` by `stream`."""

from __future__ import annotations

import asyncio

from benchmarks.audience import APPLICATION_ID, row, rows
from benchmarks.sides.ours import message, one_time_password, successful, users
from pinpoint_users import AsyncPinpointUsers, DeliveryStatus, EndpointSendConfiguration


def client_for(url: str, concurrency: int) -> AsyncPinpointUsers:
    """The client."""
    return AsyncPinpointUsers(APPLICATION_ID, region_name="eu-west-1", endpoint_url=url, concurrency=concurrency)


async def send_all(pinpoint: AsyncPinpointUsers, first: int, count: int) -> int:
    """Builds and sends to users by number, and reads each endpoint's status."""
    endpoints = 0
    async for result in pinpoint.stream(message, users(rows(first, count))):
        for endpoint in result.endpoints.values():
            endpoints += endpoint.delivery_status is DeliveryStatus.SUCCESSFUL
    return endpoints


class OursAsync:
    """Sends by `stream`, and one message by `send`.

    Args:
        client: The client.
    """

    def __init__(self, client: AsyncPinpointUsers) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        return self._loop.run_until_complete(send_all(self._client, first, count))

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        user_id, _, _, code = row(number)
        own = EndpointSendConfiguration(substitutions={"code": [code]})
        report = self._loop.run_until_complete(self._client.send(one_time_password, {user_id: own}))
        return successful(report.users.values())

    def close(self) -> None:
        """Frees the threads and connections."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


def connect(url: str, concurrency: int) -> OursAsync:
    """Makes the client."""
    return OursAsync(client_for(url, concurrency))
