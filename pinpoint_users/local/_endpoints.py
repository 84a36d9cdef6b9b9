"""Endpoints: what an update makes of one and, by the rules that directories have too, of others; and the operations on them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.directory.rules import Plan, faults_of, folded, now
from pinpoint_users.endpoints import Endpoint, EndpointBatchItem, EndpointRequest
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._reply import ErrorReplyError
from pinpoint_users.local._shapes import EndpointBatchRequest
from pinpoint_users.local._store import Store

_MERGED = ("Attributes", "Metrics", "Demographic", "Location")
_NOWHERE = "(no address) "
"""Before the ID, in the place of an address that isn't there: directories keep no endpoint without one, and Pinpoint did."""
_NO_CHANNEL = "CUSTOM"


class TooManyEndpointsError(Exception):
    """A user has as many endpoints as there may be, and none that may give way."""


def update_endpoint(call: Call) -> Answer:
    """UpdateEndpoint."""
    request = from_wire(EndpointRequest, call.json())
    put_endpoint(call, call.application()["Id"], call.parameters["endpoint-id"], request)
    return call.accepted()


def update_endpoints_batch(call: Call) -> Answer:
    """UpdateEndpointsBatch: all or none."""
    request = from_wire(EndpointBatchRequest, call.json())
    application_id = call.application()["Id"]
    for endpoint in request.item:
        put_endpoint(call, application_id, endpoint.id or "", endpoint)
    return call.accepted()


def get_endpoint(call: Call) -> Answer:
    """GetEndpoint."""
    endpoint_id = call.parameters["endpoint-id"]
    found = call.store.endpoints(call.application()["Id"], [endpoint_id])
    if not found:
        raise ErrorReplyError(404, f"There is no endpoint {endpoint_id}.")
    return found[endpoint_id]


def delete_endpoint(call: Call) -> Answer:
    """DeleteEndpoint."""
    endpoint = get_endpoint(call)
    call.store.delete_endpoints(endpoint["ApplicationId"], [endpoint["Id"]])
    return endpoint


def get_user_endpoints(call: Call) -> Answer:
    """GetUserEndpoints."""
    user_id = call.parameters["user-id"]
    found = call.store.endpoints_of_users(call.application()["Id"], [user_id])
    if not found:
        raise ErrorReplyError(404, f"There are no endpoints of user {user_id}.")
    return {"Item": found[user_id]}


def delete_user_endpoints(call: Call) -> Answer:
    """DeleteUserEndpoints."""
    found = get_user_endpoints(call)
    call.store.delete_endpoints(call.parameters["application-id"], [endpoint["Id"] for endpoint in found["Item"]])
    return found


def put_endpoint(call: Call, application_id: str, endpoint_id: str, request: EndpointRequest | EndpointBatchItem) -> None:
    """Creates or updates an endpoint, which takes its address over.

    Raises:
        ErrorReplyError: Its ID is none.
        TooManyEndpointsError: As for `store_endpoint`.
        ValidationError: As for `store_endpoint`.
    """
    if not endpoint_id or any(character in endpoint_id for character in "${}"):
        raise ErrorReplyError(400, "An endpoint ID has at least one character and none of '$', '{' and '}'.")
    store_endpoint(call.store, application_id, endpoint_id, request, call.request_id, takes_address=True)


def store_endpoint(
    store: Store,
    application_id: str,
    endpoint_id: str,
    request: EndpointRequest | EndpointBatchItem,
    request_id: str,
    *,
    takes_address: bool,
) -> None:
    """Creates or updates an endpoint, inside a transaction.

    What the update doesn't name stays; of attributes, metrics, demographic and location, each value by itself.

    Args:
        store: What keeps it.
        application_id: Its application.
        endpoint_id: Its ID.
        request: The update.
        request_id: The ID of the request.
        takes_address: Whether another endpoint of the same channel and address becomes inactive.

    Raises:
        TooManyEndpointsError: The user would have sixteen, and the channel isn't one whose oldest endpoint gives way.
            Source: Amazon Pinpoint developer guide, "Manage the maximum number of endpoints".
        ValidationError: It has names, values or bytes beyond what the store takes.
    """
    update = to_wire(request)
    update.pop("Id", None)
    old = store.endpoints(application_id, [endpoint_id]).get(endpoint_id, {})
    document = _updated(old, update, application_id, endpoint_id, request_id)
    user_id, address = document.get("User", {}).get("UserId"), document.get("Address")
    others: list[dict[str, Any]] = []
    if user_id is not None and user_id != old.get("User", {}).get("UserId"):
        others += store.endpoints_of_users(application_id, [user_id]).get(user_id, [])
    if takes_address and address:
        others += store.endpoints_at(application_id, address)
    by_key = {folded(other["Id"]): other for other in others}
    own = folded(endpoint_id)
    by_key.pop(own, None)
    for key, changed in _changed(document, by_key.values()).items():
        is_kept = changed.user is not None and changed.user.user_id is not None
        if key != own and (takes_address or not is_kept):
            store.put_endpoint(_retired(by_key[key], is_kept=is_kept))
    store.put_endpoint(document)


def _updated(
    old: dict[str, Any], update: dict[str, Any], application_id: str, endpoint_id: str, request_id: str
) -> dict[str, Any]:
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
    return document


def _merged_user(old: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    user = {**old, **update}
    if "UserAttributes" in old and "UserAttributes" in update:
        user["UserAttributes"] = {**old["UserAttributes"], **update["UserAttributes"]}
    return user


def _changed(document: dict[str, Any], others: Iterable[dict[str, Any]]) -> dict[str, Endpoint]:
    """What changes where an endpoint is put beside others, by its folded ID."""
    endpoint = _as_kept(document)
    faults = faults_of(endpoint, takes_nul=True)
    if faults:
        raise ValidationError("EndpointRequest", faults)
    plan = Plan(map(_as_kept, others))
    refusal = plan.put(endpoint)
    if refusal is not None:
        raise TooManyEndpointsError(refusal)
    return plan.changed


def _as_kept(document: dict[str, Any]) -> Endpoint:
    """The endpoint as directories know it."""
    address, channel_type = document.get("Address") or f"{_NOWHERE}{document['Id']}", document.get("ChannelType", _NO_CHANNEL)
    return from_wire(Endpoint, {**document, "Address": address, "ChannelType": channel_type})


def _retired(document: dict[str, Any], *, is_kept: bool) -> dict[str, Any]:
    """What the rules leave of another endpoint: it is inactive, and nobody's unless its user keeps it."""
    retired = {**document, "EndpointStatus": "INACTIVE"}
    if not is_kept and "User" in document:
        retired["User"] = {name: value for name, value in document["User"].items() if name != "UserId"}
    return retired
