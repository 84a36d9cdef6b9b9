"""What the tables of mistakes have in common: something right to begin with, and how it is sent."""

from __future__ import annotations

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, SMSMessage

SMS = SMSMessage(body="Hi")
MESSAGE = DirectMessageConfiguration(sms_message=SMS)
OWN = EndpointSendConfiguration(substitutions={"name": ["Ann"]})


def send(message, users, **how):
    return lambda pinpoint: pinpoint.send(message, users, **how)
