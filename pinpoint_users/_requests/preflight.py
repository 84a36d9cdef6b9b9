"""What can be told before a send: that there is something to send, and that every variable of the texts gets a value."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping

import attrs

from pinpoint_users._shapes.placeholders import Block, Node, Output, parse, unread, variable_names
from pinpoint_users._shapes.raw_content import texts_in
from pinpoint_users._shapes.shape import Shape, levels_of_our_own
from pinpoint_users.errors import Fault, MessageWarning, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users.messages.email import EmailMessage
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


def advise_on_texts(message: DirectMessageConfiguration) -> None:
    """Warns of texts in which something looks like a variable and goes out as it is written."""
    for path, problem in unread_texts(message):
        warnings.warn(f"DirectMessageConfiguration.{path}: {problem}", MessageWarning, stacklevel=levels_of_our_own())


def unread_texts(message: DirectMessageConfiguration) -> Iterator[tuple[str, str]]:
    """Those texts, each by its path, with what is wrong."""
    for path, text in _strings(message, ""):
        is_raw = path.endswith("raw_content")
        texts = [each for each in texts_in(text) if each != text] if is_raw else [text]
        problem = next((found for each in texts if (found := unread(each, is_html=".html_part" in path))), None)
        if problem is not None:
            yield path, f"{problem}: it goes out as it is written"
        name = next((name for each in texts if "{{" in each for name in _unknown_helpers(parse(each))), None)
        if name is not None:
            problem = f"{name} isn't one of Pinpoint's template helpers, and what calls it is left out of the text"
            yield path, f"{problem}; a variable with a blank in its name is written {{{{[{name} …]}}}}"


def _unknown_helpers(nodes: Iterable[Node]) -> Iterator[str]:
    """The names that are called as helpers in a text, and are none."""
    from pinpoint_users._rendering.helpers import HELPERS  # noqa: PLC0415 - with modules that most messages don't need

    for node in nodes:
        if isinstance(node, Block):
            yield from _unknown_helpers((*node.body, *node.otherwise))
        elif isinstance(node, Output) and (node.call.arguments or node.call.named) and node.call.head.text not in HELPERS:
            yield node.call.head.text


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """The texts of a message that are filled, each with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(item, f"{path}[{key!r}]")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _strings(item, f"{path}[{index}]")
    elif isinstance(value, Shape):
        for field in attrs.fields(type(value)):
            if field.name not in _UNFILLED:
                yield from _strings(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)


_UNFILLED = frozenset({"raw_email", "substitutions"})


@attrs.frozen
class _Texts:
    """The names that one channel's texts demand, and those that have a value for all of its recipients."""

    bodies: frozenset[str]
    titles: frozenset[str]
    others: frozenset[str]
    supplied: frozenset[str]
    has_title: bool

    def needed(self, body: frozenset[str] | None = None, title: frozenset[str] | None = None) -> frozenset[str]:
        """What a user must have, whose own body and title may take the place of the channel's."""
        bodies = self.bodies if body is None else body
        titles = title if title is not None and self.has_title else self.titles
        return (bodies | titles | self.others) - self.supplied


class Variables:
    """The variables that a message needs from each user.

    A name is demanded if every channel that could reach the user demands it: whoever gets the message then gets it with a hole.
    Before a send it isn't known which endpoints a user has, so what only some of the channels use isn't demanded; where it is
    missing, the service leaves it out of the text. A channel without a message of its own counts with the default's text, if
    there is a default for it. What a text demands is said by `variable_names`.

    Args:
        message: The message.
        is_demanding: Whether users who lack one are refused; if not, nobody lacks anything.
    """

    def __init__(self, message: DirectMessageConfiguration, *, is_demanding: bool = True) -> None:
        self._channels = tuple(dict.fromkeys(_channels(message)))
        self._is_demanding = is_demanding
        self._needed = _common(channel.needed() for channel in self._channels) if is_demanding else _NO_NAMES

    def faults(self, batch: Mapping[str, EndpointSendConfiguration]) -> dict[str, ValidationError]:
        """What users lack; those who lack nothing are left out."""
        found = {}
        needed = self._needed
        for user_id, configuration in batch.items():
            values = configuration.substitutions or _NO_VALUES
            has_usual_text = (
                configuration.body_override is None
                and configuration.title_override is None
                and configuration.raw_content is None
            )
            if has_usual_text:
                for name in needed:
                    if not values.get(name):
                        break
                else:
                    continue
            fault = self.fault(user_id, configuration)
            if fault is not None:
                found[user_id] = fault
        return found

    def fault(self, user_id: str, configuration: EndpointSendConfiguration) -> ValidationError | None:
        """What a user lacks, or None."""
        missing = self.missing(configuration)
        if not missing:
            return None
        path = f"users[{user_id!r}].substitutions"
        return ValidationError(
            f"user {user_id!r}",
            [
                Fault(
                    path,
                    f"lacks {name!r}, which the text uses as {{{{{name}}}}}: "
                    'give it a value, or send with missing_variables="empty", which leaves it out',
                )
                for name in sorted(missing)
            ],
        )

    @property
    def needed(self) -> frozenset[str]:
        """What users need who have no text of their own."""
        return self._needed

    def missing(self, configuration: EndpointSendConfiguration) -> frozenset[str]:
        """The names that a user lacks."""
        if not self._is_demanding:
            return _NO_NAMES
        needed = self._needed
        if configuration.body_override or configuration.title_override or configuration.raw_content:
            needed = self._needed_with(configuration)
        return needed and needed - _with_a_value(configuration.substitutions)

    def _needed_with(self, configuration: EndpointSendConfiguration) -> frozenset[str]:
        """What is needed where the user's own text takes the place of the message's."""
        if configuration.raw_content:
            return _names_in_json(configuration.raw_content).difference(*(channel.supplied for channel in self._channels))
        body = _names([configuration.body_override]) if configuration.body_override else None
        title = _names([configuration.title_override]) if configuration.title_override else None
        return _common(channel.needed(body, title) for channel in self._channels)


