"""A FastAPI application that sends one-time passwords, and what a request of it is answered, without an AWS account.

In production the lifespan opens `AsyncPinpointUsers("application-id", region_name="eu-west-1", directory=…)`.
It takes FastAPI and httpx2: `pip install fastapi httpx2`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI, HTTPException, Request

from pinpoint_users import AsyncPinpointUsers, DirectMessageConfiguration, EndpointSendConfiguration, SMSMessage
from pinpoint_users.local import LocalPinpoint

message = DirectMessageConfiguration(sms_message=SMSMessage(body="Your code is {{code}}", message_type="TRANSACTIONAL"))


def application(local: LocalPinpoint) -> FastAPI:
    """The application, with one client for all of its requests."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with local.async_client() as pinpoint:
            app.state.pinpoint = pinpoint
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/codes/{user_id}")
    async def send_code(user_id: str, code: str, request: Request) -> dict[str, str]:
        pinpoint: AsyncPinpointUsers = request.app.state.pinpoint
        own = EndpointSendConfiguration(substitutions={"code": [code]})
        report = await pinpoint.send(message, {user_id: own}, deadline=5.0)
        user = report.users[user_id]
        if not user.is_fine():  # of endpoints on other channels, for which the message has nothing, it is
            raise HTTPException(502, str(user.outcome))
        return {"outcome": str(user.outcome)}

    return app


async def main() -> None:
    """Starts the application and makes two requests of it."""
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        app = application(local)
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://application") as browser:
                for user in ("u-1", "u-2"):
                    answer = await browser.post(f"/codes/{user}", params={"code": "123456"})
                    print(answer.status_code, answer.json())
        print([delivery.body for delivery in local.deliveries()])


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main())
