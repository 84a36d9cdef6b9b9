"""What the tests of the ways out by SMS and voice version 2 share: recipients, and botocore's own words."""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

import pinpoint_users as p
from pinpoint_users._requests.jobs import User
from pinpoint_users._routes.base import Target
from pinpoint_users._routes.text_messaging import TextMessagingRoute
from pinpoint_users._routes.voice_messaging import VoiceMessagingRoute
from pinpoint_users.routes import TextMessaging, VoiceMessaging

MODEL = ServiceModel(Loader().load_service_model("pinpoint-sms-voice-v2", "service-2"))
NUMBER = "+12065550100"


def operation(name: str) -> OperationModel:
    return MODEL.operation_model(name)


def recipient(channel: p.ChannelTypeName = "SMS", address: str = NUMBER, **own: Any) -> Target:
    user = p.EndpointUser(user_id="u-1", user_attributes={"Name": ["Ann"]})
    endpoint = p.Endpoint(channel_type=channel, address=address, user=user)
    configuration = p.EndpointSendConfiguration(**own)
    return Target(endpoint.endpoint_id, User("u-1", configuration), endpoint, configuration)


def sms(settings: TextMessaging | None = None, *, context: Any = None, trace_id: Any = None, **message: Any) -> Any:
    """A route for a text message."""
    message = {"body": "Hello", **message}
    configuration = p.DirectMessageConfiguration(sms_message=p.SMSMessage(**message))
    return TextMessagingRoute(settings or TextMessaging(), configuration, context=context, trace_id=trace_id)


def call(settings: VoiceMessaging | None = None, *, context: Any = None, trace_id: Any = None, **message: Any) -> Any:
    """A route for a phone call."""
    message = {"body": "Hello", **message}
    configuration = p.DirectMessageConfiguration(voice_message=p.VoiceMessage(**message))
    settings = settings or VoiceMessaging(origination_identity="+12065550199")
    return VoiceMessagingRoute(settings, configuration, context=context, trace_id=trace_id)


def sent(route: Any, target: Target) -> Any:
    """What a recipient is sent, which is what botocore makes of the same parameters, and within its model."""
    assert route.refusal(target) is None
    ((name, targets),) = route.requests([target])
    body = json.loads(route.body(name, targets))
    model = operation(name)
    assert not ParamValidator().validate(body, model.input_shape).has_errors()
    assert json.loads(create_serializer("json").serialize_to_request(body, model)["body"]) == body
    breaches = list(breaches_of(body, model.input_shape))
    assert breaches == []
    return body


def breaches_of(value: Any, shape: Any) -> Any:
    """Where a value breaks the limits of the model, which botocore doesn't check."""
    limits = shape.metadata
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from breaches_of(member, shape.members[name])
    elif shape.type_name == "map":
        if len(value) > limits["max"]:
            yield shape.name
        for key, item in value.items():
            yield from breaches_of(key, shape.key)
            yield from breaches_of(item, shape.value)
    elif shape.type_name == "string":
        pattern = pattern_of(shape)
        fits = limits.get("min", 0) <= len(value) <= limits.get("max", len(value)) and re.fullmatch(pattern, value)
        if not fits or (limits.get("enum") and value not in limits["enum"]):
            yield f"{shape.name}: {value!r}"
    elif shape.type_name == "integer" and not limits["min"] <= value <= limits["max"]:
        yield f"{shape.name}: {value}"


def pattern_of(shape: Any) -> str:
    return MODEL._service_description["shapes"][shape.name].get("pattern", r"[\s\S]*")


def parsed(name: str, status: int, body: bytes) -> Any:
    """What botocore's parser reads."""
    shape = operation(name).output_shape if status == 200 else None
    response = {"status_code": status, "headers": {}, "body": body}
    parser = create_parser("json")
    return parser.parse(response, shape or operation(name).output_shape)
