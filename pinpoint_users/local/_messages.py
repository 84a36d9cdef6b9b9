"""Pinpoint's sends: `SendUsersMessages`, `SendMessages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._delivery import Row
from pinpoint_users.local._engine import Result, Sending
from pinpoint_users.local._reply import ErrorReplyError
from pinpoint_users.local._shapes import MessageRequest
from pinpoint_users.local._templates import with_templates
from pinpoint_users.messages.request import SendUsersMessageRequest


def send_users_messages(call: Call) -> Answer:
    """SendUsersMessages."""
    request = from_wire(SendUsersMessageRequest, call.json())
    with call.store.deliveries.keeping() as deliver:
        sending = _sending(call, request, deliver)
        endpoints = call.store.endpoints_of_users(call.parameters["application-id"], request.users)
        results = sending.to_users(request.users, endpoints)
    return {"ApplicationId": call.parameters["application-id"], "RequestId": call.request_id, "Result": results}


def send_messages(call: Call) -> Answer:
    """SendMessages."""
    return send_to(call, from_wire(MessageRequest, call.json()))


def send_to(call: Call, request: MessageRequest) -> Answer:
    """What SendMessages answers to a request that has been read."""
    addresses, endpoints = request.addresses or {}, request.endpoints or {}
    if len(addresses) + len(endpoints) > MAX_USERS:
        raise ErrorReplyError(400, f"{len(addresses) + len(endpoints)} recipients, at most {MAX_USERS} are allowed.")
    with call.store.deliveries.keeping() as deliver:
        sending = _sending(call, request, deliver)
        to_addresses = sending.to_addresses(addresses)
        to_endpoints = sending.to_endpoints(endpoints, call.store.endpoints(call.parameters["application-id"], endpoints))
    answer: dict[str, Any] = {"ApplicationId": call.parameters["application-id"], "RequestId": call.request_id}
    if addresses:
        answer["Result"] = {address: _without_address(result) for address, result in to_addresses.items()}
    if endpoints:
        answer["EndpointResult"] = to_endpoints
    return answer


def _sending(call: Call, request: SendUsersMessageRequest | MessageRequest, deliver: Callable[[Row], None]) -> Sending:
    application_id = call.application()["Id"]
    message = request.message_configuration
    if request.template_configuration is not None:
        message = with_templates(call.store, request.template_configuration, message)
    return Sending(
        request,
        message,
        application_id=application_id,
        request_id=call.request_id,
        faults=call.faults,
        quota=call.quota,
        closed=call.store.closed_channels(application_id),
        deliver=deliver,
    )


def _without_address(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "Address"}
