"""Events of apps: `PutEvents`, which creates or updates the endpoints that they come from. The events aren't kept."""

from __future__ import annotations

import re
from typing import Any

from pinpoint_users._shapes.reading import from_wire
from pinpoint_users.endpoints import EndpointRequest
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._endpoints import TooManyEndpointsError, put_endpoint
from pinpoint_users.local._reply import ErrorReplyError, refusal_text

_MAX_EVENTS = 100
"""Events of one request. Source: Amazon Pinpoint developer guide, "Quotas"."""

_DATE = r"\d{4}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-4])(?::?[0-5]\d(?::?[0-6]\d)?)?(?:[.,]\d+)?"
_TIMESTAMP = re.compile(rf"{_DATE}(?:[Tt ]{_TIME}(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
"""ISO 8601, as freely as programs write it."""


def put_events(call: Call) -> Answer:
    """PutEvents: what is wrong with an endpoint or an event is told with it, and the others are accepted."""
    application_id = call.application()["Id"]
    batches: dict[str, dict[str, Any]] = call.checked_json()["BatchItem"]
    count = sum(len(batch["Events"]) for batch in batches.values())
    if count > _MAX_EVENTS:
        raise ErrorReplyError(400, f"{count} events, at most {_MAX_EVENTS} are allowed.")
    results = {}
    for endpoint_id, batch in batches.items():
        status, message = _endpoint_result(call, application_id, endpoint_id, batch["Endpoint"])
        results[endpoint_id] = {
            "EndpointItemResponse": {"Message": message, "StatusCode": status},
            "EventsItemResponse": {event_id: _event_result(event) for event_id, event in batch["Events"].items()},
        }
    return {"Results": results}


def _endpoint_result(call: Call, application_id: str, endpoint_id: str, endpoint: dict[str, Any]) -> tuple[int, str]:
    """The status and the words for an endpoint; one of which nothing is said stays as it is."""
    if endpoint:
        try:
            put_endpoint(call, application_id, endpoint_id, from_wire(EndpointRequest, endpoint))
        except ValidationError as error:
            return 400, refusal_text(error)
        except ErrorReplyError as error:
            return error.status, error.message
        except TooManyEndpointsError as error:
            return 400, str(error)
    return 202, "Accepted"


def _event_result(event: dict[str, Any]) -> dict[str, Any]:
    session = event.get("Session") or {}
    times = {
        "Timestamp": event["Timestamp"],
        **{f"Session.{name}": session[name] for name in ("StartTimestamp", "StopTimestamp") if session.get(name)},
    }
    for name, text in times.items():
        if not _TIMESTAMP.fullmatch(text):
            return {"Message": f"{name} must be a date and time in ISO 8601, such as 2026-01-01T00:00:00Z.", "StatusCode": 400}
    return {"Message": "Accepted", "StatusCode": 202}
