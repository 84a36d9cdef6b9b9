"""How an application is tested by the package's plugin for pytest: `pytest` in a copy of this folder.

In the clone itself, pytest would take the settings of the package's own tests. It takes `pip install fastapi httpx2`.

The shop is as it runs in production; the fixture `local_pinpoint` lets it find an embedded AWS. It sends to addresses, by a
directory of its own, so deliveries are asked for `.at(address)`; what Pinpoint looks up by users is asked for `.to(user_id)`.
"""

# Tests are made of asserts.
# ruff: noqa: S101

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from shop import app

from pinpoint_users.local import Deliveries, LocalPinpoint

ANN = {"user_id": "ann", "phone": "+12065550100", "email": "ann@example.com", "device_token": "ann-phone"}


@pytest.fixture
def shop(local_pinpoint: LocalPinpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The shop, started after the fixture has told where AWS is."""
    monkeypatch.setenv("PINPOINT_APPLICATION_ID", local_pinpoint.application_id)
    with TestClient(app) as client:
        yield client


def test_who_signs_up_gets_the_code(shop: TestClient, pinpoint_deliveries: Deliveries) -> None:
    """The text is rendered, and goes to the telephone only."""
    assert shop.post("/sign-up", json=ANN).status_code == 202
    assert pinpoint_deliveries.at(ANN["phone"]).sms().body == f"Your code is {app.state.users.codes['ann']}"
    pinpoint_deliveries.email().assert_none()
    pinpoint_deliveries.push().assert_none()


def test_a_receipt_comes_by_email_and_push(shop: TestClient, pinpoint_deliveries: Deliveries) -> None:
    """They are sent after the answer, so the test waits for them."""
    shop.post("/sign-up", json=ANN)
    assert shop.post("/order", json={"user_id": "ann", "number": "A-7", "total": "12 €"}).status_code == 202
    email = pinpoint_deliveries.at(ANN["email"]).email().within(10)
    assert email.title == "Your order A-7"
    assert email.body == "Thank you. We have your order A-7, 12 € in all."
    assert pinpoint_deliveries.at(ANN["device_token"]).gcm().within(10).body == "We have your order A-7."
    assert len(pinpoint_deliveries.sms()) == 1


def test_a_throttled_code_is_sent_again(
    shop: TestClient, local_pinpoint: LocalPinpoint, pinpoint_deliveries: Deliveries
) -> None:
    """The first attempt is throttled; the number gets the code once."""
    local_pinpoint.throttle(addresses=[ANN["phone"]], times=1)
    assert shop.post("/sign-up", json=ANN).status_code == 202
    assert len(pinpoint_deliveries.at(ANN["phone"])) == 1


def test_another_users_order_costs_ann_nothing(shop: TestClient, pinpoint_deliveries: Deliveries) -> None:
    """Nobody gets a receipt for whom the shop doesn't know."""
    shop.post("/order", json={"user_id": "nobody", "number": "A-8", "total": "1 €"})
    pinpoint_deliveries.within(0.1).assert_none()
