"""The settings of the ways out to addresses, for users who are looked up in a directory."""

from pinpoint_users.routes.pinpoint_addresses import PinpointAddresses
from pinpoint_users.routes.ses import SES, ListManagementOptions
from pinpoint_users.routes.text_messaging import TextMessaging
from pinpoint_users.routes.voice_messaging import VoiceMessaging

__all__ = ["SES", "ListManagementOptions", "PinpointAddresses", "TextMessaging", "VoiceMessaging"]
