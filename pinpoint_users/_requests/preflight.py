"""What can be told before a send: that there is something to send, and that every variable of the texts gets a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pinpoint_users._shapes.placeholders import variable_names
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.adm import ADMMessage
from pinpoint_users.messages.apns import APNSMessage
from pinpoint_users.messages.baidu import BaiduMessage
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.email import EmailMessage
from pinpoint_users.messages.gcm import GCMMessage
from pinpoint_users.messages.push import DefaultPushNotificationMessage
from pinpoint_users.messages.request import EndpointSendConfiguration

_NO_NAMES: frozenset[str] = frozenset()
_NO_VALUES: Mapping[str, tuple[str, ...]] = {}


def check_content(message: DirectMessageConfiguration, template_configuration: TemplateConfiguration | None) -> None:
    """Refuses to send nothing.

    Raises:
        ValidationError: There is neither a message nor a template that the operation can use.
    """
    templates = template_configuration or TemplateConfiguration()
    usable = (templates.email_template, templates.push_template, templates.sms_template, templates.voice_template)
    if message == DirectMessageConfiguration() and usable == (None,) * len(usable):
        raise ValidationError(
            "DirectMessageConfiguration",
            [Fault("message", "is empty, and so are the templates: give at least one channel's message, or a template")],
        )


class Variables:
    """The variables that a message needs from each user."""

    def __init__(self, message: DirectMessageConfiguration) -> None:
        self._bodies = _NO_NAMES
        self._titles = _NO_NAMES
        self._others = _NO_NAMES
        self._supplied = _NO_NAMES
        for bodies, titles, others, values in _channels(message):
            self._supplied |= values
            self._bodies |= _names(bodies) - values
            self._titles |= _names(titles) - values
            self._others |= _names(others) - values
        self._needed = self._bodies | self._titles | self._others

    def faults(self, batch: Mapping[str, EndpointSendConfiguration]) -> dict[str, ValidationError]:
        """What users lack; those who lack nothing are left out."""
        found = {}
        needed = self._needed
        for user_id, configuration in batch.items():
            values = configuration.substitutions
            is_usual = (
                configuration.body_override is None
                and configuration.title_override is None
                and configuration.raw_content is None
            )
            if is_usual and (not needed or (values is not None and values.keys() >= needed)):
                continue
            fault = self.fault(user_id, configuration)
            if fault is not None:
                found[user_id] = fault
        return found

    def fault(self, user_id: str, configuration: EndpointSendConfiguration) -> ValidationError | None:
        """What a user lacks, or None."""
        needed = self._needed
        if configuration.body_override or configuration.title_override or configuration.raw_content:
            needed = self._needed_with(configuration)
        if not needed:
            return None
        missing = needed - (configuration.substitutions or _NO_VALUES).keys()
        if not missing:
            return None
        path = f"users[{user_id!r}].substitutions"
        return ValidationError(
            f"user {user_id!r}",
            [Fault(path, f"lacks {name!r}, which the text uses as {{{{{name}}}}}") for name in sorted(missing)],
        )

    def _needed_with(self, configuration: EndpointSendConfiguration) -> frozenset[str]:
        """What is needed where the user's own text takes the place of the message's."""
        if configuration.raw_content:
            return _names([configuration.raw_content]) - self._supplied
        bodies, titles = self._bodies, self._titles
        if configuration.body_override:
            bodies = _names([configuration.body_override]) - self._supplied
        if configuration.title_override:
            titles = _names([configuration.title_override]) - self._supplied
        return bodies | titles | self._others


def _names(texts: Iterable[str | None]) -> frozenset[str]:
    return _NO_NAMES.union(*(variable_names(text) for text in texts if text))


def _channels(
    message: DirectMessageConfiguration,
) -> Iterator[tuple[list[str | None], list[str | None], list[str | None], frozenset[str]]]:
    """Each channel's bodies, titles and other texts, and the names that have a value there."""
    default = message.default_message
    push = message.default_push_notification_message
    for_all = frozenset((default and default.substitutions) or ())
    for_push = for_all.union((push and push.substitutions) or ())
    if default:
        yield [default.body], [], [], for_all
    for notification in (push, message.adm_message, message.apns_message, message.baidu_message, message.gcm_message):
        if notification:
            yield *_notification(notification), for_push.union(notification.substitutions or ())
    for spoken in (message.sms_message, message.voice_message):
        if spoken:
            yield [spoken.body], [], [], for_all.union(spoken.substitutions or ())
    if message.email_message:
        yield *_email(message.email_message), for_all.union(message.email_message.substitutions or ())


def _notification(
    notification: DefaultPushNotificationMessage | ADMMessage | APNSMessage | BaiduMessage | GCMMessage,
) -> tuple[list[str | None], list[str | None], list[str | None]]:
    if not isinstance(notification, DefaultPushNotificationMessage) and notification.raw_content:
        return [], [], [notification.raw_content]
    return [notification.body], [notification.title], [notification.url]


def _email(email: EmailMessage) -> tuple[list[str | None], list[str | None], list[str | None]]:
    simple = email.simple_email
    if simple is None:
        return [email.body], [], []
    bodies = [part.data for part in (simple.html_part, simple.text_part) if part]
    titles = [simple.subject.data] if simple.subject else []
    return [email.body, *bodies], titles, [header.value for header in simple.headers or ()]
