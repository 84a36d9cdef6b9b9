"""Which way each channel of a message goes, by the caller's settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from pinpoint_users._rendering.content import content_of
from pinpoint_users._routes.addresses import AddressesRoute
from pinpoint_users._routes.base import Route
from pinpoint_users._routes.channels import CHANNELS, channels_of
from pinpoint_users._routes.ses import SESRoute
from pinpoint_users._routes.text_messaging import TextMessagingRoute
from pinpoint_users._routes.voice_messaging import VoiceMessagingRoute
from pinpoint_users._shapes.converters import kind
from pinpoint_users._transport import services
from pinpoint_users._transport.services import Service
from pinpoint_users.enums import ChannelType
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.request import SendUsersMessageRequest
from pinpoint_users.routes import SES, PinpointAddresses, Routes, Settings, TextMessaging, VoiceMessaging

_ALLOWED: Mapping[ChannelType, tuple[type[Settings], ...]] = {
    ChannelType.SMS: (PinpointAddresses, TextMessaging),
    ChannelType.VOICE: (PinpointAddresses, VoiceMessaging),
    ChannelType.EMAIL: (SES, PinpointAddresses),
}
_NO_TEMPLATES = "AWS no longer keeps it: give PinpointUsers(…, templates=…) a folder or a mapping of templates"
_SERVICES: Mapping[type, Service] = {
    PinpointAddresses: services.PINPOINT,
    SES: services.SES,
    TextMessaging: services.TEXT_AND_VOICE,
    VoiceMessaging: services.TEXT_AND_VOICE,
}


@attrs.frozen
class WaysOut:
    """The ways out of one message."""

    routes: Mapping[ChannelType, Route]
    bounds: Mapping[str, tuple[float | None, float | None]]
    """Of each, by its name, the most requests a second and what they may weigh."""
    closed: Mapping[ChannelType, str]
    """Why nothing can go out by a channel that only the text for all would reach."""


class RouteTable:
    """The caller's settings of the ways out.

    Args:
        given: The settings by channel, where PUSH stands for all push services; what isn't there goes the usual way.

    Raises:
        ValidationError: Every fault of the settings.
    """

    def __init__(self, given: Routes | None) -> None:
        faults = list(_faults(given))
        if faults:
            raise ValidationError("PinpointUsers", faults)
        self._chosen: dict[ChannelType, Settings] = {
            channel: settings for word, settings in (given or {}).items() for channel in channels_of(word)
        }
        addresses = next((each for each in self._chosen.values() if isinstance(each, PinpointAddresses)), PinpointAddresses())
        usual: dict[ChannelType, Settings] = {**dict.fromkeys(CHANNELS, addresses), ChannelType.EMAIL: SES()}
        self._by_channel: Mapping[ChannelType, Settings] = {**usual, **self._chosen}

    def routes_of(
        self,
        common: SendUsersMessageRequest,
        requests_per_second: float | None,
        max_send_rate: Callable[[], float | None],
        chosen: Collection[str] | None = None,
    ) -> WaysOut:
        """The way out for each channel that a message has something for.

        Args:
            common: The message, and what goes with it.
            requests_per_second: The bound of a way out that has none of its own.
            max_send_rate: Asks SES for the most recipients a second.
            chosen: The channels that the message goes to, of which APNs' share one message; None for all.

        Raises:
            ValidationError: The message can't go the way that is set for a channel of it.
        """
        if common.template_configuration is not None:
            raise ValidationError("the run", [Fault("template_configuration", _NO_TEMPLATES)])
        routes: dict[ChannelType, Route] = {}
        bounds: dict[str, tuple[float | None, float | None]] = {}
        closed: dict[ChannelType, str] = {}
        by_settings: dict[Settings, list[ChannelType]] = {}
        for channel in sorted(CHANNELS if chosen is None else CHANNELS.intersection(chosen)):
            if content_of(common.message_configuration, channel) is not None:
                by_settings.setdefault(self._by_channel[channel], []).append(channel)
        for settings, channels in by_settings.items():
            try:
                route, weight_per_second = _route(settings, common, channels, max_send_rate)
            except ValidationError as error:
                # The text for all reaches by e-mail too, where it can.
                if common.message_configuration.email_message is None and not self._chosen.keys() & {*channels}:
                    closed |= dict.fromkeys(channels, str(error))
                    continue
                raise
            routes |= dict.fromkeys(channels, route)
            bounds[route.name] = settings.requests_per_second or requests_per_second, weight_per_second
        return WaysOut(routes, bounds, closed)

    @property
    def clients(self) -> dict[Service, Any]:
        """The caller's own clients."""
        given = ((_SERVICES[type(settings)], settings.client) for settings in self._by_channel.values())
        return {service: client for service, client in given if client is not None}


def _route(
    settings: Settings,
    common: SendUsersMessageRequest,
    channels: list[ChannelType],
    max_send_rate: Callable[[], float | None],
) -> tuple[Route, float | None]:
    message, context, trace_id = common.message_configuration, common.context, common.trace_id
    if isinstance(settings, PinpointAddresses):
        return AddressesRoute(common, channels), None
    if isinstance(settings, TextMessaging):
        texts = TextMessagingRoute(settings, message, context=context, trace_id=trace_id)
        return texts, settings.parts_per_second
    if isinstance(settings, VoiceMessaging):
        return VoiceMessagingRoute(settings, message, context=context, trace_id=trace_id), None
    rate = max_send_rate() if settings.rates == "account" else None
    return SESRoute(settings, message, context=context, trace_id=trace_id, max_send_rate=rate), rate


def _faults(given: Routes | None) -> list[Fault]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [Fault("routes", f'must be a mapping of channels to ways out, not {kind(given)}: {{"EMAIL": SES(…)}}')]
    faults: list[Fault] = []
    of_class: dict[type, Settings] = {}
    for word, settings in given.items():
        path = f"routes[{word!r}]"
        if word not in CHANNELS:
            faults.append(Fault(path, f"isn't a channel; allowed: {', '.join(sorted(CHANNELS))}"))
            continue
        allowed = _ALLOWED.get(ChannelType(word), (PinpointAddresses,))
        if not isinstance(settings, allowed):
            names = " or ".join(each.__name__ for each in allowed)
            faults.append(Fault(path, f"must be {names}, not {kind(settings)}"))
        elif of_class.setdefault(type(settings), settings) != settings:
            faults.append(
                Fault(path, f"differs from another {type(settings).__name__}: all channels by one way share its settings")
            )
    return faults
