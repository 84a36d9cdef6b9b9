"""A typed client for Amazon Pinpoint's SendUsersMessages: one message to any number of users, an outcome for each."""

import importlib
import typing

from pinpoint_users._run.batching import Users
from pinpoint_users._run.retry import OnUnknown, RetryPolicy, RetryScope
from pinpoint_users._shapes.converters import Substitutions
from pinpoint_users._transport.base import Operation, Transport
from pinpoint_users.enums import (
    Action,
    ActionName,
    APNSAuthenticationMethod,
    APNSPushType,
    ChannelType,
    ChannelTypeName,
    DeliveryStatus,
    GCMAuthenticationMethod,
    MessageType,
    MessageTypeName,
    Outcome,
    PushPriority,
    Sent,
)
from pinpoint_users.errors import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    DeadlineExceededError,
    Fault,
    InFlightError,
    JournalError,
    MissingResultError,
    PayloadTooLargeError,
    PinpointUsersError,
    ReadTimeoutError,
    RegionError,
    RequestError,
    RunInterrupted,
    ServiceError,
    StoppedError,
    ThrottledError,
    UndeliveredError,
    UnreadableResponseError,
    UsersError,
    ValidationError,
)
from pinpoint_users.journal import Journal
from pinpoint_users.messages.adm import ADMMessage, ADMMessageBuilder
from pinpoint_users.messages.apns import APNSMessage, APNSMessageBuilder
from pinpoint_users.messages.baidu import BaiduMessage, BaiduMessageBuilder
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    Template,
    TemplateBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)
from pinpoint_users.messages.default import DefaultMessage, DefaultMessageBuilder
from pinpoint_users.messages.email import (
    EmailMessage,
    EmailMessageBuilder,
    MessageHeader,
    MessageHeaderBuilder,
    RawEmail,
    RawEmailBuilder,
    SimpleEmail,
    SimpleEmailBuilder,
    SimpleEmailPart,
    SimpleEmailPartBuilder,
)
from pinpoint_users.messages.gcm import GCMMessage, GCMMessageBuilder
from pinpoint_users.messages.push import DefaultPushNotificationMessage, DefaultPushNotificationMessageBuilder
from pinpoint_users.messages.request import (
    EndpointSendConfiguration,
    EndpointSendConfigurationBuilder,
    SendUsersMessageRequest,
    SendUsersMessageRequestBuilder,
    SendUsersMessagesRequest,
    SendUsersMessagesRequestBuilder,
)
from pinpoint_users.messages.sms import SMSMessage, SMSMessageBuilder
from pinpoint_users.messages.voice import VoiceMessage, VoiceMessageBuilder
from pinpoint_users.report import SendReport, UserResult
from pinpoint_users.results import (
    EndpointMessageResult,
    EndpointMessageResultBuilder,
    SendUsersMessageResponse,
    SendUsersMessageResponseBuilder,
    SendUsersMessagesResponse,
    SendUsersMessagesResponseBuilder,
)

if typing.TYPE_CHECKING:
    from pinpoint_users.client import PinpointUsers
    from pinpoint_users.stream import ResultStream

    __version__: str
else:  # a type checker would believe that there is a value of any name

    def __getattr__(name: str) -> object:
        if name in _WHEN_ASKED_FOR:
            value = getattr(importlib.import_module(_WHEN_ASKED_FOR[name]), name)
            globals()[name] = value
            return value
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - few ask for it, and it takes its time

            return version("pinpoint-users")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "__version__"})


__all__ = [
    "ADMMessage",
    "ADMMessageBuilder",
    "APNSAuthenticationMethod",
    "APNSMessage",
    "APNSMessageBuilder",
    "APNSPushType",
    "AccessDeniedError",
    "Action",
    "ActionName",
    "ApplicationNotFoundError",
    "BadRequestError",
    "BaiduMessage",
    "BaiduMessageBuilder",
    "ChannelType",
    "ChannelTypeName",
    "ConfigurationError",
    "ConnectionFailedError",
    "ConnectionLostError",
    "CredentialsError",
    "DeadlineExceededError",
    "DefaultMessage",
    "DefaultMessageBuilder",
    "DefaultPushNotificationMessage",
    "DefaultPushNotificationMessageBuilder",
    "DeliveryStatus",
    "DirectMessageConfiguration",
    "DirectMessageConfigurationBuilder",
    "EmailMessage",
    "EmailMessageBuilder",
    "EndpointMessageResult",
    "EndpointMessageResultBuilder",
    "EndpointSendConfiguration",
    "EndpointSendConfigurationBuilder",
    "Fault",
    "GCMAuthenticationMethod",
    "GCMMessage",
    "GCMMessageBuilder",
    "InFlightError",
    "Journal",
    "JournalError",
    "MessageHeader",
    "MessageHeaderBuilder",
    "MessageType",
    "MessageTypeName",
    "MissingResultError",
    "OnUnknown",
    "Operation",
    "Outcome",
    "PayloadTooLargeError",
    "PinpointUsers",
    "PinpointUsersError",
    "PushPriority",
    "RawEmail",
    "RawEmailBuilder",
    "ReadTimeoutError",
    "RegionError",
    "RequestError",
    "ResultStream",
    "RetryPolicy",
    "RetryScope",
    "RunInterrupted",
    "SMSMessage",
    "SMSMessageBuilder",
    "SendReport",
    "SendUsersMessageRequest",
    "SendUsersMessageRequestBuilder",
    "SendUsersMessageResponse",
    "SendUsersMessageResponseBuilder",
    "SendUsersMessagesRequest",
    "SendUsersMessagesRequestBuilder",
    "SendUsersMessagesResponse",
    "SendUsersMessagesResponseBuilder",
    "Sent",
    "ServiceError",
    "SimpleEmail",
    "SimpleEmailBuilder",
    "SimpleEmailPart",
    "SimpleEmailPartBuilder",
    "StoppedError",
    "Substitutions",
    "Template",
    "TemplateBuilder",
    "TemplateConfiguration",
    "TemplateConfigurationBuilder",
    "ThrottledError",
    "Transport",
    "UndeliveredError",
    "UnreadableResponseError",
    "UserResult",
    "Users",
    "UsersError",
    "ValidationError",
    "VoiceMessage",
    "VoiceMessageBuilder",
]


_WHEN_ASKED_FOR = {"PinpointUsers": "pinpoint_users.client", "ResultStream": "pinpoint_users.stream"}
"""What isn't needed to build messages, and takes a quarter of the time that all takes: it is imported when it is asked for."""
