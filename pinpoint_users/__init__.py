"""A typed client for Amazon Pinpoint's SendUsersMessages: one message to any number of users, an outcome for each.

Each name is imported when it is first asked for, so that a program pays for what it uses.
"""

import typing

if typing.TYPE_CHECKING:
    from pinpoint_users._run.batching import Users
    from pinpoint_users._run.retry import OnUnknown, RetryPolicy, RetryScope
    from pinpoint_users._shapes.converters import Substitutions
    from pinpoint_users._transport.base import Operation, Transport
    from pinpoint_users.client import PinpointUsers
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
        MessageWarning,
        MissingResultError,
        PayloadTooLargeError,
        PinpointUsersError,
        ReadTimeoutError,
        RegionError,
        RequestError,
        ServiceError,
        StalledError,
        StoppedError,
        ThrottledError,
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
    from pinpoint_users.report import RunInterrupted, RunStoppedError, SendReport, UndeliveredError, UserResult
    from pinpoint_users.results import (
        EndpointMessageResult,
        EndpointMessageResultBuilder,
        SendUsersMessageResponse,
        SendUsersMessageResponseBuilder,
        SendUsersMessagesResponse,
        SendUsersMessagesResponseBuilder,
    )
    from pinpoint_users.stream import ResultStream

    __version__: str
else:  # a type checker would believe that there is a value of any name

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            from importlib import import_module  # noqa: PLC0415 - whoever has the name already doesn't need it

            value = getattr(import_module(_MODULES[name]), name)
            globals()[name] = value
            return value
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - few ask for it, and it takes its time

            return version("pinpoint-users")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "__version__"})


# Generated from the imports above by `nox -s generate`, down to the end of the file.

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
    "MessageWarning",
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
    "RunStoppedError",
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
    "StalledError",
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

