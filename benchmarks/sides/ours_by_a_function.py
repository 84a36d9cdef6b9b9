"""This package to push and SMS by addresses that a function gives, as for an audience of any size."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.audience import APPLICATION_ID, TO_APPS_AND_PHONES, rows
from benchmarks.sides.ours import successful, users
from pinpoint_users import DirectMessageConfiguration, Endpoint, PinpointUsers

_message = DirectMessageConfiguration.from_dict(TO_APPS_AND_PHONES)


def _endpoints_of(user_ids: Sequence[str]) -> dict[str, list[Endpoint]]:
    return {
        user_id: [
            Endpoint(channel_type="GCM", address=f"token-of-{user_id}-x", id=f"app-of-{user_id}"),
            Endpoint(channel_type="SMS", address=f"+1206{user_id[2:]}", id=f"phone-of-{user_id}"),
        ]
        for user_id in user_ids
    }


class ByFunction:
    """Sends by `stream`.

    Args:
        url: The stub server.
        concurrency: Requests at a time.
    """

    def __init__(self, url: str, concurrency: int) -> None:
        self._client = PinpointUsers(
            APPLICATION_ID, region_name="eu-west-1", endpoint_url=url, concurrency=concurrency, directory=_endpoints_of
        )

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, and reads each endpoint's status."""
        return successful(self._client.stream(_message, users(rows(first, count))))

    def send_one(self, number: int) -> int:
        """Sends to one user and reads each endpoint's status."""
        return self.send_many(number, 1)

    def close(self) -> None:
        """Frees the threads and connections."""
        self._client.close()


def connect(url: str, concurrency: int) -> ByFunction:
    """Makes the client."""
    return ByFunction(url, concurrency)
