"""Endpoints: the addresses by which users are reached, in AWS's shape."""

from pinpoint_users.endpoints.demographic import EndpointDemographic, EndpointDemographicBuilder
from pinpoint_users.endpoints.endpoint import Endpoint, EndpointBuilder
from pinpoint_users.endpoints.location import EndpointLocation, EndpointLocationBuilder
from pinpoint_users.endpoints.request import (
    EndpointBatchItem,
    EndpointBatchItemBuilder,
    EndpointRequest,
    EndpointRequestBuilder,
)
from pinpoint_users.endpoints.user import EndpointUser, EndpointUserBuilder

__all__ = [
    "Endpoint",
    "EndpointBatchItem",
    "EndpointBatchItemBuilder",
    "EndpointBuilder",
    "EndpointDemographic",
    "EndpointDemographicBuilder",
    "EndpointLocation",
    "EndpointLocationBuilder",
    "EndpointRequest",
    "EndpointRequestBuilder",
    "EndpointUser",
    "EndpointUserBuilder",
]
