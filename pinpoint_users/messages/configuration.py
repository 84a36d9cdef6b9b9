"""The message of all channels together, and the templates that may stand for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import instance_of, kind, refuse, string
from pinpoint_users._shapes.names import member_name
from pinpoint_users._shapes.shape import Shape, declared
from pinpoint_users.messages.adm import ADMMessage, ADMMessageBuilder
from pinpoint_users.messages.apns import APNSMessage, APNSMessageBuilder
from pinpoint_users.messages.baidu import BaiduMessage, BaiduMessageBuilder
from pinpoint_users.messages.default import DefaultMessage, DefaultMessageBuilder
from pinpoint_users.messages.email import EmailMessage, EmailMessageBuilder, RawEmail, SimpleEmail
from pinpoint_users.messages.gcm import GCMMessage, GCMMessageBuilder
from pinpoint_users.messages.push import DefaultPushNotificationMessage, DefaultPushNotificationMessageBuilder
from pinpoint_users.messages.sms import SMSMessage, SMSMessageBuilder
from pinpoint_users.messages.voice import VoiceMessage, VoiceMessageBuilder

T = TypeVar("T")


def _template(value: Template | None) -> Template | None:
    return instance_of(value, Template)


def _message(value: T, cls: type[T]) -> T:
    """Accepts a message of one channel; another channel's is told its own field."""
    field = None if isinstance(value, cls) or value is None else _field_of(value)
    if field is not None:
        raise refuse(f"must be {cls.__name__}, not {kind(value)}: hand it in as {field}=")
    return instance_of(value, cls)


def _field_of(value: object) -> str | None:
    """The field that takes a channel's message; None for anything else."""
    return next((name for name in attrs.fields_dict(DirectMessageConfiguration) if member_name(name) == kind(value)), None)


def _adm_message(value: ADMMessage | None) -> ADMMessage | None:
    return _message(value, ADMMessage)


def _apns_message(value: APNSMessage | None) -> APNSMessage | None:
    return _message(value, APNSMessage)


def _baidu_message(value: BaiduMessage | None) -> BaiduMessage | None:
    return _message(value, BaiduMessage)


def _default_message(value: DefaultMessage | None) -> DefaultMessage | None:
    return _message(value, DefaultMessage)


def _default_push(value: DefaultPushNotificationMessage | None) -> DefaultPushNotificationMessage | None:
    return _message(value, DefaultPushNotificationMessage)


def _email_message(value: EmailMessage | None) -> EmailMessage | None:
    return _message(value, EmailMessage)


def _gcm_message(value: GCMMessage | None) -> GCMMessage | None:
    return _message(value, GCMMessage)


def _sms_message(value: SMSMessage | None) -> SMSMessage | None:
    return _message(value, SMSMessage)


def _voice_message(value: VoiceMessage | None) -> VoiceMessage | None:
    return _message(value, VoiceMessage)


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class Template(Shape):
    """A message template that is stored in the service.

    Templates ended with the service's other resources on 2026-10-30.

    Source: Amazon Pinpoint API reference, `Template`;
    botocore's model `pinpoint/2016-12-01`, shape `Template`.
    """

    name: str | None = attrs.field(default=None, converter=string)
    """The name of a stored template."""
    version: str | None = attrs.field(default=None, converter=string)
    """The version of the template; by default the one that is active."""

    @classmethod
    def _remedy(cls, value: object) -> str:
        return "write Template(name=…)" if isinstance(value, str) else super()._remedy(value)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, name: str | None = None, version: str | None = None) -> None: ...

    @classmethod
    def builder(cls) -> TemplateBuilder:
        """Starts a builder."""
        return TemplateBuilder()

    def to_builder(self) -> TemplateBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return TemplateBuilder(**values_of(self))


