"""What an endpoint gets by Pinpoint's look-up, and what it gets by the ways that fill texts here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration
from pinpoint_users._rendering.addresses import for_addresses
from pinpoint_users.local import Delivery, LocalPinpoint

ENDPOINT: Mapping[str, Any] = {
    "Id": "e-1",
    "ChannelType": "SMS",
    "Address": "+12065550142",
    "EndpointStatus": "ACTIVE",
    "OptOut": "NONE",
    "Attributes": {"plan": ["pro", "team"], "none": []},
    "Metrics": {"visits": 3.0},
    "Demographic": {"Locale": "en"},
    "Location": {"City": "O<slo"},
    "User": {"UserId": "u-1", "UserAttributes": {"Name": ["Ann & Bo"], "Cities": ["Rome", "Oslo"]}},
}


def endpoint_of(**members: Any) -> dict[str, Any]:
    return {**ENDPOINT, **members}


def by_look_up(message: DirectMessageConfiguration, own: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> Delivery:
    """By `SendUsersMessages`, where the service knows the endpoint."""
    with LocalPinpoint() as local:
        local.add_endpoints([dict(endpoint)])
        body = {"MessageConfiguration": _json(message), "Users": {"u-1": _json(own)}}
        local.transport.post("SendUsersMessages", local.application_id, json.dumps(body).encode())
        (delivery,) = local.deliveries()
        return delivery


def by_address(message: DirectMessageConfiguration, own: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> Delivery:
    """By `SendMessages` with `Addresses`, where the service knows nothing but an address."""
    prepared = for_addresses(message)
    with LocalPinpoint() as local:
        address = {**prepared.own(own, endpoint), "ChannelType": endpoint["ChannelType"]}
        body = {"MessageConfiguration": _json(prepared.message), "Addresses": {endpoint["Address"]: address}}
        local.transport.post("SendMessages", local.application_id, json.dumps(body).encode())
        (delivery,) = local.deliveries()
        return delivery


def filled_as_ses_does(text: str | None, data: Mapping[str, str]) -> str | None:
    """Plain names replaced, nothing escaped; whatever else has two braces is refused, as SES refuses it."""
    if text is None:
        return None
    filled = re.sub(r"\{\{([A-Za-z0-9]+)\}\}", lambda name: data[name[1]], text)
    left = re.sub(r"\{\{([A-Za-z0-9]+)\}\}", "", text)
    assert "{{" not in left, text
    assert not re.search(r"[{\\]\{\{|\{\{\w+\}\}\}", text), text
    return filled


def _json(value: Any) -> Any:
    from pinpoint_users._shapes.writing import to_wire

    return to_wire(value)
