"""A valid value in AWS's shape for every class of an endpoint."""

from __future__ import annotations

from typing import Any

import pinpoint_users as p

DEMOGRAPHIC = {
    "AppVersion": "1.2",
    "Locale": "en_US",
    "Make": "apple",
    "Model": "iPhone",
    "ModelVersion": "14",
    "Platform": "ios",
    "PlatformVersion": "17.1",
    "Timezone": "America/Los_Angeles",
}
LOCATION = {
    "City": "Seattle",
    "Country": "US",
    "Latitude": 47.6,
    "Longitude": -122,
    "PostalCode": "98101",
    "Region": "Washington",
}
USER = {"UserAttributes": {"Name": ["Ann"]}, "UserId": "u-1"}
REQUEST = {
    "Address": "+12065550100",
    "Attributes": {"plan": ["pro", "yearly"]},
    "ChannelType": "SMS",
    "Demographic": DEMOGRAPHIC,
    "EffectiveDate": "2025-01-01T00:00:00.000Z",
    "EndpointStatus": "ACTIVE",
    "Location": LOCATION,
    "Metrics": {"visits": 3, "hours": 1.5},
    "OptOut": "NONE",
    "RequestId": "r-1",
    "User": USER,
}
ENDPOINT = {**REQUEST, "ApplicationId": "a", "CohortId": "7", "CreationDate": "2025-01-01T00:00:00.000Z", "Id": "e-1"}

ENDPOINT_SHAPES: dict[type[Any], dict[str, Any]] = {
    p.Endpoint: ENDPOINT,
    p.EndpointBatchItem: {**REQUEST, "Id": "e-1"},
    p.EndpointDemographic: DEMOGRAPHIC,
    p.EndpointLocation: LOCATION,
    p.EndpointRequest: REQUEST,
    p.EndpointUser: USER,
}