class TemplateBuilder(Builder[Template], shape=Template):
    """Builds `Template`."""

    __slots__ = ()

    def name(self, value: str | None, /) -> Self:
        """The name of a stored template."""
        return self._set("name", value)

    def version(self, value: str | None, /) -> Self:
        """The version of the template; by default the one that is active."""
        return self._set("version", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class TemplateConfiguration(Shape):
    """The stored templates to use, one a channel.

    Source: Amazon Pinpoint API reference, `TemplateConfiguration`;
    botocore's model `pinpoint/2016-12-01`, shape `TemplateConfiguration`.
    """

    email_template: Template | None = attrs.field(default=None, converter=_template)
    """The template for e-mail."""
    push_template: Template | None = attrs.field(default=None, converter=_template)
    """The template for push notifications."""
    sms_template: Template | None = attrs.field(default=None, converter=_template)
    """The template for SMS."""
    voice_template: Template | None = attrs.field(default=None, converter=_template)
    """The template for phone calls."""
    in_app_template: Template | None = attrs.field(default=None, converter=_template)
    """The template for in-app messages, which AWS has in the shape and doesn't support for sending."""

    @classmethod
    def _remedy(cls, value: object) -> str:
        if isinstance(value, (str, Template)):
            template = "…" if isinstance(value, Template) else "Template(name=…)"
            return f"write TemplateConfiguration(sms_template={template}), or another channel's field"
        return super()._remedy(value)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            email_template: Template | None = None,
            push_template: Template | None = None,
            sms_template: Template | None = None,
            voice_template: Template | None = None,
            in_app_template: Template | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> TemplateConfigurationBuilder:
        """Starts a builder."""
        return TemplateConfigurationBuilder()

    def to_builder(self) -> TemplateConfigurationBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return TemplateConfigurationBuilder(**values_of(self))


class TemplateConfigurationBuilder(Builder[TemplateConfiguration], shape=TemplateConfiguration):
    """Builds `TemplateConfiguration`."""

    __slots__ = ()

    def email_template(self, value: Template | TemplateBuilder | None, /) -> Self:
        """The template for e-mail."""
        return self._set("email_template", value)

    def push_template(self, value: Template | TemplateBuilder | None, /) -> Self:
        """The template for push notifications."""
        return self._set("push_template", value)

    def sms_template(self, value: Template | TemplateBuilder | None, /) -> Self:
        """The template for SMS."""
        return self._set("sms_template", value)

    def voice_template(self, value: Template | TemplateBuilder | None, /) -> Self:
        """The template for phone calls."""
        return self._set("voice_template", value)

    def in_app_template(self, value: Template | TemplateBuilder | None, /) -> Self:
        """The template for in-app messages, which AWS has in the shape and doesn't support for sending."""
        return self._set("in_app_template", value)


# The end of the builder.


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class DirectMessageConfiguration(Shape):
    """The message: one for each channel that it goes through, and defaults for the rest.

    Source: Amazon Pinpoint API reference, `DirectMessageConfiguration`;
    botocore's model `pinpoint/2016-12-01`, shape `DirectMessageConfiguration`.
    """

    adm_message: ADMMessage | None = attrs.field(default=None, converter=_adm_message)
    """The message for Amazon Device Messaging."""
    apns_message: APNSMessage | None = attrs.field(default=None, converter=_apns_message)
    """The message for the Apple Push Notification service."""
    baidu_message: BaiduMessage | None = attrs.field(default=None, converter=_baidu_message)
    """The message for Baidu Cloud Push."""
    default_message: DefaultMessage | None = attrs.field(default=None, converter=_default_message)
    """The message for each channel without one of its own."""
    default_push_notification_message: DefaultPushNotificationMessage | None = attrs.field(
        default=None, converter=_default_push
    )
    """The message for each push channel without one of its own."""
    email_message: EmailMessage | None = attrs.field(default=None, converter=_email_message)
    """The message for e-mail."""
    gcm_message: GCMMessage | None = attrs.field(default=None, converter=_gcm_message)
    """The message for Firebase Cloud Messaging."""
    sms_message: SMSMessage | None = attrs.field(default=None, converter=_sms_message)
    """The message for SMS."""
    voice_message: VoiceMessage | None = attrs.field(default=None, converter=_voice_message)
    """The message for phone calls."""

    @classmethod
    def _remedy(cls, value: object) -> str:
        field = _field_of(value)
        if field is not None:
            return f"write DirectMessageConfiguration({field}=…)"
        if isinstance(value, (RawEmail, SimpleEmail)):
            kind_of_email = "simple_email" if isinstance(value, SimpleEmail) else "raw_email"
            return f"write DirectMessageConfiguration(email_message=EmailMessage({kind_of_email}=…))"
        if isinstance(value, str):
            return "write DirectMessageConfiguration(sms_message=SMSMessage(body=…)), or another channel's message"
        if isinstance(value, TemplateConfiguration):
            return "write DirectMessageConfiguration(), and hand it in as template_configuration="
        if hasattr(value, "message_configuration"):
            return "hand in its message_configuration, or all of it to send_users_messages()"
        return super()._remedy(value)

    @classmethod
    def _elsewhere(cls, name: str) -> str:
        if name in {"MessageConfiguration", "Users"}:
            return "SendUsersMessageRequest.from_dict(…) reads the whole request"
        is_text = name.lower() in {"body", "message", "text", "title"}
        return "a channel's message has the text: sms_message=SMSMessage(body=…)" if is_text else super()._elsewhere(name)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            adm_message: ADMMessage | None = None,
            apns_message: APNSMessage | None = None,
            baidu_message: BaiduMessage | None = None,
            default_message: DefaultMessage | None = None,
            default_push_notification_message: DefaultPushNotificationMessage | None = None,
            email_message: EmailMessage | None = None,
            gcm_message: GCMMessage | None = None,
            sms_message: SMSMessage | None = None,
            voice_message: VoiceMessage | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> DirectMessageConfigurationBuilder:
        """Starts a builder."""
        return DirectMessageConfigurationBuilder()

    def to_builder(self) -> DirectMessageConfigurationBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return DirectMessageConfigurationBuilder(**values_of(self))


class DirectMessageConfigurationBuilder(Builder[DirectMessageConfiguration], shape=DirectMessageConfiguration):
    """Builds `DirectMessageConfiguration`."""

    __slots__ = ()

    def adm_message(self, value: ADMMessage | ADMMessageBuilder | None, /) -> Self:
        """The message for Amazon Device Messaging."""
        return self._set("adm_message", value)

    def apns_message(self, value: APNSMessage | APNSMessageBuilder | None, /) -> Self:
        """The message for the Apple Push Notification service."""
        return self._set("apns_message", value)

    def baidu_message(self, value: BaiduMessage | BaiduMessageBuilder | None, /) -> Self:
        """The message for Baidu Cloud Push."""
        return self._set("baidu_message", value)

    def default_message(self, value: DefaultMessage | DefaultMessageBuilder | None, /) -> Self:
        """The message for each channel without one of its own."""
        return self._set("default_message", value)

    def default_push_notification_message(
        self, value: DefaultPushNotificationMessage | DefaultPushNotificationMessageBuilder | None, /
    ) -> Self:
        """The message for each push channel without one of its own."""
        return self._set("default_push_notification_message", value)

    def email_message(self, value: EmailMessage | EmailMessageBuilder | None, /) -> Self:
        """The message for e-mail."""
        return self._set("email_message", value)

    def gcm_message(self, value: GCMMessage | GCMMessageBuilder | None, /) -> Self:
        """The message for Firebase Cloud Messaging."""
        return self._set("gcm_message", value)

    def sms_message(self, value: SMSMessage | SMSMessageBuilder | None, /) -> Self:
        """The message for SMS."""
        return self._set("sms_message", value)

    def voice_message(self, value: VoiceMessage | VoiceMessageBuilder | None, /) -> Self:
        """The message for phone calls."""
        return self._set("voice_message", value)


# The end of the builder.


_CONTENT = ("body", "title", "raw_content", "data", "silent_push", "sound", "media_url", "image_url", "raw_email")


def shows_nothing(configuration: DirectMessageConfiguration) -> bool:
    """Whether there are messages, and none of them has anything that its recipient, or the recipient's app, could notice."""
    messages = [message for message in attrs.astuple(configuration, recurse=False) if message is not None]
    return bool(messages) and not any(map(_has_content, messages))


def _has_content(message: Any) -> bool:
    email = getattr(message, "simple_email", None)
    parts = (email.subject, email.html_part, email.text_part) if email else ()
    # Lists, as a generator that Ctrl-C strikes tells of it a second time.
    if any([part is not None and part.data for part in parts]):  # noqa: C419 - see above
        return True
    has_badge = getattr(message, "badge", None) is not None  # 0 takes the badge away
    return has_badge or any([getattr(message, name, None) for name in _CONTENT])  # noqa: C419 - see above
