"""The settings of the ways out to addresses, for users who are looked up in a directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pinpoint_users.enums import ChannelType, ChannelTypeName
from pinpoint_users.routes.pinpoint_addresses import PinpointAddresses
from pinpoint_users.routes.ses import SES, ListManagementOptions
from pinpoint_users.routes.text_messaging import TextMessaging
from pinpoint_users.routes.voice_messaging import VoiceMessaging

__all__ = ["SES", "ListManagementOptions", "PinpointAddresses", "Routes", "TextMessaging", "VoiceMessaging"]

Settings: TypeAlias = PinpointAddresses | SES | TextMessaging | VoiceMessaging
"""The settings of one way out."""

Routes: TypeAlias = Mapping[ChannelType | ChannelTypeName, Settings]
"""What `routes=` takes: the way out of each channel, PUSH for all push channels; others go the usual way."""
