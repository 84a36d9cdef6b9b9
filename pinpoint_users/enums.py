"""The words of the service and of this library, as enums that are also strings."""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import Literal, TypeAlias

from typing_extensions import Self

ActionName: TypeAlias = Literal["OPEN_APP", "DEEP_LINK", "URL"]
"""AWS's words for `Action`, for people who write the string."""

MessageTypeName: TypeAlias = Literal["TRANSACTIONAL", "PROMOTIONAL"]
"""AWS's words for `MessageType`, for people who write the string."""

ChannelTypeName: TypeAlias = Literal[
    "PUSH",
    "GCM",
    "APNS",
    "APNS_SANDBOX",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "ADM",
    "SMS",
    "VOICE",
    "EMAIL",
    "BAIDU",
    "CUSTOM",
    "IN_APP",
]
"""AWS's words for `ChannelType`, for people who write the string."""

APNSPushType: TypeAlias = Literal[
    "alert",
    "background",
    "complication",
    "fileprovider",
    "mdm",
    "voip",
    "controls",
    "liveactivity",
    "location",
    "pushtotalk",
    "widgets",
]
"""Apple's words for `APNSMessage.apns_push_type`; AWS lists those up to `voip`."""

PushPriority: TypeAlias = Literal["5", "10", "normal", "high"]
"""The words that a push priority takes: APNs' 5 and 10, FCM's normal and high; the service converts one into the other."""

APNSAuthenticationMethod: TypeAlias = Literal["CERTIFICATE", "TOKEN"]
"""The words that `APNSMessage.preferred_authentication_method` takes."""

EndpointStatus: TypeAlias = Literal["ACTIVE", "INACTIVE"]
"""AWS's words for whether anything is sent to an endpoint."""

OptOut: TypeAlias = Literal["ALL", "NONE"]
"""AWS's words for what the user of an endpoint doesn't want: any message, or nothing in particular."""

GCMAuthenticationMethod: TypeAlias = Literal["KEY", "TOKEN"]
"""The words that `GCMMessage.preferred_authentication_method` takes."""


FailureReasonName: TypeAlias = Literal[
    "NO_ENDPOINTS",
    "NO_MESSAGE_FOR_CHANNEL",
    "OPTED_OUT",
    "INACTIVE",
    "DEAD_TOKEN",
    "THROTTLED",
    "CONFIGURATION",
    "DUPLICATE",
    "TEMPORARY",
    "NOT_SENT",
    "UNKNOWN",
    "OTHER",
]
"""The words of `FailureReason`, for people who write the string."""


class Word(str, enum.Enum):
    """An enum member that prints, formats and serialises as its word."""

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    # Equal to its word, so hashed as its word; an enum's own hash is of the name, and slow.
    __hash__ = str.__hash__


class Action(Word):
    """What happens when the recipient taps a push notification.

    Source: botocore's model of `pinpoint/2016-12-01`, shape `Action`.
    """

    OPEN_APP = "OPEN_APP"
    """The app opens, or comes to the foreground; the service's default."""
    DEEP_LINK = "DEEP_LINK"
    """The app opens at a screen that the platform's deep link names."""
    URL = "URL"
    """The device's browser opens the message's `url`."""


class MessageType(Word):
    """How urgent an SMS message is.

    Source: botocore's model of `pinpoint/2016-12-01`, shape `MessageType`.
    """

    TRANSACTIONAL = "TRANSACTIONAL"
    """Time-sensitive or critical, such as a one-time password."""
    PROMOTIONAL = "PROMOTIONAL"
    """Neither critical nor time-sensitive, such as marketing."""


class ChannelType(Word):
    """The channel through which an endpoint is reached.

    Source: botocore's model of `pinpoint/2016-12-01`, shape `ChannelType`.
    """

    PUSH = "PUSH"
    GCM = "GCM"
    APNS = "APNS"
    APNS_SANDBOX = "APNS_SANDBOX"
    APNS_VOIP = "APNS_VOIP"
    APNS_VOIP_SANDBOX = "APNS_VOIP_SANDBOX"
    ADM = "ADM"
    SMS = "SMS"
    VOICE = "VOICE"
    EMAIL = "EMAIL"
    BAIDU = "BAIDU"
    CUSTOM = "CUSTOM"
    IN_APP = "IN_APP"


Channels: TypeAlias = Collection[ChannelType | ChannelTypeName]
"""What `channels=` and `first_of=` take: channels, PUSH for all push channels; `first_of` in the order to try."""


