"""Fixtures for pytest, which finds them by itself: `local_pinpoint` and `pinpoint_deliveries`.

A run that asks for neither pays for this module alone, so everything else is imported by the fixtures.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pinpoint_users.local import Deliveries, LocalPinpoint, LocalServer

_REGION = "us-east-1"
_CREDENTIAL = "made-up"
_LOOPBACK = "127.0.0.1"
_UNSET = (
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
)
"""What would lead a client past the server, or to credentials that somebody pays for."""


@pytest.fixture(scope="session")
def _local_pinpoint_server() -> Iterator[LocalServer]:
    """The server that the session's tests share; under pytest-xdist each worker has a session, and so a server."""
    from pinpoint_users.local import LocalPinpoint  # noqa: PLC0415 - see above

    with LocalPinpoint() as local:
        try:
            server = local.serve()
        except ImportError as error:
            pytest.fail(
                f"the fixture local_pinpoint has an HTTP server, and {error}. Without it, "
                "`LocalPinpoint().client()` of pinpoint_users.local sends in the same process.",
                pytrace=False,
            )
        with server:
            yield server


@pytest.fixture
def local_pinpoint(_local_pinpoint_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPinpoint]:
    """A `LocalPinpoint` with a fresh application, behind HTTP, where each AWS client that the test makes finds it.

    Nothing of another test is there: no endpoint, delivery, fault or quota. Until the test ends the environment, of child
    processes too, has the address of Pinpoint, SES v2, and SMS and voice version 2 (`AWS_ENDPOINT_URL_PINPOINT` and so on),
    made-up credentials and a Region, and AWS's files of settings aren't read. A client that was made before goes where it
    went. What waits before it sends again, waits in real time; `local_pinpoint.client()` doesn't.
    """
    from pinpoint_users.local import LocalPinpoint  # noqa: PLC0415 - see above

    with LocalPinpoint(application_id=uuid.uuid4().hex) as local, local.mount(_local_pinpoint_server) as mount:
        for name in _UNSET:
            monkeypatch.delenv(name, raising=False)
        settings = {
            **mount.environment,
            "AWS_ACCESS_KEY_ID": _CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": _CREDENTIAL,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # A proxy for the internet can't reach this machine's loopback.
            "NO_PROXY": _without_proxy("NO_PROXY"),
            "no_proxy": _without_proxy("no_proxy"),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield local


@pytest.fixture
def pinpoint_deliveries(local_pinpoint: LocalPinpoint) -> Deliveries:
    """What this test's `local_pinpoint` delivered: `pinpoint_deliveries.to("u-1").sms().body == "…"`."""
    from pinpoint_users.local import Deliveries  # noqa: PLC0415 - see above

    return Deliveries(local_pinpoint)


def _without_proxy(name: str) -> str:
    there = os.environ.get(name)
    return f"{there},{_LOOPBACK}" if there else _LOOPBACK
