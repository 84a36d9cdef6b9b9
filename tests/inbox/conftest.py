"""An embedded Pinpoint behind HTTP for all tests of the inbox, its pages as text, and a browser."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import chromium
import pytest

from pinpoint_users.local import LocalPinpoint, LocalServer


@dataclass
class Answer:
    """What an address answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Desk:
    """The inbox of an embedded Pinpoint, and what sends to it."""

    def __init__(self, local: LocalPinpoint, server: LocalServer) -> None:
        self.local = local
        self.server = server
        self.url = server.url

    def ask(self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def page(self, path: str = "/") -> str:
        answer = self.get(path)
        assert answer.status == 200
        return answer.text

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.page("/inbox/faults"))
        assert found
        return found[1]

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> Answer:
        return self.ask("POST", path, urlencode({"token": self.token(), **fields}), headers)

    def send(self, message: dict[str, Any], *, channel: str, address: str = "someone", **members: Any) -> int:
        """Sends to an address by SendMessages, and tells the number of the delivery."""
        members = {"Addresses": {address: {"ChannelType": channel}}, **members}
        answer = self.ask(
            "POST", f"/v1/apps/{self.local.application_id}/messages", json.dumps({"MessageConfiguration": message, **members})
        )
        assert answer.status == 200, answer.text
        return len(self.local.deliveries())

    def sms(self, body: str = "Hello", user: str = "u", **members: Any) -> int:
        """Sends a text to a user by SendUsersMessages."""
        self.local.add_endpoint(user_id=user, channel_type="SMS", address="+12065550100", endpoint_id=f"e-{user}")
        message = {"SMSMessage": {"Body": body, **members}}
        answer = self.ask(
            "POST",
            f"/v1/apps/{self.local.application_id}/users-messages",
            json.dumps({"MessageConfiguration": message, "Users": {user: {}}}),
        )
        assert answer.status == 200, answer.text
        return len(self.local.deliveries())

    def ses(self, content: dict[str, Any], to: str = "ann@example.com", **members: Any) -> int:
        request = {"FromEmailAddress": "us@example.com", "Destination": {"ToAddresses": [to]}, "Content": content, **members}
        answer = self.ask("POST", "/v2/email/outbound-emails", json.dumps(request))
        assert answer.status == 200, answer.text
        return len(self.local.deliveries())

    def texting(self, operation: str, **request: Any) -> int:
        headers = {"X-Amz-Target": f"PinpointSMSVoiceV2.{operation}"}
        request = {"DestinationPhoneNumber": "+12065550100", **request}
        answer = self.ask("POST", "/", json.dumps(request), headers)
        assert answer.status == 200, answer.text
        return len(self.local.deliveries())


@pytest.fixture(scope="session")
def running() -> Iterator[Desk]:
    with LocalPinpoint() as local, local.serve() as server:
        yield Desk(local, server)


@pytest.fixture
def desk(running: Desk) -> Desk:
    """The inbox, empty, with no faults."""
    running.local.clear_deliveries()
    running.local.clear_faults()
    return running


@pytest.fixture(scope="session")
def opened() -> Iterator[Any]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def browser(opened: Any) -> Any:
    """A window of a desk's width."""
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1100, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    return opened
