"""boto3-dataclass-pinpoint: boto3, whose parsed dicts are then wrapped in dataclasses."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.sides.plain_boto3 import PlainBoto3, client_for

_package = importlib.import_module("boto3_dataclass_pinpoint.type_defs")  # by name, for who hasn't installed it
_SendUsersMessagesResponse = _package.SendUsersMessagesResponse
_EndpointMessageResult = _package.EndpointMessageResult


def successful(output: Any) -> int:
    """The endpoints of an answer that the message was handed to; the maps of users and endpoints stay dicts there."""
    result = _SendUsersMessagesResponse.make_one(output).SendUsersMessageResponse.Result
    return sum(
        _EndpointMessageResult.make_one(endpoint).DeliveryStatus == "SUCCESSFUL"
        for endpoints in result.values()
        for endpoint in endpoints.values()
    )


def connect(url: str, concurrency: int) -> PlainBoto3:
    """Makes the client."""
    return PlainBoto3(client_for(url, concurrency), concurrency, successful)
