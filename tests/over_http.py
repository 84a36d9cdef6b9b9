"""What the tests over HTTP share: a request, how it is sent, and what a refusal looks like."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

MESSAGE = {"SMSMessage": {"Body": "Hi {{name}}", "Substitutions": {"name": ["you"]}}}
PATH = "/v1/apps/local-application/users-messages"
BODY = json.dumps({"MessageConfiguration": MESSAGE, "Users": {"u": {}}}).encode()


def send(client: Any, users: dict[str, Any] | None = None, application_id: str = "local-application") -> Any:
    return client.send_users_messages(
        ApplicationId=application_id, SendUsersMessageRequest={"MessageConfiguration": MESSAGE, "Users": users or {"u": {}}}
    )


def refused(call: Callable[..., object], **parameters: Any) -> tuple[int, str]:
    """The status and AWS's name of the error that a call of boto3's comes to."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    assert response["ResponseMetadata"]["RequestId"]
    assert response["Error"]["Message"]
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def read_by(client: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The answers that a boto3 client gets from now on: the JSON as it came, and what botocore made of it."""
    answers: list[tuple[Any, dict[str, Any]]] = []

    def keep(http_response: Any, parsed: dict[str, Any], **_: object) -> None:
        answers.append((json.loads(http_response.content), {k: v for k, v in parsed.items() if k != "ResponseMetadata"}))

    client.meta.events.register("after-call", keep)
    return answers


def until(condition: Callable[[], object]) -> None:
    """Waits for what another thread is about to do."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
