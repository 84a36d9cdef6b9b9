"""The way out by SMS and voice version 2, for text messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pinpoint_users._routes.base import Target
from pinpoint_users._routes.phone import PhoneRoute
from pinpoint_users._shapes.gsm import sms_parts
from pinpoint_users.errors import Fault
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.sms import SMSMessage
from pinpoint_users.routes._phone_settings import country_parameter_problem, identity_problem
from pinpoint_users.routes.text_messaging import TextMessaging

_MAX_BODY = 1_600
_MAX_KEYWORD = 30


class TextMessagingRoute(PhoneRoute):
    """The route; `pinpoint_users._routes.base.Route` says what it is.

    Args:
        settings: The caller's settings.
        message: The message, which has something for SMS.
        context: Attributes for all.
        trace_id: The ID to find the message by.

    Raises:
        ValidationError: Nobody could be sent to.
    """

    name = operation = "SendTextMessage"
    channel = "SMS"

    def __init__(
        self,
        settings: TextMessaging,
        message: DirectMessageConfiguration,
        *,
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> None:
        sms = message.sms_message or SMSMessage()
        parameters = {
            "IN_ENTITY_ID": sms.entity_id,
            "IN_TEMPLATE_ID": sms.template_id,
            **(settings.destination_country_parameters or {}),
        }
        common = {
            "OriginationIdentity": settings.origination_identity or sms.origination_number or sms.sender_id,
            "MessageType": sms.message_type and sms.message_type.value,
            "Keyword": sms.keyword,
            "ConfigurationSetName": settings.configuration_set_name,
            "MaxPrice": settings.max_price,
            "TimeToLive": settings.time_to_live,
            "DestinationCountryParameters": {name: value for name, value in parameters.items() if value is not None} or None,
            "DryRun": settings.dry_run or None,
            "ProtectConfigurationId": settings.protect_configuration_id,
            "MessageFeedbackEnabled": settings.message_feedback_enabled,
        }
        super().__init__(
            message,
            common,
            faults=_faults(settings, sms),
            advice=_advice(settings, sms),
            context=context,
            trace_id=trace_id,
        )

    def problem(self, text: str) -> str | None:
        """What is wrong with a recipient's text, which isn't blank; or None."""
        return f"has {len(text):,} characters, at most {_MAX_BODY:,} are allowed" if len(text) > _MAX_BODY else None

    def weight(self, targets: Sequence[Target]) -> int:
        """The message parts, which are what rates count."""
        return sum(sms_parts(self.text_of(target)) for target in targets)


def _faults(settings: TextMessaging, sms: SMSMessage) -> Iterator[Fault]:
    if sms.keyword is not None and not (1 <= len(sms.keyword) <= _MAX_KEYWORD and sms.keyword.replace(" ", "x").isprintable()):
        yield Fault("sms_message.keyword", f"from 1 to {_MAX_KEYWORD} characters in one line are allowed")
    for name in ("origination_number", "sender_id") if settings.origination_identity is None else ():
        problem = identity_problem(getattr(sms, name))
        if problem:
            yield Fault(f"sms_message.{name}", problem)
    given = settings.destination_country_parameters or {}
    for name, parameter in (("entity_id", "IN_ENTITY_ID"), ("template_id", "IN_TEMPLATE_ID")):
        value = getattr(sms, name)
        problem = country_parameter_problem(value) if value is not None and parameter not in given else None
        if problem:
            yield Fault(f"sms_message.{name}", problem)


def _advice(settings: TextMessaging, sms: SMSMessage) -> Iterator[str]:
    if sms.media_url is not None:
        yield "sms_message.media_url: can't be carried, the text goes without it"
    for name in ("origination_number", "sender_id") if settings.origination_identity is not None else ():
        if getattr(sms, name) not in {None, settings.origination_identity}:
            yield f"sms_message.{name}: isn't used, as TextMessaging sets origination_identity: leave one of them out"
    given = settings.destination_country_parameters or {}
    for name, parameter in (("entity_id", "IN_ENTITY_ID"), ("template_id", "IN_TEMPLATE_ID")):
        if parameter in given and getattr(sms, name) not in {None, given[parameter]}:
            yield (
                f"sms_message.{name}: isn't used, as TextMessaging sets destination_country_parameters[{parameter!r}]: "
                "leave one of them out"
            )
    if sms.origination_number is not None and sms.sender_id is not None and settings.origination_identity is None:
        yield "sms_message: of origination_number and sender_id the number is used; give one, or set origination_identity"
