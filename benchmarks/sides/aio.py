"""aioboto3: boto3's shapes over asyncio, by one shared client. It needs a botocore of its own, older than boto3's."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from benchmarks.audience import APPLICATION_ID, Row, batches, row
from benchmarks.sides.plain_boto3 import one_time_password_for, request_for, successful

_package = importlib.import_module("aioboto3")  # by name, for who hasn't installed it
_Config: Any = importlib.import_module("aiobotocore.config").AioConfig


class Aio:
    """Sends through aioboto3.

    Args:
        url: The stub server.
        concurrency: Requests at a time, in one thread.
    """

    def __init__(self, url: str, concurrency: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._concurrency = concurrency
        config = _Config(max_pool_connections=max(10, concurrency))
        self._manager = _package.Session().client("pinpoint", region_name="eu-west-1", endpoint_url=url, config=config)
        self._client = self._loop.run_until_complete(self._manager.__aenter__())

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        return self._loop.run_until_complete(self._send_all(first, count))

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        return self._loop.run_until_complete(self._post(one_time_password_for(row(number))))

    def close(self) -> None:
        """Frees the connections."""
        self._loop.run_until_complete(self._manager.__aexit__(None, None, None))
        self._loop.close()

    async def _send_all(self, first: int, count: int) -> int:
        left = batches(first, count)

        async def send_some() -> int:
            return sum([await self._send_batch(batch) for batch in left])

        return sum(await asyncio.gather(*(send_some() for _ in range(self._concurrency))))

    async def _send_batch(self, batch: list[Row]) -> int:
        return await self._post(request_for(batch))

    async def _post(self, request: dict[str, Any]) -> int:
        return successful(await self._client.send_users_messages(ApplicationId=APPLICATION_ID, SendUsersMessageRequest=request))


def connect(url: str, concurrency: int) -> Aio:
    """Makes the client."""
    return Aio(url, concurrency)