_MODULES = {
    "ADMMessage": "pinpoint_users.messages.adm",
    "ADMMessageBuilder": "pinpoint_users.messages.adm",
    "APNSAuthenticationMethod": "pinpoint_users.enums",
    "APNSMessage": "pinpoint_users.messages.apns",
    "APNSMessageBuilder": "pinpoint_users.messages.apns",
    "APNSPushType": "pinpoint_users.enums",
    "AccessDeniedError": "pinpoint_users.errors",
    "Action": "pinpoint_users.enums",
    "ActionName": "pinpoint_users.enums",
    "ApplicationNotFoundError": "pinpoint_users.errors",
    "BadRequestError": "pinpoint_users.errors",
    "BaiduMessage": "pinpoint_users.messages.baidu",
    "BaiduMessageBuilder": "pinpoint_users.messages.baidu",
    "ChannelType": "pinpoint_users.enums",
    "ChannelTypeName": "pinpoint_users.enums",
    "ConfigurationError": "pinpoint_users.errors",
    "ConnectionFailedError": "pinpoint_users.errors",
    "ConnectionLostError": "pinpoint_users.errors",
    "CredentialsError": "pinpoint_users.errors",
    "DeadlineExceededError": "pinpoint_users.errors",
    "DefaultMessage": "pinpoint_users.messages.default",
    "DefaultMessageBuilder": "pinpoint_users.messages.default",
    "DefaultPushNotificationMessage": "pinpoint_users.messages.push",
    "DefaultPushNotificationMessageBuilder": "pinpoint_users.messages.push",
    "DeliveryStatus": "pinpoint_users.enums",
    "DirectMessageConfiguration": "pinpoint_users.messages.configuration",
    "DirectMessageConfigurationBuilder": "pinpoint_users.messages.configuration",
    "EmailMessage": "pinpoint_users.messages.email",
    "EmailMessageBuilder": "pinpoint_users.messages.email",
    "EndpointMessageResult": "pinpoint_users.results",
    "EndpointMessageResultBuilder": "pinpoint_users.results",
    "EndpointSendConfiguration": "pinpoint_users.messages.request",
    "EndpointSendConfigurationBuilder": "pinpoint_users.messages.request",
    "Fault": "pinpoint_users.errors",
    "GCMAuthenticationMethod": "pinpoint_users.enums",
    "GCMMessage": "pinpoint_users.messages.gcm",
    "GCMMessageBuilder": "pinpoint_users.messages.gcm",
    "InFlightError": "pinpoint_users.errors",
    "Journal": "pinpoint_users.journal",
    "JournalError": "pinpoint_users.errors",
    "MessageHeader": "pinpoint_users.messages.email",
    "MessageHeaderBuilder": "pinpoint_users.messages.email",
    "MessageType": "pinpoint_users.enums",
    "MessageTypeName": "pinpoint_users.enums",
    "MessageWarning": "pinpoint_users.errors",
    "MissingResultError": "pinpoint_users.errors",
    "OnUnknown": "pinpoint_users._run.retry",
    "Operation": "pinpoint_users._transport.base",
    "Outcome": "pinpoint_users.enums",
    "PayloadTooLargeError": "pinpoint_users.errors",
    "PinpointUsers": "pinpoint_users.client",
    "PinpointUsersError": "pinpoint_users.errors",
    "PushPriority": "pinpoint_users.enums",
    "RawEmail": "pinpoint_users.messages.email",
    "RawEmailBuilder": "pinpoint_users.messages.email",
    "ReadTimeoutError": "pinpoint_users.errors",
    "RegionError": "pinpoint_users.errors",
    "RequestError": "pinpoint_users.errors",
    "ResultStream": "pinpoint_users.stream",
    "RetryPolicy": "pinpoint_users._run.retry",
    "RetryScope": "pinpoint_users._run.retry",
    "RunInterrupted": "pinpoint_users.report",
    "RunStoppedError": "pinpoint_users.report",
    "SMSMessage": "pinpoint_users.messages.sms",
    "SMSMessageBuilder": "pinpoint_users.messages.sms",
    "SendReport": "pinpoint_users.report",
    "SendUsersMessageRequest": "pinpoint_users.messages.request",
    "SendUsersMessageRequestBuilder": "pinpoint_users.messages.request",
    "SendUsersMessageResponse": "pinpoint_users.results",
    "SendUsersMessageResponseBuilder": "pinpoint_users.results",
    "SendUsersMessagesRequest": "pinpoint_users.messages.request",
    "SendUsersMessagesRequestBuilder": "pinpoint_users.messages.request",
    "SendUsersMessagesResponse": "pinpoint_users.results",
    "SendUsersMessagesResponseBuilder": "pinpoint_users.results",
    "Sent": "pinpoint_users.enums",
    "ServiceError": "pinpoint_users.errors",
    "SimpleEmail": "pinpoint_users.messages.email",
    "SimpleEmailBuilder": "pinpoint_users.messages.email",
    "SimpleEmailPart": "pinpoint_users.messages.email",
    "SimpleEmailPartBuilder": "pinpoint_users.messages.email",
    "StalledError": "pinpoint_users.errors",
    "StoppedError": "pinpoint_users.errors",
    "Substitutions": "pinpoint_users._shapes.converters",
    "Template": "pinpoint_users.messages.configuration",
    "TemplateBuilder": "pinpoint_users.messages.configuration",
    "TemplateConfiguration": "pinpoint_users.messages.configuration",
    "TemplateConfigurationBuilder": "pinpoint_users.messages.configuration",
    "ThrottledError": "pinpoint_users.errors",
    "Transport": "pinpoint_users._transport.base",
    "UndeliveredError": "pinpoint_users.report",
    "UnreadableResponseError": "pinpoint_users.errors",
    "UserResult": "pinpoint_users.report",
    "Users": "pinpoint_users._run.batching",
    "UsersError": "pinpoint_users.errors",
    "ValidationError": "pinpoint_users.errors",
    "VoiceMessage": "pinpoint_users.messages.voice",
    "VoiceMessageBuilder": "pinpoint_users.messages.voice",
}
