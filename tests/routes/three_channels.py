"""A message for three channels, and addresses that users may have on them."""

from __future__ import annotations

from pinpoint_users import DirectMessageConfiguration, GCMMessage, SMSMessage, VoiceMessage

MESSAGE = DirectMessageConfiguration(
    sms_message=SMSMessage(body="sms"), voice_message=VoiceMessage(body="voice"), gcm_message=GCMMessage(body="gcm")
)
CHANNELS = ["SMS", "VOICE", "GCM"]


def address(channel: str, number: int) -> str:
    """The address of this number on a channel."""
    return f"token-{number}" if channel == "GCM" else f"+1206555{CHANNELS.index(channel)}{number:03}"
