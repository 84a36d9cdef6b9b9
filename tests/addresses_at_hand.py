"""Endpoints of a user or two, and messages for them."""

from __future__ import annotations

from typing import Any

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    SMSMessage,
)
from pinpoint_users.endpoints import Endpoint, EndpointUser

PHONE = "+12065550100"

SMS = DirectMessageConfiguration(sms_message=SMSMessage(body="Hello {{name}}"))

PUSH = DirectMessageConfiguration(gcm_message=GCMMessage(body="Hello"), sms_message=SMSMessage(body="Hello"))

NAMED = EndpointSendConfiguration(substitutions={"name": ["Ann"]})


def phone(user_id: str = "u-1", address: str = PHONE, **members: Any) -> Endpoint:
    return Endpoint(channel_type="SMS", address=address, id=f"{user_id}-sms", user=EndpointUser(user_id=user_id), **members)


def token(user_id: str = "u-1", address: str = "token", **members: Any) -> Endpoint:
    return Endpoint(channel_type="GCM", address=address, id=f"{user_id}-gcm", user=EndpointUser(user_id=user_id), **members)
