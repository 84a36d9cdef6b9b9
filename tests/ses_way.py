"""The way out through SES, as its tests make it."""

from __future__ import annotations

import json

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    Endpoint,
    EndpointSendConfiguration,
    MessageHeader,
    SimpleEmail,
)
from pinpoint_users._requests.jobs import User
from pinpoint_users._routes.base import Target
from pinpoint_users._routes.ses import SESRoute
from pinpoint_users.routes import SES

SENDER = SES(from_email_address="news@example.com")


def message_of(subject="Hello {{name}}", text="Hello {{name}}", html=None, headers=(), **more):
    """A message with a simple e-mail."""
    simple = SimpleEmail(
        subject=subject,
        text_part=text,
        html_part=html,
        headers=[MessageHeader(name=name, value=value) for name, value in headers] or None,
    )
    return DirectMessageConfiguration(email_message=EmailMessage(simple_email=simple, **more))


def target_of(address, configuration=None, endpoint_id=None, **endpoint):
    """An endpoint to send to; substitutions stand for a configuration that has nothing else."""
    if isinstance(configuration, dict):
        configuration = EndpointSendConfiguration(substitutions={name: [value] for name, value in configuration.items()})
    own = Endpoint(channel_type="EMAIL", address=address, id=endpoint_id or address, **endpoint)
    return Target(own.endpoint_id, User("u"), own, configuration or EndpointSendConfiguration())


def route_of(message=None, settings=SENDER, **more):
    """The route for a message."""
    return SESRoute(settings, message or message_of(), **more)


def bodies(route, targets):
    """The requests for targets, each as its operation and its body."""
    return [(operation, json.loads(route.body(operation, group))) for operation, group in route.requests(targets)]


def body_of(route, target):
    """The body of the only request for a target that nothing speaks against."""
    assert route.refusal(target) is None
    ((_, body),) = bodies(route, [target])
    return body


def data_of(entry):
    """The data of an entry of a bulk request."""
    return json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
