"""A typed client for Amazon Pinpoint's SendUsersMessages: one message to any number of users, an outcome for each.

Each name is imported when it is first asked for, so that a program pays for what it uses.
"""

import typing

if typing.TYPE_CHECKING:
    from pinpoint_users._run.batching import Users
    from pinpoint_users._run.retry import OnUnknown, RetryPolicy, RetryScope
    from pinpoint_users._shapes.converters import Substitutions
    from pinpoint_users._transport.base import Operation, Transport
    from pinpoint_users.aio import AsyncPinpointUsers, AsyncResultStream, AsyncUsers
    from pinpoint_users.client import PinpointUsers
    from pinpoint_users.endpoints.demographic import EndpointDemographic, EndpointDemographicBuilder
    from pinpoint_users.endpoints.endpoint import Endpoint, EndpointBuilder
    from pinpoint_users.endpoints.location import EndpointLocation, EndpointLocationBuilder
    from pinpoint_users.endpoints.request import (
        EndpointBatchItem,
        EndpointBatchItemBuilder,
        EndpointRequest,
        EndpointRequestBuilder,
    )
    from pinpoint_users.endpoints.user import EndpointUser, EndpointUserBuilder
    from pinpoint_users.enums import (
        Action,
        ActionName,
        APNSAuthenticationMethod,
        APNSPushType,
        Channels,
        ChannelType,
        ChannelTypeName,
        DeliveryStatus,
        EndpointStatus,
        FailureReason,
        FailureReasonName,
        GCMAuthenticationMethod,
        MessageType,
        MessageTypeName,
        OptOut,
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
        DirectoryError,
        EndOfSupportError,
        Fault,
        InFlightError,
        InHandError,
        JournalError,
        MessageWarning,
        MissingResultError,
        PayloadTooLargeError,
        PinpointUsersError,
        RateLimitError,
        ReadTimeoutError,
        RegionError,
        RequestError,
        RunNotFoundError,
        ServiceError,
        StalledError,
        StoppedError,
        ThrottledError,
        UnreadableResponseError,
        UsersError,
        ValidationError,
    )
    from pinpoint_users.journal import Journal
    from pinpoint_users.journal_report import read_counts, read_report
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
    from pinpoint_users.rate import RateLimit
    from pinpoint_users.report import RunInterrupted, RunStoppedError, SendReport, UndeliveredError
    from pinpoint_users.responses import (
        SendUsersMessageResponse,
        SendUsersMessageResponseBuilder,
        SendUsersMessagesResponse,
        SendUsersMessagesResponseBuilder,
    )
    from pinpoint_users.results import EndpointMessageResult, EndpointMessageResultBuilder
    from pinpoint_users.stream import ResultStream
    from pinpoint_users.user_result import RenewedToken, RetiredEndpoint, UserResult

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
    "AsyncPinpointUsers",
    "AsyncResultStream",
    "AsyncUsers",
    "BadRequestError",
    "BaiduMessage",
    "BaiduMessageBuilder",
    "ChannelType",
    "ChannelTypeName",
    "Channels",
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
    "DirectoryError",
    "EmailMessage",
    "EmailMessageBuilder",
    "EndOfSupportError",
    "Endpoint",
    "EndpointBatchItem",
    "EndpointBatchItemBuilder",
    "EndpointBuilder",
    "EndpointDemographic",
    "EndpointDemographicBuilder",
    "EndpointLocation",
    "EndpointLocationBuilder",
    "EndpointMessageResult",
    "EndpointMessageResultBuilder",
    "EndpointRequest",
    "EndpointRequestBuilder",
    "EndpointSendConfiguration",
    "EndpointSendConfigurationBuilder",
    "EndpointStatus",
    "EndpointUser",
    "EndpointUserBuilder",
    "FailureReason",
    "FailureReasonName",
    "Fault",
    "GCMAuthenticationMethod",
    "GCMMessage",
    "GCMMessageBuilder",
    "InFlightError",
    "InHandError",
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
    "OptOut",
    "Outcome",
    "PayloadTooLargeError",
    "PinpointUsers",
    "PinpointUsersError",
    "PushPriority",
    "RateLimit",
    "RateLimitError",
    "RawEmail",
    "RawEmailBuilder",
    "ReadTimeoutError",
    "RegionError",
    "RenewedToken",
    "RequestError",
    "ResultStream",
    "RetiredEndpoint",
    "RetryPolicy",
    "RetryScope",
    "RunInterrupted",
    "RunNotFoundError",
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
    "read_counts",
    "read_report",
]

