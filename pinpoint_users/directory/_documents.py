"""How endpoints lie in databases: hashes to find them by, and a JSON document for what has no column."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import attrs

from pinpoint_users._shapes.writing import wire_writer
from pinpoint_users.endpoints import Endpoint, EndpointDemographic, EndpointLocation, EndpointUser


def document_of(endpoint: Endpoint) -> dict[str, Any] | None:
    """The members that have no column; None where there are none."""
    user = endpoint.user
    document: dict[str, Any] = {}
    if user is not None and (user.user_id is None or user.user_attributes is not None):
        document["User"] = user.user_attributes
    if endpoint.attributes is not None:
        document["Attributes"] = endpoint.attributes
    if endpoint.metrics is not None:
        document["Metrics"] = endpoint.metrics
    if endpoint.cohort_id is not None:
        document["CohortId"] = endpoint.cohort_id
    if endpoint.request_id is not None:
        document["RequestId"] = endpoint.request_id
    if endpoint.location is not None:
        document["Location"] = wire_writer(EndpointLocation)(endpoint.location)
    if endpoint.demographic is not None:
        document["Demographic"] = wire_writer(EndpointDemographic)(endpoint.demographic)
    return document or None


def endpoint_of(endpoint: Endpoint, document: Mapping[str, Any]) -> Endpoint:
    """The endpoint of the columns with the members of the document."""
    user = endpoint.user
    if "User" in document:
        user = EndpointUser(user_attributes=document["User"], user_id=None if user is None else user.user_id)
    return attrs.evolve(
        endpoint,
        user=user,
        attributes=document.get("Attributes"),
        metrics=document.get("Metrics"),
        cohort_id=document.get("CohortId"),
        request_id=document.get("RequestId"),
        location=EndpointLocation.from_dict(document["Location"]) if "Location" in document else None,
        demographic=EndpointDemographic.from_dict(document["Demographic"]) if "Demographic" in document else None,
    )


def short_hash(text: str) -> int:
    """A short stand-in for a text in an index; what is found by it is compared by the text itself."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big")
