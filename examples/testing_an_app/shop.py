"""A small shop over FastAPI: a code by SMS for who signs up, and a receipt by e-mail and push for who orders.

    PINPOINT_APPLICATION_ID=… fastapi run shop.py

Users are the shop's own, so their endpoints come from its table, and nothing is looked up at AWS.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from pinpoint_users import (
    DefaultPushNotificationMessage,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    Outcome,
    PinpointUsers,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.routes import SES, Routes

CODE = DirectMessageConfiguration(sms_message=SMSMessage(body="Your code is {{code}}", message_type="TRANSACTIONAL"))
RECEIPT = DirectMessageConfiguration(
    email_message=EmailMessage(
        simple_email=SimpleEmail(
            subject=SimpleEmailPart(data="Your order {{order}}"),
            text_part=SimpleEmailPart(data="Thank you. We have your order {{order}}, {{total}} in all."),
        )
    ),
    default_push_notification_message=DefaultPushNotificationMessage(title="Thank you", body="We have your order {{order}}."),
)


class SignUp(BaseModel):
    """Who signs up."""

    user_id: str
    phone: str
    email: str
    device_token: str


class Order(BaseModel):
    """What is ordered."""

    user_id: str
    number: str
    total: str


class Users:
    """The shop's table of users, and a directory."""

    def __init__(self) -> None:
        self.rows: dict[str, SignUp] = {}
        self.codes: dict[str, str] = {}

    def endpoints_of(self, user_ids: Collection[str]) -> dict[str, list[Endpoint]]:
        """The addresses of users."""
        return {
            user_id: [
                Endpoint(channel_type="SMS", address=row.phone),
                Endpoint(channel_type="EMAIL", address=row.email),
                Endpoint(channel_type="GCM", address=row.device_token),
            ]
            for user_id in user_ids
            if (row := self.rows.get(user_id)) is not None
        }


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for as long as the application runs, made when it starts: that is when it finds AWS."""
    app.state.users = Users()
    routes: Routes = {"EMAIL": SES(from_email_address="shop@example.com")}
    application_id = os.environ["PINPOINT_APPLICATION_ID"]
    with (
        PinpointUsers(application_id, directory=app.state.users.endpoints_of, routes=routes) as app.state.pinpoint,
        ThreadPoolExecutor(1) as app.state.later,
    ):
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/sign-up", status_code=202)
def sign_up(row: SignUp, request: Request) -> dict[str, Any]:
    """Sends a code, and fails if it surely didn't go out."""
    users, pinpoint = request.app.state.users, request.app.state.pinpoint
    users.rows[row.user_id] = row
    users.codes[row.user_id] = f"{secrets.randbelow(10**6):06}"
    code = EndpointSendConfiguration(substitutions={"code": [users.codes[row.user_id]]})
    report = pinpoint.send(CODE, {row.user_id: code}, channels=["SMS"], deadline=10)
    if report.users[row.user_id].outcome is Outcome.FAILED:
        raise HTTPException(400, "We can't send a text to this number.")
    return {"user_id": row.user_id}


@app.post("/order", status_code=202)
def order(order: Order, request: Request) -> dict[str, Any]:
    """Takes an order; the receipt is sent by another thread, afterwards."""
    receipt = EndpointSendConfiguration(substitutions={"order": [order.number], "total": [order.total]})
    request.app.state.later.submit(
        request.app.state.pinpoint.send, RECEIPT, {order.user_id: receipt}, channels=["EMAIL", "PUSH"]
    )
    return {"number": order.number}
