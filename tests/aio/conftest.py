"""A receiver that counts, in the same process; its endpoints bear the names of their users."""

from __future__ import annotations

from collections import Counter

import pytest
from aio.endings import Holding

from pinpoint_users import DirectMessageConfiguration, SMSMessage
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(1_000)]


class Counting(LocalPinpoint):
    """Counts what each user got."""

    def got(self) -> Counter[str | None]:
        return Counter(delivery.endpoint_id for delivery in self.deliveries())


@pytest.fixture
def users():
    return USERS


@pytest.fixture
def local():
    with Counting() as local:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "Id": user, "User": {"UserId": user}}
            for number, user in enumerate(USERS)
        )
        yield local


@pytest.fixture(scope="session")
def message():
    return DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture
def holding(local):
    transport = Holding(local.transport)
    yield transport
    transport.go.set()
