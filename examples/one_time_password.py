"""Sends a one-time password to one phone: the shortest real program."""

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.endpoints import Endpoint

message = DirectMessageConfiguration.builder().sms_message(
    SMSMessage.builder().body("Your code is {{code}}").message_type("TRANSACTIONAL")
)
directory = {"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]}

with PinpointUsers("application-id", region_name="eu-west-1", directory=directory) as pinpoint:
    report = pinpoint.send(message, {"u-1": EndpointSendConfiguration(substitutions={"code": ["123456"]})})
report.raise_for_failures()
