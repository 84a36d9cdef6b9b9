"""Sends a one-time password to one user: the shortest real program."""

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage

message = DirectMessageConfiguration.builder().sms_message(
    SMSMessage.builder().body("Your code is {{code}}").message_type("TRANSACTIONAL")
)

with PinpointUsers("application-id", region_name="eu-west-1") as pinpoint:
    report = pinpoint.send(message, {"u-1": EndpointSendConfiguration(substitutions={"code": ["123456"]})})
report.raise_for_failures()
