"""An embedded Pinpoint for each test, and one behind HTTP for all of them."""

from __future__ import annotations

import http.client
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from pinpoint_users.local import LocalPinpoint, LocalServer

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def local() -> Iterator[LocalPinpoint]:
    with LocalPinpoint() as pinpoint:
        yield pinpoint


@pytest.fixture
def send(local: LocalPinpoint) -> Send:
    """Posts a SendUsersMessages request in AWS's shape and returns the results of its users."""

    def post(message: dict[str, Any], users: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
        body = {"MessageConfiguration": message, "Users": {"u": {}} if users is None else users, **members}
        return json.loads(local.transport.post("SendUsersMessages", local.application_id, json.dumps(body).encode()))["Result"]

    return post


@pytest.fixture
def send_messages(local: LocalPinpoint) -> Send:
    """Posts a SendMessages request in AWS's shape and returns the whole answer."""

    def post(message: dict[str, Any], **members: Any) -> dict[str, Any]:
        body = {"MessageConfiguration": message, **members}
        return json.loads(local.transport.post("SendMessages", local.application_id, json.dumps(body).encode()))

    return post


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[LocalPinpoint, LocalServer]]:
    with LocalPinpoint() as pinpoint, pinpoint.serve() as server:
        yield pinpoint, server


@pytest.fixture
def remote(served: tuple[LocalPinpoint, LocalServer]) -> Iterator[LocalPinpoint]:
    """The embedded Pinpoint behind HTTP: nothing delivered, no faults or quota but the test's; `u` has the endpoint `e`."""
    pinpoint = served[0]
    pinpoint.clear_deliveries()
    pinpoint.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")
    yield pinpoint
    pinpoint.clear_deliveries()
    pinpoint.clear_faults()
    pinpoint.limit_rate(None)


@pytest.fixture
def environment(served: tuple[LocalPinpoint, LocalServer], tmp_path: Path) -> dict[str, str]:
    """All that a program in any language is told: where the services are, made-up credentials, no settings of the machine."""
    return {
        **os.environ,
        **served[1].environment,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def make_boto3(served: tuple[LocalPinpoint, LocalServer]) -> Callable[..., Any]:
    """Makes plain boto3 clients of the server, which try once."""

    def make(url: str = served[1].url, *, service: str = "pinpoint", **options: Any) -> Any:
        return boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=url,
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",
            config=Config(retries={"total_max_attempts": 1}, **options),
        )

    return make


@pytest.fixture(scope="session")
def pinpoint(make_boto3: Callable[..., Any]) -> Any:
    """A plain boto3 client of the server."""
    return make_boto3()


@pytest.fixture(scope="session")
def ses(make_boto3: Callable[..., Any]) -> Any:
    """A plain boto3 client of the server's SES v2."""
    return make_boto3(service="sesv2")


@pytest.fixture(scope="session")
def texting(make_boto3: Callable[..., Any]) -> Any:
    """A plain boto3 client of the server's SMS and voice version 2."""
    return make_boto3(service="pinpoint-sms-voice-v2")


@pytest.fixture
def raw(served: tuple[LocalPinpoint, LocalServer]) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server."""
    connection = http.client.HTTPConnection("127.0.0.1", served[1].port)
    yield connection
    connection.close()


@pytest.fixture
def quiet(served: tuple[LocalPinpoint, LocalServer]) -> Iterator[None]:
    """The server has nothing to complain of, whatever the faults."""
    records: list[logging.LogRecord] = []
    # One of our own: pytest's is off between a test and its end, which is when the server's thread may write.
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append  # type: ignore[method-assign]  # the shortest way to make one
    logging.getLogger("uvicorn").addHandler(handler)
    yield
    last = http.client.HTTPConnection("127.0.0.1", served[1].port)
    last.request("GET", "/v1/apps")  # by whose answer the complaints about those before it are written
    assert last.getresponse().status == 200
    last.close()
    logging.getLogger("uvicorn").removeHandler(handler)
    of_the_client = {"Invalid HTTP request received."}
    assert {record.getMessage() for record in records} <= of_the_client
