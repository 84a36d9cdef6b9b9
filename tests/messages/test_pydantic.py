"""pydantic takes the classes as fields of models: AWS's shape in JSON, a schema, and faults with their paths."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import pytest
from hypothesis import given
from pydantic import BaseModel, TypeAdapter, ValidationError
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, any_value

import pinpoint_users as p
from pinpoint_users._shapes.names import path_steps
from pinpoint_users._shapes.writing import to_wire


class Campaign(BaseModel):
    name: str
    message: p.DirectMessageConfiguration
    users: dict[str, p.EndpointSendConfiguration] = {}
    fallback: p.SMSMessage | None = None


MIME = b"Subject: hi\r\n\r\nbody"
MESSAGE = p.DirectMessageConfiguration(
    sms_message=p.SMSMessage(body="Hi {{name}}", message_type="TRANSACTIONAL"),
    email_message=p.EmailMessage(raw_email=p.RawEmail(data=MIME)),
)
CAMPAIGN = Campaign(
    name="c",
    message=MESSAGE,
    users={"u": p.EndpointSendConfiguration(substitutions={"name": ["Ann"]})},
    fallback=MESSAGE.sms_message,
)
BODY = {
    "name": "c",
    "message": {
        "EmailMessage": {"RawEmail": {"Data": base64.b64encode(MIME).decode()}},
        "SMSMessage": {"Body": "Hi {{name}}", "MessageType": "TRANSACTIONAL"},
    },
    "users": {"u": {"Substitutions": {"name": ["Ann"]}}},
    "fallback": {"Body": "Hi {{name}}", "MessageType": "TRANSACTIONAL"},
}


def test_a_body_in_awss_shape_makes_a_model_and_the_other_way_round():
    assert json.loads(CAMPAIGN.model_dump_json()) == BODY
    assert Campaign.model_validate_json(json.dumps(BODY)) == CAMPAIGN
    assert Campaign.model_validate(BODY) == CAMPAIGN
    assert Campaign.model_validate(CAMPAIGN.model_dump()) == CAMPAIGN
    assert CAMPAIGN.model_dump()["message"] == MESSAGE.to_dict()
    assert CAMPAIGN.message is MESSAGE


@given(any_value())
def test_every_class_goes_to_json_and_back(value):
    adapter = TypeAdapter(type(value))
    assert adapter.validate_json(adapter.dump_json(value)) == value
    assert adapter.validate_python(adapter.dump_python(value)) == value
    assert json.loads(adapter.dump_json(value)) == json.loads(json.dumps(to_wire(value)))


@pytest.mark.parametrize("data", [MIME, MIME.decode(), base64.b64encode(MIME).decode()], ids=["bytes", "text", "base64"])
def test_a_mime_message_is_read_however_it_comes(data):
    assert TypeAdapter(p.RawEmail).validate_python({"Data": data}).data == MIME


def test_every_fault_has_its_place():
    body = {
        "name": 1,
        "message": {"SMSMessage": {"Bdy": "x", "Substitutions": {"a.b": ["c", 1]}}, "GCMMessage": []},
        "users": {"u": {"Context": {"it's": 1}}},
    }
    with pytest.raises(ValidationError) as caught:
        Campaign.model_validate(body)
    found = {error["loc"]: (error["type"], error["msg"]) for error in caught.value.errors()}
    assert set(found) == {
        ("name",),
        ("message", "SMSMessage", "Substitutions", "a.b", 1),
        ("message", "SMSMessage", "Bdy"),
        ("message", "GCMMessage"),
        ("users", "u", "Context", "it's"),
    }
    kind, text = found["users", "u", "Context", "it's"]
    assert (kind, text) == ("pinpoint_users", "must be a string, not int: write str(…)")
    assert found["message", "SMSMessage", "Bdy"][1].endswith("did you mean Body?")


def test_paths_have_steps():
    assert path_steps("") == ()
    assert path_steps("A.B[0]") == ("A", "B", 0)
    assert path_steps("""A['x.y'][\"it's\"]['a\\'b"'][<Key>].C""") == ("A", "x.y", "it's", "a'b\"", "<Key>", "C")


@pytest.mark.parametrize("cls", REQUEST_SHAPES + ANSWER_SHAPES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_class_has_a_schema(cls, mode):
    schema = TypeAdapter(cls).json_schema(mode=mode)
    assert schema["title"] == cls.__name__
    assert schema["description"] == cls.__doc__.splitlines()[0]
    assert schema["additionalProperties"] is (cls in ANSWER_SHAPES)
    assert all(member["description"] for member in schema["properties"].values())


def test_a_models_schema_has_the_types_of_awss_shape():
    schema = Campaign.model_json_schema()
    assert schema["properties"]["message"] == {"$ref": "#/$defs/DirectMessageConfiguration"}
    sms, raw = schema["$defs"]["SMSMessage"]["properties"], schema["$defs"]["RawEmail"]["properties"]
    assert sms["Body"]["type"] == "string"
    assert sms["MessageType"]["enum"] == ["TRANSACTIONAL", "PROMOTIONAL"]
    assert sms["Substitutions"]["additionalProperties"] == {"items": {"type": "string"}, "type": "array"}
    assert raw["Data"]["contentEncoding"] == "base64"
    apns = schema["$defs"]["APNSMessage"]["properties"]
    assert "voip" in apns["APNSPushType"]["examples"]
    assert apns["Badge"]["type"] == "integer"
    assert apns["SilentPush"]["type"] == "boolean"
    request = TypeAdapter(p.SendUsersMessageRequest).json_schema()
    assert request["required"] == ["MessageConfiguration", "Users"]
    assert request["properties"]["Users"]["additionalProperties"] == {"$ref": "#/$defs/EndpointSendConfiguration"}


def test_the_package_does_not_import_pydantic():
    program = "import sys, pinpoint_users as p; p.SMSMessage(body='x').to_dict(); sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
