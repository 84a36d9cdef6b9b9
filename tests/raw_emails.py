"""Raw e-mails as they are filled for one recipient."""

from __future__ import annotations

import email
import email.policy

from pinpoint_users import DirectMessageConfiguration, EmailMessage, EndpointSendConfiguration, RawEmail
from pinpoint_users._rendering.emails import for_email

ENDPOINT = {"Address": "ann@example.com", "ChannelType": "EMAIL", "Id": "e-1"}


def message_of(data):
    return DirectMessageConfiguration(email_message=EmailMessage(raw_email=RawEmail(data=data)))


def filled(data, **values):
    own = EndpointSendConfiguration(substitutions={name: [value] for name, value in values.items()})
    return for_email(message_of(data)).rendered(own, ENDPOINT).raw


def read(data, **values):
    """The message as its reader has it; nothing of it is outside ASCII."""
    raw = filled(data, **values)
    assert raw.isascii()
    return email.message_from_bytes(raw, policy=email.policy.default)
