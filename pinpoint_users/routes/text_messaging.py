"""Settings of the way out by SMS and voice version 2, for text messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from pinpoint_users._shapes.converters import boolean, integer, number, string, string_map, suggest
from pinpoint_users._shapes.shape import Checked
from pinpoint_users.errors import Fault
from pinpoint_users.routes._phone_settings import (
    country_parameter_problem,
    flag,
    identity,
    lifetime,
    price,
    resource_name,
)
from pinpoint_users.routes._settings import client_for, positive

COUNTRY_PARAMETERS = ("IN_ENTITY_ID", "IN_TEMPLATE_ID")
"""AWS's names of what single countries want."""


def _client(value: Any) -> Any:
    return client_for("pinpoint-sms-voice-v2", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class TextMessaging(Checked):
    """Sends text messages by `SendTextMessage` of SMS and voice version 2 (`pinpoint-sms-voice-v2`), one recipient a request.

    A text has at most 1,600 characters, variables filled. Of an `SMSMessage`, the message type and the keyword (at most 30
    characters) are carried; its number to send from, or else its sender ID, where `origination_identity` isn't set; its entity
    and template ID as `destination_country_parameters`. `media_url` can't be carried, and is warned of. Context, the message's
    and the recipient's together, has at most 5 pairs with the trace ID, which is the pair `TraceId`.

    It takes the IAM action `sms-voice:SendTextMessage`.

    Raises:
        ValidationError: Every fault at once.

    Source: Amazon Pinpoint SMS Voice V2 API reference, `SendTextMessage`;
    botocore's model `pinpoint-sms-voice-v2/2022-03-31`, shape `SendTextMessageRequest`.
    """

    origination_identity: str | None = attrs.field(default=None, converter=string, validator=identity)
    """What to send from: a phone number, a sender ID, a pool, or the ID or ARN of one, at most 256 characters; by default what
    the message says, or else what AWS picks. It wins over the message."""
    configuration_set_name: str | None = attrs.field(default=None, converter=string, validator=resource_name)
    """The configuration set to use, by name or ARN, at most 256 characters."""
    protect_configuration_id: str | None = attrs.field(default=None, converter=string, validator=resource_name)
    """The protect configuration to use, by ID or ARN, at most 256 characters."""
    max_price: str | None = attrs.field(default=None, converter=price)
    """The most that a message part may cost, in US dollars, such as `"0.05"`: what costs more isn't sent."""
    time_to_live: int | None = attrs.field(default=None, converter=integer, validator=lifetime)
    """Seconds for which a message is of use, from 5 to 259,200; 72 hours by default."""
    message_feedback_enabled: bool | None = attrs.field(default=None, converter=boolean)
    """Whether you will tell AWS by `PutMessageFeedback` what became of each message."""
    destination_country_parameters: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """What single countries want: `IN_ENTITY_ID` and `IN_TEMPLATE_ID`, of at most 64 characters each; by default what the
    message says."""
    dry_run: bool = attrs.field(default=False, converter=flag)
    """Whether AWS only checks the messages; nothing is sent, the results say so, and AWS takes at most 5 parts a second."""
    client: Any = attrs.field(default=None, converter=_client)
    """A boto3 client for `pinpoint-sms-voice-v2` to use as it is; by default one is made."""
    requests_per_second: float | None = attrs.field(default=None, converter=number, validator=positive)
    """The most requests that go out in a second, more than 0; by default only the service's throttling limits them."""
    parts_per_second: float | None = attrs.field(default=None, converter=number, validator=positive)
    """The most message parts that go out in a second, more than 0: AWS's rates are in parts by the number that is sent from,
    such as 100 for a short code in the USA and 3 for a toll-free number. A part has 160 characters, or 70 where one is outside
    GSM-7; a longer text has parts of 153 or 67."""

    def _rules(self) -> Iterator[Fault]:
        for name, value in (self.destination_country_parameters or {}).items():
            known = name in COUNTRY_PARAMETERS
            problem = country_parameter_problem(value) if known else f"isn't a name; {suggest(name, COUNTRY_PARAMETERS)}"
            if problem:
                yield Fault(f"destination_country_parameters[{name!r}]", problem)
