"""The floor: what boto3 costs for signing and HTTP alone. The body is made beforehand, and the answer's bytes aren't parsed."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.audience import APPLICATION_ID, USERS_A_REQUEST, row, rows
from benchmarks.sides.plain_boto3 import one_time_password_for, request_for


class Floor:
    """Sends the same bytes again and again.

    Args:
        url: The stub server.
    """

    def __init__(self, url: str) -> None:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1, "mode": "standard"})
        self._client = boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=url, config=config)
        self._client.meta.events.register("before-call.pinpoint.SendUsersMessages", self._put_body)
        self._client.meta.events.register("before-parse.pinpoint.SendUsersMessages", self._take_answer)
        self._many = json.dumps(request_for(rows(0, USERS_A_REQUEST))).encode()
        self._one = json.dumps(one_time_password_for(row(0))).encode()
        self._body = self._answer = b""

    def send_many(self, first: int, count: int) -> int:  # noqa: ARG002 - the body is the same for all
        """Sends as many requests as the users need. Nothing is built, and nothing parsed: only the last answer is counted."""
        self._body = self._many
        for _ in range(0, count, USERS_A_REQUEST):
            self._post()
        return self._last_successful() * -(-count // USERS_A_REQUEST)

    def send_one(self, number: int) -> int:  # noqa: ARG002 - likewise
        """Sends the request for one user."""
        self._body = self._one
        self._post()
        return self._last_successful()

    def close(self) -> None:
        """Frees the connections."""
        self._client.close()

    def _post(self) -> None:
        self._client.send_users_messages(ApplicationId=APPLICATION_ID, SendUsersMessageRequest={})

    def _last_successful(self) -> int:
        return self._answer.count(b"SUCCESSFUL")

    def _put_body(self, *, params: dict[str, Any], **_: Any) -> None:
        params["body"] = self._body

    def _take_answer(self, *, response_dict: dict[str, Any], **_: Any) -> None:
        self._answer = response_dict["body"]
        response_dict["body"] = b"{}"


def connect(url: str, concurrency: int) -> Floor:
    """Makes the client.

    Raises:
        ValueError: It is meant for one thread.
    """
    if concurrency != 1:
        raise ValueError("the floor has one body at a time")
    return Floor(url)