_MODULES = {
    name: module
    for module, names in {
        "pinpoint_users._run.batching": "Users",
        "pinpoint_users._run.retry": "OnUnknown RetryPolicy RetryScope",
        "pinpoint_users._shapes.converters": "Substitutions",
        "pinpoint_users._transport.base": "Operation Transport",
        "pinpoint_users.aio": "AsyncPinpointUsers AsyncResultStream AsyncUsers",
        "pinpoint_users.client": "PinpointUsers",
        "pinpoint_users.endpoints.demographic": "EndpointDemographic EndpointDemographicBuilder",
        "pinpoint_users.endpoints.endpoint": "Endpoint EndpointBuilder",
        "pinpoint_users.endpoints.location": "EndpointLocation EndpointLocationBuilder",
        "pinpoint_users.endpoints.request": (
            "EndpointBatchItem EndpointBatchItemBuilder EndpointRequest EndpointRequestBuilder"
        ),
        "pinpoint_users.endpoints.user": "EndpointUser EndpointUserBuilder",
        "pinpoint_users.enums": (
            "APNSAuthenticationMethod APNSPushType Action ActionName ChannelType ChannelTypeName Channels DeliveryStatus "
            "EndpointStatus FailureReason FailureReasonName GCMAuthenticationMethod MessageType MessageTypeName OptOut "
            "Outcome PushPriority Sent"
        ),
        "pinpoint_users.errors": (
            "AccessDeniedError ApplicationNotFoundError BadRequestError ConfigurationError ConnectionFailedError "
            "ConnectionLostError CredentialsError DeadlineExceededError DirectoryError EndOfSupportError Fault "
            "InFlightError InHandError JournalError MessageWarning MissingResultError PayloadTooLargeError "
            "PinpointUsersError RateLimitError ReadTimeoutError RegionError RequestError RunNotFoundError ServiceError "
            "StalledError StoppedError ThrottledError UnreadableResponseError UsersError ValidationError"
        ),
        "pinpoint_users.journal": "Journal",
        "pinpoint_users.journal_report": "read_counts read_report",
        "pinpoint_users.messages.adm": "ADMMessage ADMMessageBuilder",
        "pinpoint_users.messages.apns": "APNSMessage APNSMessageBuilder",
        "pinpoint_users.messages.baidu": "BaiduMessage BaiduMessageBuilder",
        "pinpoint_users.messages.configuration": (
            "DirectMessageConfiguration DirectMessageConfigurationBuilder Template TemplateBuilder TemplateConfiguration "
            "TemplateConfigurationBuilder"
        ),
        "pinpoint_users.messages.default": "DefaultMessage DefaultMessageBuilder",
        "pinpoint_users.messages.email": (
            "EmailMessage EmailMessageBuilder MessageHeader MessageHeaderBuilder RawEmail RawEmailBuilder SimpleEmail "
            "SimpleEmailBuilder SimpleEmailPart SimpleEmailPartBuilder"
        ),
        "pinpoint_users.messages.gcm": "GCMMessage GCMMessageBuilder",
        "pinpoint_users.messages.push": "DefaultPushNotificationMessage DefaultPushNotificationMessageBuilder",
        "pinpoint_users.messages.request": (
            "EndpointSendConfiguration EndpointSendConfigurationBuilder SendUsersMessageRequest "
            "SendUsersMessageRequestBuilder SendUsersMessagesRequest SendUsersMessagesRequestBuilder"
        ),
        "pinpoint_users.messages.sms": "SMSMessage SMSMessageBuilder",
        "pinpoint_users.messages.voice": "VoiceMessage VoiceMessageBuilder",
        "pinpoint_users.rate": "RateLimit",
        "pinpoint_users.report": "RunInterrupted RunStoppedError SendReport UndeliveredError",
        "pinpoint_users.responses": (
            "SendUsersMessageResponse SendUsersMessageResponseBuilder SendUsersMessagesResponse "
            "SendUsersMessagesResponseBuilder"
        ),
        "pinpoint_users.results": "EndpointMessageResult EndpointMessageResultBuilder",
        "pinpoint_users.stream": "ResultStream",
        "pinpoint_users.user_result": "RenewedToken RetiredEndpoint UserResult",
    }.items()
    for name in names.split()
}
