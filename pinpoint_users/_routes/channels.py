"""Channels as callers name them."""

from __future__ import annotations

from collections.abc import Collection

from pinpoint_users._rendering.content import OTHER_MESSAGES, PUSH_MESSAGES
from pinpoint_users.enums import ChannelType
from pinpoint_users.errors import Fault

PUSH: frozenset[ChannelType] = frozenset(map(ChannelType, PUSH_MESSAGES))
"""The channels that the word PUSH stands for."""
CHANNELS: frozenset[ChannelType] = PUSH.union(map(ChannelType, OTHER_MESSAGES))
"""The channels that a message can have something for."""


def channels_of(word: str) -> frozenset[ChannelType]:
    """The channels that a word of the caller's stands for."""
    channel = ChannelType(word)
    return PUSH if channel is ChannelType.PUSH else frozenset({channel})


def channel_faults(path: str, words: object) -> list[Fault]:
    """What is wrong with channels that the caller has named."""
    if isinstance(words, (str, bytes)) or not isinstance(words, Collection):
        return [Fault(path, 'must be a list of channels, such as ["SMS", "EMAIL"]')]
    if not words:
        return [Fault(path, "must name one channel at least, or be left out")]
    allowed = ", ".join(sorted(CHANNELS))
    return [Fault(path, f"{word!r} isn't a channel; allowed: {allowed}") for word in words if word not in CHANNELS]
