"""A client of a peer, for tests of requests on a connection that has carried one like them."""

from __future__ import annotations

import contextlib

from pinpoint_users import (
    EndpointSendConfiguration,
    PinpointUsers,
    SendUsersMessageRequest,
)

WARM = 3
"""Requests after which the next goes out on a connection that has carried one like it."""


@contextlib.contextmanager
def sender(peer, **how):
    scheme = "https" if peer.kind == "https" else "http"
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url=f"{scheme}://localhost:{peer.port}", **how) as pinpoint:
        yield pinpoint


def post(pinpoint, message, user="u-1"):
    request = SendUsersMessageRequest(message_configuration=message, users={user: EndpointSendConfiguration()})
    response = pinpoint.send_users_messages(request)
    return response.request_id, {*response.result}


def warm(pinpoint, message):
    for _ in range(WARM):
        post(pinpoint, message)