def _with_a_value(substitutions: Mapping[str, tuple[str, ...]] | None) -> frozenset[str]:
    """The names that have a value: an empty list is none, and an empty text is one."""
    return frozenset(name for name, values in (substitutions or _NO_VALUES).items() if values)


def _common(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    first, *others = [*sets] or [_NO_NAMES]
    return first.intersection(*others)


def _names(texts: Iterable[str | None]) -> frozenset[str]:
    return _NO_NAMES.union(*(variable_names(text) for text in texts if text))


def _names_in_json(text: str) -> frozenset[str]:
    """The names in a JSON document, whose strings are filled one by one; or in what becomes JSON when it is filled."""
    return _names(texts_in(text)) if "{{" in text else _NO_NAMES


def _channels(message: DirectMessageConfiguration) -> Iterator[_Texts]:
    """The texts of each channel that the message can reach."""
    default = message.default_message
    push = message.default_push_notification_message
    for_all = _with_a_value(default.substitutions if default else None)
    for_push = for_all | _with_a_value(push.substitutions if push else None)
    for notification in (message.adm_message, message.apns_message, message.baidu_message, message.gcm_message):
        if notification and notification.raw_content:
            names = _names_in_json(notification.raw_content)
            yield _Texts(_NO_NAMES, _NO_NAMES, names, for_push | _with_a_value(notification.substitutions), has_title=False)
        elif notification or push:
            bodies, titles, urls = (
                next((text for each in (notification, push) if each and (text := getattr(each, part))), None)
                for part in ("body", "title", "url")
            )
            parts = _names([bodies]), _names([titles]), _names([urls])
            supplied = for_push | _with_a_value(notification.substitutions if notification else None)
            yield _Texts(*parts, supplied, has_title=True)
        elif default:
            yield _Texts(_names([default.body]), _NO_NAMES, _NO_NAMES, for_all, has_title=True)
    for spoken in (message.sms_message, message.voice_message):
        chosen = spoken or default
        if chosen:
            supplied = for_all | _with_a_value(chosen.substitutions)
            yield _Texts(_names([chosen.body]), _NO_NAMES, _NO_NAMES, supplied, has_title=False)
    email = message.email_message
    if email:
        bodies, titles, others = map(_names, _email(email))
        yield _Texts(bodies, titles, others, for_all | _with_a_value(email.substitutions), has_title=True)
    elif default:
        yield _Texts(_names([default.body]), _NO_NAMES, _NO_NAMES, for_all, has_title=True)


def _email(email: EmailMessage) -> tuple[list[str | None], list[str | None], list[str | None]]:
    simple = email.simple_email
    if simple is None:
        return [email.body], [], [*_raw_texts(email)]
    bodies = [part.data for part in (simple.html_part, simple.text_part) if part]
    titles = [simple.subject.data] if simple.subject else []
    return [email.body, *bodies], titles, [header.value for header in simple.headers or ()]


def _raw_texts(email: EmailMessage) -> tuple[str, ...]:
    if email.raw_email is None or email.raw_email.data is None:
        return ()
    from pinpoint_users._rendering.mime import parse_mime  # noqa: PLC0415 - with the email package, ten milliseconds

    return parse_mime(email.raw_email.data).texts
