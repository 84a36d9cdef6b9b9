"""How to test code that sends, without AWS: `pytest examples/testing_your_code.py`.

The code under test takes a `PinpointUsers`. A test hands it the client of an embedded Pinpoint, and looks at what came out of
it and at what each address would have got.
"""

# Tests are made of asserts.
# ruff: noqa: S101

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.local import LocalPinpoint

message = DirectMessageConfiguration(sms_message=SMSMessage(body="Order {{order}} has left us."))


def tell(pinpoint: PinpointUsers, user_id: str, order: str) -> bool:
    """The code under test: tells a user of an order; whether the message is sure to have gone out."""
    report = pinpoint.send(message, {user_id: EndpointSendConfiguration(substitutions={"order": [order]})})
    return report.users[user_id].is_fine()


@pytest.fixture
def local() -> Iterator[LocalPinpoint]:
    """An embedded Pinpoint with one user."""
    with LocalPinpoint() as pinpoint:
        pinpoint.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        yield pinpoint


@pytest.fixture
def pinpoint(local: LocalPinpoint) -> Iterator[PinpointUsers]:
    """A client of it; it waits in no real time before it tries again."""
    with local.client() as client:
        yield client


def test_the_text_has_the_order(local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    """What the address would have got, with its variables filled."""
    assert tell(pinpoint, "u-1", "A-7")
    assert [delivery.body for delivery in local.deliveries()] == ["Order A-7 has left us."]


def test_a_throttled_user_is_told_all_the_same(local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    """The endpoint is throttled twice, and then not."""
    local.throttle(user_ids=["u-1"], times=2)
    assert tell(pinpoint, "u-1", "A-7")
    assert len(local.deliveries()) == 1


def test_whoever_opted_out_gets_nothing(local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    """An endpoint that doesn't want messages."""
    local.add_endpoint(user_id="u-2", channel_type="SMS", address="+12065550101", opt_out="ALL")
    assert not tell(pinpoint, "u-2", "A-7")
    assert not local.deliveries()


def test_a_fault_of_the_service_is_no_success(local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    """HTTP 500: the message may or may not have gone out, and isn't sent again."""
    local.fail_next(500)
    assert not tell(pinpoint, "u-1", "A-7")
