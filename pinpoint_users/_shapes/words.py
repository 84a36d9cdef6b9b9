"""AWS's words for what a field may say: a word in another case is taken for AWS's, and its sender is told (`shape.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar, cast, get_args

from pinpoint_users._shapes.converters import near_misses, one_of, word_of
from pinpoint_users.enums import (
    Action,
    ActionName,
    APNSAuthenticationMethod,
    APNSPushType,
    ChannelType,
    ChannelTypeName,
    EndpointStatus,
    GCMAuthenticationMethod,
    MessageType,
    MessageTypeName,
    OptOut,
    PushPriority,
)

T = TypeVar("T")


def action_word(value: Action | ActionName | None) -> Action | None:
    """Accepts a member or AWS's word."""
    return word_of(_as_aws_writes_it(value, Action.__members__), Action)


def message_type_word(value: MessageType | MessageTypeName | None) -> MessageType | None:
    """Accepts a member or AWS's word."""
    return word_of(_as_aws_writes_it(value, MessageType.__members__), MessageType)


def channel_type_word(value: ChannelType | ChannelTypeName | None) -> ChannelType | None:
    """Accepts a member or AWS's word."""
    return word_of(_as_aws_writes_it(value, ChannelType.__members__), ChannelType)


def required_channel_type(value: ChannelType | ChannelTypeName) -> ChannelType:
    """Accepts the same, where None isn't the same as leaving it out."""
    return cast("ChannelType", channel_type_word(value))


def endpoint_status_word(value: EndpointStatus | None) -> EndpointStatus | None:
    """Accepts a word for whether messages are sent there."""
    return _one_of(value, get_args(EndpointStatus))


def opt_out_word(value: OptOut | None) -> OptOut | None:
    """Accepts a word for whether the user doesn't want messages."""
    return _one_of(value, get_args(OptOut))


def push_priority_word(value: PushPriority | None) -> PushPriority | None:
    """Accepts one of APNs' or FCM's words."""
    return _one_of(value, get_args(PushPriority))


def apns_method_word(value: APNSAuthenticationMethod | None) -> APNSAuthenticationMethod | None:
    """Accepts one of AWS's words."""
    return _one_of(value, get_args(APNSAuthenticationMethod))


def gcm_method_word(value: GCMAuthenticationMethod | None) -> GCMAuthenticationMethod | None:
    """Accepts one of AWS's words."""
    return _one_of(value, get_args(GCMAuthenticationMethod))


def push_type_word(value: APNSPushType | None) -> APNSPushType | None:
    """Accepts one of Apple's words, or what may be a new one: Apple adds words, which aren't near to those that we know."""
    words = get_args(APNSPushType)
    if isinstance(value, str) and re.fullmatch("[a-z]{3,}", value) and not near_misses(value, list(words)):
        words = (*words, value)
    return _one_of(value, words)


WORDS: frozenset[object] = frozenset(
    {
        *(action_word, apns_method_word, channel_type_word, endpoint_status_word, gcm_method_word, message_type_word),
        *(opt_out_word, push_priority_word, push_type_word, required_channel_type),
    }
)
"""The converters of this module."""


def in_another_case(written: str, word: str) -> str | None:
    """What to tell of a word that was written in another case."""
    return None if written == word else f"{str(written)!r} is sent as {str(word)!r}, as AWS writes it"


def _one_of(value: T, words: tuple[str, ...]) -> T:
    return one_of(_as_aws_writes_it(value, words), words)


def _as_aws_writes_it(value: T, words: Iterable[str]) -> T:
    """The word of AWS's that differs from the value in nothing but its case; or the value."""
    if not isinstance(value, str) or value in words:
        return value
    same = [word for word in words if word.casefold() == value.casefold()]
    return cast("T", same[0]) if same else value
