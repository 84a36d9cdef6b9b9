"""A whole program that sends one message through this package; without an address it only makes the client."""

import sys

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage

message = DirectMessageConfiguration.builder().sms_message(
    SMSMessage.builder().body("Your code is {{code}}").message_type("TRANSACTIONAL")
)

url = sys.argv[1] if len(sys.argv) > 1 else None
with PinpointUsers("application-id", region_name="eu-west-1", endpoint_url=url) as pinpoint:
    if url:
        report = pinpoint.send(message, {"u-0000001": EndpointSendConfiguration(substitutions={"code": ["123456"]})})
        report.raise_for_failures()
