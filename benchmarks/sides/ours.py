"""This package by `stream`, as for an audience of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.audience import APPLICATION_ID, MESSAGE, ONE_TIME_PASSWORD, Row, row, rows
from pinpoint_users import (
    DeliveryStatus,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PinpointUsers,
    UserResult,
)

message = DirectMessageConfiguration.from_dict(MESSAGE)
one_time_password = DirectMessageConfiguration.from_dict(ONE_TIME_PASSWORD)


def client_for(url: str, concurrency: int) -> PinpointUsers:
    """The client."""
    return PinpointUsers(APPLICATION_ID, region_name="eu-west-1", endpoint_url=url, concurrency=concurrency)


def configuration_for(user: Row) -> EndpointSendConfiguration:
    """What one user gets of its own."""
    _, name, order, code = user
    return EndpointSendConfiguration(substitutions={"name": [name], "order": [order], "code": [code]})


def users(those: Iterable[Row]) -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """The users of a message."""
    return ((user[0], configuration_for(user)) for user in those)


def successful(results: Iterable[UserResult]) -> int:
    """The endpoints that the message was handed to."""
    return sum(
        endpoint.delivery_status is DeliveryStatus.SUCCESSFUL for result in results for endpoint in result.endpoints.values()
    )


class Ours:
    """Sends by `stream`, and one message by `send`.

    Args:
        client: The client.
    """

    def __init__(self, client: PinpointUsers) -> None:
        self._client = client

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        return successful(self._client.stream(message, users(rows(first, count))))

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        user_id, _, _, code = row(number)
        own = EndpointSendConfiguration(substitutions={"code": [code]})
        return successful(self._client.send(one_time_password, {user_id: own}).users.values())

    def close(self) -> None:
        """Frees the threads and connections."""
        self._client.close()


def connect(url: str, concurrency: int) -> Ours:
    """Makes the client."""
    return Ours(client_for(url, concurrency))
