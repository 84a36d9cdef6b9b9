"""Which way each channel of a message goes."""

from __future__ import annotations

from pinpoint_users._rendering.content import content_of
from pinpoint_users._routes.addresses import AddressesRoute
from pinpoint_users._routes.base import Route
from pinpoint_users._routes.channels import CHANNELS
from pinpoint_users.enums import ChannelType
from pinpoint_users.messages.request import SendUsersMessageRequest


def routes_of(common: SendUsersMessageRequest) -> dict[ChannelType, Route]:
    """The way out for each channel that a message has something for."""
    channels = [channel for channel in CHANNELS if content_of(common.message_configuration, channel) is not None]
    addresses = AddressesRoute(common, channels)
    return dict.fromkeys(channels, addresses)
