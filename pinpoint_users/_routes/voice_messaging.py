"""The way out by SMS and voice version 2, for phone calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pinpoint_users._routes.phone import PhoneRoute
from pinpoint_users._shapes.limits import is_ssml, spoken_problem
from pinpoint_users.errors import Fault
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.voice import VoiceMessage
from pinpoint_users.routes._phone_settings import voice_problem
from pinpoint_users.routes.voice_messaging import VoiceMessaging


class VoiceMessagingRoute(PhoneRoute):
    """The route; `pinpoint_users._routes.base.Route` says what it is.

    Args:
        settings: The caller's settings.
        message: The message, which has something for voice.
        context: Attributes for all.
        trace_id: The ID to find the message by.

    Raises:
        ValidationError: Nobody could be called.
    """

    name = operation = "SendVoiceMessage"
    channel = "VOICE"

    def __init__(
        self,
        settings: VoiceMessaging,
        message: DirectMessageConfiguration,
        *,
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> None:
        voice = message.voice_message or VoiceMessage()
        voice_id = voice.voice_id or settings.voice_id
        common = {
            "OriginationIdentity": settings.origination_identity,
            "VoiceId": voice_id and voice_id.upper(),
            "ConfigurationSetName": settings.configuration_set_name,
            "MaxPricePerMinute": settings.max_price_per_minute,
            "TimeToLive": settings.time_to_live,
            "DryRun": settings.dry_run or None,
            "ProtectConfigurationId": settings.protect_configuration_id,
            "MessageFeedbackEnabled": settings.message_feedback_enabled,
        }
        super().__init__(
            message, common, faults=_faults(voice), advice=_advice(voice, voice_id), context=context, trace_id=trace_id
        )

    def problem(self, text: str) -> str | None:
        """What is wrong with a recipient's text, which isn't blank; or None."""
        problem = spoken_problem(text)
        return problem and f"has {problem}"

    def members(self, text: str) -> Mapping[str, object]:
        """What kind of text it is."""
        return {"MessageBodyTextType": "SSML" if is_ssml(text) else "TEXT"}


def _faults(voice: VoiceMessage) -> Iterator[Fault]:
    problem = voice_problem(voice.voice_id)
    if problem:
        yield Fault("voice_message.voice_id", problem)


def _advice(voice: VoiceMessage, voice_id: str | None) -> Iterator[str]:
    if voice.origination_number is not None:
        yield "voice_message.origination_number: isn't used, VoiceMessaging sets origination_identity: leave it out"
    language = voice.language_code
    if language is not None and voice_id is None and not language.lower().startswith("en-us"):
        yield f"voice_message.language_code: {language!r} can't be carried, and AWS's voice speaks US English: set a voice_id"
