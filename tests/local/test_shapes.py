"""The neighbouring operations against botocore's model."""

from __future__ import annotations

import attrs
import pytest
from botocore.loaders import Loader

from pinpoint_users._shapes.names import member_name
from pinpoint_users.local import _shapes
from pinpoint_users.local._operations import OPERATIONS
from pinpoint_users.local._reply import ERROR_NAMES

MODEL = Loader().load_service_model("pinpoint", "service-2")
EVERY = {
    name: (operation, model["metadata"])
    for model in (*(Loader().load_service_model(name, "service-2") for name in ("sesv2", "pinpoint-sms-voice-v2")), MODEL)
    for name, operation in model["operations"].items()
}
OWN = [cls for cls in vars(_shapes).values() if attrs.has(cls) and cls.__module__ == _shapes.__name__]


@pytest.mark.parametrize("cls", OWN)
def test_a_shape_has_the_members_of_the_model(cls):
    shape = MODEL["shapes"][cls.__name__]
    assert {member_name(field.name).lower() for field in attrs.fields(cls)} == {name.lower() for name in shape["members"]}
    required = {member_name(field.name) for field in attrs.fields(cls) if field.default is attrs.NOTHING}
    assert required == set(shape.get("required", []))


def test_the_shapes_are_there():
    assert len(OWN) == 4


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_where_the_model_has_it(name):
    http, metadata = EVERY[name][0]["http"], EVERY[name][1]
    place = OPERATIONS[name].place
    assert (place.method, place.path) == (http["method"], http["requestUri"])
    assert place.status == http.get("responseCode", 200)
    assert place.target == (f"{metadata['targetPrefix']}.{name}" if "targetPrefix" in metadata else None)


def test_errors_are_named_as_in_the_model():
    names = {shape["error"]["httpStatusCode"]: name for name, shape in MODEL["shapes"].items() if shape.get("exception")}
    for status, name in ERROR_NAMES.items():
        assert names.get(status, "ServiceUnavailableException") == name
