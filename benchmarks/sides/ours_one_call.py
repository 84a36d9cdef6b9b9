"""This package by `send_users_messages`: the operation itself, one typed request and answer at a time."""

from __future__ import annotations

from benchmarks.audience import batches, row
from benchmarks.sides.ours import Ours, client_for, message, one_time_password, users
from pinpoint_users import DeliveryStatus, EndpointSendConfiguration, SendUsersMessageRequest


class OursByOneCall(Ours):
    """Sends by `send_users_messages`."""

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        return sum(
            self._post(SendUsersMessageRequest(message_configuration=message, users=dict(users(batch))))
            for batch in batches(first, count)
        )

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        user_id, _, _, code = row(number)
        own = EndpointSendConfiguration(substitutions={"code": [code]})
        return self._post(SendUsersMessageRequest(message_configuration=one_time_password, users={user_id: own}))

    def _post(self, request: SendUsersMessageRequest) -> int:
        response = self._client.send_users_messages(request)
        return sum(
            endpoint.delivery_status is DeliveryStatus.SUCCESSFUL
            for endpoints in (response.result or {}).values()
            for endpoint in endpoints.values()
        )


def connect(url: str, concurrency: int) -> OursByOneCall:
    """Makes the client.

    Raises:
        ValueError: It is meant for one thread.
    """
    if concurrency != 1:
        raise ValueError("send_users_messages sends in the thread that calls it")
    return OursByOneCall(client_for(url, concurrency))