class DeliveryStatus(Word):
    """What became of the message at one endpoint.

    An open enum: a word that AWS adds after this release still makes a value, `DeliveryStatus("NEW_WORD")`, which equals other
    values of that word, pickles, serialises as it came, and answers True to `is_unknown`.

    Source: botocore's model of `pinpoint/2016-12-01`, shape `DeliveryStatus`.
    """

    SUCCESSFUL = "SUCCESSFUL"
    """Handed to the provider of the channel, which isn't yet received by the person."""
    THROTTLED = "THROTTLED"
    """Not sent: the service or the provider limits the rate. The only status that is sent again by default."""
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"
    """A passing error; the service doesn't try again."""
    PERMANENT_FAILURE = "PERMANENT_FAILURE"
    """An error that stays: a dead address, no endpoint, no message for the channel, or a fault in the channel's settings."""
    UNKNOWN_FAILURE = "UNKNOWN_FAILURE"
    """An error that the service can't name."""
    OPT_OUT = "OPT_OUT"
    """Not sent: the user doesn't want messages at this endpoint."""
    DUPLICATE = "DUPLICATE"
    """Not sent here: another endpoint with the same address got it."""

    @property
    def is_unknown(self) -> bool:
        """True for a word that this release doesn't know."""
        return self.value not in type(self).__members__

    @property
    def sent(self) -> Sent:
        """Whether the message went out: perhaps where AWS may try again by itself, can't name the error, or has a new word."""
        if self is DeliveryStatus.SUCCESSFUL:
            return Sent.SENT
        return Sent.NOT_SENT if self in _NOT_SENT else Sent.PERHAPS_SENT

    @property
    def is_throttled(self) -> bool:
        """True for THROTTLED."""
        return self is DeliveryStatus.THROTTLED

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member


_NOT_SENT = frozenset(
    {DeliveryStatus.THROTTLED, DeliveryStatus.PERMANENT_FAILURE, DeliveryStatus.OPT_OUT, DeliveryStatus.DUPLICATE}
)


class Sent(Word):
    """Whether a message went out, as far as can be known: the three words of every error and outcome."""

    NOT_SENT = "NOT_SENT"
    """It did not go out; sending it again can't make a duplicate."""
    PERHAPS_SENT = "PERHAPS_SENT"
    """No answer came, or none that can be read; sending it again may make a duplicate."""
    SENT = "SENT"
    """The service took it and said so."""


class Outcome(Word):
    """What became of the message for one user, over all of the user's endpoints."""

    SUCCESSFUL = "SUCCESSFUL"
    """Every endpoint got it (an endpoint with a duplicate address counts as got)."""
    PARTIAL = "PARTIAL"
    """At least one endpoint got it and at least one did not."""
    THROTTLED = "THROTTLED"
    """The service says of no endpoint that it got it, and at least one is still throttled after the last attempt."""
    FAILED = "FAILED"
    """The service says of no endpoint that it got it, and of none that waiting helps. After a TEMPORARY_FAILURE or an
    UNKNOWN_FAILURE, here or beside a throttled endpoint, `UserResult.sent` is PERHAPS_SENT; `UserResult.error` says why nothing
    went out to a part of the user's endpoints, if that is so."""
    UNKNOWN = "UNKNOWN"
    """It may or may not have gone out: no answer came, or it doesn't say."""
    NOT_SENT = "NOT_SENT"
    """Nothing went out for this user; `UserResult.error` says why."""


class FailureReason(Word):
    """Why a user or an endpoint did not get the message, as far as the service's status and words tell."""

    NO_ENDPOINTS = "NO_ENDPOINTS"
    """The service knows no endpoint of the user."""
    NO_MESSAGE_FOR_CHANNEL = "NO_MESSAGE_FOR_CHANNEL"
    """The message has nothing for the endpoint's channel."""
    OPTED_OUT = "OPTED_OUT"
    """The user doesn't want messages at the endpoint."""
    INACTIVE = "INACTIVE"
    """The endpoint is marked INACTIVE, so nothing is sent there."""
    DEAD_TOKEN = "DEAD_TOKEN"  # noqa: S105 - a word, no password
    """The device's token is no longer valid: delete it. `BadDeviceToken` is also said of a good token of APNs' other
    environment, `APNS` for `APNS_SANDBOX`; look at the channel first where many fail at once."""
    THROTTLED = "THROTTLED"
    """Still throttled at the last attempt; it can be sent to again later."""
    CONFIGURATION = "CONFIGURATION"
    """A fault of the channel, the permissions or the message, which isn't the endpoint's: the address may live."""
    DUPLICATE = "DUPLICATE"
    """Another endpoint with the same address got it."""
    TEMPORARY = "TEMPORARY"
    """A passing error; the service doesn't try again."""
    NOT_SENT = "NOT_SENT"
    """Nothing went out for the user; `UserResult.error` says why."""
    UNKNOWN = "UNKNOWN"
    """It isn't known whether it went out."""
    OTHER = "OTHER"
    """A failure whose words tell none of the others."""
