"""What an update makes of an endpoint, and how many endpoints a user may have."""

from __future__ import annotations

import zlib
from typing import Any

from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.directory.rules import MAKE_ROOM, MAX_ENDPOINTS, TOO_MANY, now
from pinpoint_users.endpoints import EndpointBatchItem, EndpointRequest
from pinpoint_users.local._store import Store

_MERGED = ("Attributes", "Metrics", "Demographic", "Location")


class TooManyEndpointsError(Exception):
    """A user has as many endpoints as there may be, and none that may give way."""


def update_endpoint(
    store: Store, application_id: str, endpoint_id: str, request: EndpointRequest | EndpointBatchItem, request_id: str
) -> None:
    """Creates or updates an endpoint, inside a transaction.

    What the update doesn't name stays; of attributes, metrics, demographic and location, each value by itself.

    Raises:
        TooManyEndpointsError: The user would have sixteen, and the channel isn't one whose oldest endpoint gives way.
            Source: Amazon Pinpoint developer guide, "Manage the maximum number of endpoints".
    """
    update = to_wire(request)
    update.pop("Id", None)
    old = store.endpoints(application_id, [endpoint_id]).get(endpoint_id, {})
    document = {
        "CohortId": str(zlib.crc32(endpoint_id.encode()) % 100),
        "CreationDate": now(),
        "OptOut": "NONE",
        **old,
        "EffectiveDate": now(),
        "EndpointStatus": "ACTIVE",
        "RequestId": request_id,
        **update,
        "ApplicationId": application_id,
        "Id": endpoint_id,
    }
    for member in _MERGED:
        if member in update and member in old:
            document[member] = {**old[member], **update[member]}
    if "User" in update:
        document["User"] = _merged_user(old.get("User", {}), update["User"])
    user_id = document.get("User", {}).get("UserId")
    if user_id is not None and user_id != old.get("User", {}).get("UserId"):
        _make_room(store, application_id, user_id, document.get("ChannelType"))
    store.put_endpoint(document)


def _merged_user(old: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    user = {**old, **update}
    if "UserAttributes" in old and "UserAttributes" in update:
        user["UserAttributes"] = {**old["UserAttributes"], **update["UserAttributes"]}
    return user


def _make_room(store: Store, application_id: str, user_id: str, channel_type: str | None) -> None:
    endpoints = store.endpoints_of_users(application_id, [user_id]).get(user_id, [])
    if len(endpoints) < MAX_ENDPOINTS:
        return
    givers = [endpoint for endpoint in endpoints if endpoint.get("ChannelType") in MAKE_ROOM]
    if channel_type not in MAKE_ROOM or not givers:
        raise TooManyEndpointsError(TOO_MANY)
    oldest = min(givers, key=lambda endpoint: str(endpoint["EffectiveDate"]))
    del oldest["User"]["UserId"]
    store.put_endpoint({**oldest, "EndpointStatus": "INACTIVE"})
