"""What each recipient of an e-mail gets by SES: an entry of a bulk request, or the content of a request of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pinpoint_users._rendering.content import content_of
from pinpoint_users._rendering.emails import MAX_TEMPLATE_DATA, EmailTexts, RenderedEmail, for_email
from pinpoint_users._routes.base import Target
from pinpoint_users._shapes.json_text import write_json
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.routes.ses import SES

MAX_MESSAGE = 41_943_040
"""Bytes of a message after base64: 40 MB. Source: Amazon SES, "Service quotas"."""
_UNSUBSCRIBE_URL = "amazonSESUnsubscribeUrl"
_OF_ENDPOINT = ("Address", "Attributes", "Demographic", "Location", "Metrics", "User")
_ENTRY_START = b'"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":'
_LINK, _ONE_CLICK = "list-unsubscribe", "list-unsubscribe-post"


def refuse(path: str, problem: str) -> ValidationError:
    """The refusal of what a recipient would get."""
    return ValidationError("EmailMessage", [Fault(path, problem)])


class EmailContent:
    """The texts of an e-mail, as members of SES's requests.

    Args:
        settings: The way out.
        message: The message, which has something for e-mail.

    Raises:
        ValidationError: The message can't go by SES.
    """

    def __init__(self, settings: SES, message: DirectMessageConfiguration) -> None:
        texts, content = for_email(message), content_of(message, "EMAIL")
        if texts is None or content is None:
            raise refuse("", "the message has nothing for e-mail: give email_message or default_message")
        self._texts: EmailTexts = texts
        self._template_name = settings.template_name
        self._keeps_link = settings.list_management_options is not None
        self._common = content.substitutions
        self._last: tuple[EndpointSendConfiguration, bytes] | None = None
        faults = [*_faults(settings, content.message)]
        if faults:
            raise ValidationError("DirectMessageConfiguration", faults)
        self.bulk_template: dict[str, Any] | None = None
        """The template of a bulk request; None if each message goes by itself."""
        template = texts.template
        if self._keeps_link:
            return
        if self._template_name is not None:
            self.bulk_template = {"TemplateName": self._template_name, "TemplateData": "{}"}
        elif template is not None and template.subject:
            parts = {"Subject": template.subject, "Text": template.text, "Html": template.html}
            written = {name: text for name, text in parts.items() if text is not None}
            self.bulk_template = {"TemplateContent": written, "TemplateData": "{}"}

    def entry(self, target: Target) -> bytes | None:
        """A recipient's part of a bulk request, the members for content and headers; None if it doesn't fit there.

        A user's recipients mostly get the same, and then it is made once.

        Raises:
            ValidationError: Why nothing can be sent to the recipient.
        """
        if self.bulk_template is None:
            return None
        configuration = target.configuration
        last = self._last
        if last is not None and last[0] is configuration:
            return last[1]
        own = self._texts.own_data(configuration) if self._template_name is None else None
        if self._template_name is not None:
            written = self._stored_data(configuration, target.shape)
        else:
            data = self._texts.data(configuration, target.shape) if own is None else own
            if data is None:
                return None
            written = write_json(data).decode()
        entry = _ENTRY_START + write_json(written) + b"}}"
        if self._texts.has_headers:
            headers = _headers("ReplacementHeaders", self._texts.headers(configuration, target.shape))
            return entry + (b"," + write_json(headers)[1:-1] if headers else b"")
        if own is not None:
            self._last = configuration, entry
        return entry

    def content(self, target: Target) -> dict[str, Any]:
        """The content of a request to one recipient.

        Raises:
            ValidationError: Why nothing can be sent to the recipient.
        """
        configuration, endpoint = target.configuration, target.shape
        if self._keeps_link:
            endpoint = {**endpoint, _UNSUBSCRIBE_URL: f"{{{{{_UNSUBSCRIBE_URL}}}}}"}  # SES fills it
        if self._template_name is not None:
            template = {"TemplateName": self._template_name, "TemplateData": self._stored_data(configuration, endpoint)}
            return {"Template": {**template, **_headers("Headers", self._texts.headers(configuration, endpoint))}}
        rendered = self._texts.rendered(configuration, endpoint)
        if rendered.raw is not None:
            _check_size((len(rendered.raw) + 2) // 3 * 4)
            return {"Raw": {"Data": base64.b64encode(rendered.raw).decode()}}
        return {"Simple": self._simple(rendered)}

    def _simple(self, rendered: RenderedEmail) -> dict[str, Any]:
        charsets = self._texts.charsets
        texts = {"subject": rendered.subject or "", "text": rendered.text, "html": rendered.html}
        parts = {
            name: {"Data": text, "Charset": charsets.get(name, "UTF-8")} for name, text in texts.items() if text is not None
        }
        if len(parts) < 2:
            raise refuse("simple_email", "has neither text nor HTML for the recipient, one is needed")
        _check_size(sum(len(part["Data"].encode()) for part in parts.values()))
        body = {name.title(): part for name, part in parts.items() if name != "subject"}
        return {"Subject": parts["subject"], "Body": body, **_headers("Headers", rendered.headers)}

    def _stored_data(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> str:
        """The data of a template stored in SES: with a name missing, SES would take the message and send nothing."""
        if configuration.title_override is not None or configuration.body_override is not None:
            raise refuse("", "the recipient has a title_override or body_override, which a template stored in SES can't take")
        known = {name: endpoint[name] for name in _OF_ENDPOINT if name in endpoint}
        data = write_json(_single({**known, **self._common, **(configuration.substitutions or {})}))
        if len(data) > MAX_TEMPLATE_DATA:
            raise refuse("", f"the recipient's data are {len(data):,} bytes, at most {MAX_TEMPLATE_DATA:,} are allowed")
        return data.decode()


def _faults(settings: SES, message: Mapping[str, Any]) -> Iterator[Fault]:
    if settings.template_name is not None and "RawEmail" in message:
        yield Fault("email_message.raw_email", "can't go with SES(template_name=…), which is used instead of the texts")
    for index, header in enumerate(message.get("SimpleEmail", {}).get("Headers", ())):
        if "Name" not in header:
            yield Fault(f"email_message.simple_email.headers[{index}].name", "is required")


def _single(value: Any) -> Any:
    """A value in which lists of one item are that item."""
    if isinstance(value, Mapping):
        return {name: _single(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return value[0] if len(value) == 1 else [*value]
    return value


def _headers(member: str, headers: Sequence[tuple[str, str]]) -> dict[str, list[dict[str, str]]]:
    """A member for headers, if there are some; where there is no way to unsubscribe, nothing says that one click does."""
    names = {name.lower() for name, _ in headers}
    sent = [{"Name": name, "Value": value} for name, value in headers if name.lower() != _ONE_CLICK or _LINK in names]
    return {member: sent} if sent else {}


def _check_size(size: int) -> None:
    if size > MAX_MESSAGE:
        raise refuse("", f"{size:,} bytes, at most {MAX_MESSAGE:,} are allowed, after base64")
