"""Settings of the way out by SMS and voice version 2, for phone calls."""

from __future__ import annotations

from typing import Any

import attrs

from pinpoint_users._shapes.converters import boolean, integer, number, required_string, string
from pinpoint_users._shapes.shape import Checked
from pinpoint_users.routes._phone_settings import flag, identity, lifetime, price, resource_name, voice
from pinpoint_users.routes._settings import client_for, positive


def _client(value: Any) -> Any:
    return client_for("pinpoint-sms-voice-v2", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class VoiceMessaging(Checked):
    """Calls by `SendVoiceMessage` of SMS and voice version 2 (`pinpoint-sms-voice-v2`), one recipient a request.

    A text has at most 3,000 characters, variables filled, or 6,000 with SSML's tags; which it is, is seen by the text, as in
    `VoiceMessage`. Of a `VoiceMessage`, the voice is carried, in upper case. The number to call from is this one's.
    `language_code` can't be carried: the voice decides the language, so one without a voice is warned of.
    Context, the message's and the recipient's together, has at most 5 pairs with the trace ID, which is the pair `TraceId`.

    It takes the IAM action `sms-voice:SendVoiceMessage`.

    Raises:
        ValidationError: Every fault at once.

    Source: Amazon Pinpoint SMS Voice V2 API reference, `SendVoiceMessage`;
    botocore's model `pinpoint-sms-voice-v2/2022-03-31`, shape `SendVoiceMessageRequest`.
    """

    origination_identity: str = attrs.field(converter=required_string, validator=identity)
    """What to call from: a phone number or a pool, or the ID or ARN of one, at most 256 characters. Required."""
    configuration_set_name: str | None = attrs.field(default=None, converter=string, validator=resource_name)
    """The configuration set to use, by name or ARN, at most 256 characters."""
    protect_configuration_id: str | None = attrs.field(default=None, converter=string, validator=resource_name)
    """The protect configuration to use, by ID or ARN, at most 256 characters."""
    max_price_per_minute: str | None = attrs.field(default=None, converter=price)
    """The most that a minute may cost, in US dollars, such as `"0.05"`: where it costs more, nobody is called."""
    time_to_live: int | None = attrs.field(default=None, converter=integer, validator=lifetime)
    """Seconds for which a message is of use, from 5 to 259,200; 72 hours by default."""
    voice_id: str | None = attrs.field(default=None, converter=string, validator=voice)
    """The voice for messages that name none, such as `Joanna`; AWS's is `MATTHEW`, who speaks US English."""
    message_feedback_enabled: bool | None = attrs.field(default=None, converter=boolean)
    """Whether you will tell AWS by `PutMessageFeedback` what became of each message."""
    dry_run: bool = attrs.field(default=False, converter=flag)
    """Whether AWS only checks the messages; nobody is called, and the results say so."""
    client: Any = attrs.field(default=None, converter=_client)
    """A boto3 client for `pinpoint-sms-voice-v2` to use as it is; by default one is made."""
    requests_per_second: float | None = attrs.field(default=None, converter=number, validator=positive)
    """The most requests that go out in a second, more than 0; by default only the service's throttling limits them."""
