"""The way out through Amazon SES, version 2 of its API: e-mail."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users._rendering.content import content_of
from pinpoint_users._routes import ses_answers
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._routes.ses_texts import EmailContent
from pinpoint_users._shapes.converters import InvalidValue
from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.shape import levels_of_our_own
from pinpoint_users._transport.base import Operation
from pinpoint_users._transport.members import unknown_members
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import BadRequestError, ConfigurationError, Fault, MessageWarning, RequestError, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.email import EmailMessage
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.routes._mailboxes import address, mailbox, mailboxes
from pinpoint_users.routes.ses import SES, tag_problem

MAX_RECIPIENTS = 50
"""Recipients of one bulk request. Source: Amazon SES API v2 reference, `SendBulkEmail`."""

MAX_MAILBOX = 320
"""Characters of an address with its name, encoded. Not documented: "Address length is more than 320 bytes long" was seen."""

_TRACE_ID = "TraceId"


@attrs.define(eq=False)  # not frozen, as there is one for each message
class _Mail:
    """What is made for a recipient before it goes out."""

    destination: str
    entry: bytes | None
    """The recipient's entry in a bulk request; None if a request of its own is needed."""


class SESRoute(Route):
    """The route; `pinpoint_users._routes.base.Route` says what it is.

    What a recipient gets is made when it is looked at for the first time, as only that shows whether it can be sent, and kept
    until it goes out.

    Args:
        settings: The way out.
        message: The message, which has something for e-mail.
        context: Attributes of every message, which become tags, as far as SES takes them.
        trace_id: The ID by which a run is traced, which becomes the tag `TraceId`, likewise.
        max_send_rate: The most recipients a second of the account, if it was asked.

    Raises:
        ValidationError: The message can't go by SES, or not with these settings.
    """

    name = "SES"

    def __init__(
        self,
        settings: SES,
        message: DirectMessageConfiguration,
        *,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
        max_send_rate: float | None = None,
    ) -> None:
        self._content = EmailContent(settings, message)
        common = _common(settings, message.email_message or EmailMessage())
        given = {**(context or {}), **({} if trace_id is None else {_TRACE_ID: trace_id})}
        for name in _dropped(settings, message.email_message):
            text = f"email_message.{name}: isn't used, as SES sets template_name: put it in that template, or leave one out"
            warnings.warn(text, MessageWarning, stacklevel=levels_of_our_own())
        for text in _advice(common):
            warnings.warn(text, MessageWarning, stacklevel=levels_of_our_own())
        self._has_warned = False
        tags, problem = _as_tags(given)
        self._warn_once(problem)
        self._tags = {**(settings.email_tags or {}), **tags}
        self._at_most = MAX_RECIPIENTS if max_send_rate is None else max(1, min(MAX_RECIPIENTS, int(max_send_rate)))
        bulk = {**common, "DefaultContent": {"Template": self._content.bulk_template}}
        if self._tags:
            bulk["DefaultEmailTags"] = _listed(self._tags)
        self._bulk_start = write_json(bulk)[:-1] + b',"BulkEmailEntries":['
        self._common = common
        options = settings.list_management_options
        if options is not None:
            named = {"ContactListName": options.contact_list_name, "TopicName": options.topic_name}
            self._common["ListManagementOptions"] = {name: value for name, value in named.items() if value is not None}

    @staticmethod
    def has_message(message: DirectMessageConfiguration, channel: str) -> bool:
        """Whether a message has something for a channel."""
        return channel == "EMAIL" and content_of(message, channel) is not None

    def refusal(self, target: Target) -> EndpointMessageResult | None:
        """Why nothing can be sent to a target: its address, or what it would get."""
        try:
            target.made = mail = self._mail(target)
            if mail.entry is None:
                self._content.content(target)
        except InvalidValue as refusal:
            problem = f"The address {refusal.problems[0][1]}."
        except ValidationError as error:
            problem = str(error)
        else:
            return None
        return EndpointMessageResult(
            address=target.endpoint.address,
            delivery_status=DeliveryStatus.PERMANENT_FAILURE,
            status_code=400,
            status_message=problem,
        )

    def requests(self, targets: Sequence[Target]) -> list[tuple[Operation, list[Target]]]:
        """A bulk request for as many as fit, no address twice; a request each for the rest."""
        mails: list[_Mail] = [target.made or self._mail(target) for target in targets]
        keys = [None if mail.entry is None else mail.destination.lower() for mail in mails]
        distinct = set(keys)
        if len(distinct) == len(keys) and None not in distinct:  # as nearly always
            at_most = self._at_most
            return [("SendBulkEmail", [*targets[at : at + at_most]]) for at in range(0, len(targets), at_most)]
        singles: list[tuple[Operation, list[Target]]] = []
        groups: list[dict[str, Target]] = []
        for target, key in zip(targets, keys, strict=True):
            if key is None:
                singles.append(("SendEmail", [target]))
                continue
            for group in groups:
                if len(group) < self._at_most and key not in group:
                    break
            else:
                groups.append(group := {})
            group[key] = target
        return [*(("SendBulkEmail", [*group.values()]) for group in groups), *singles]

    def body(self, operation: Operation, targets: Sequence[Target]) -> bytes:
        """The body of a request."""
        mails = [self._take_mail(target) for target in targets]
        if operation == "SendBulkEmail":
            return self._bulk_start + b",".join([mail.entry or b"" for mail in mails]) + b"]}"
        ((target, mail),) = zip(targets, mails, strict=True)
        tags = {**self._tags, **_as_tags(target.configuration.context)[0]}
        own = {
            **self._common,
            "Content": self._content.content(target),
            "Destination": {"ToAddresses": [mail.destination]},
            **({"EmailTags": _listed(tags)} if tags else {}),
        }
        return write_json(own)

    def results(
        self, operation: Operation, answer: Mapping[str, Any], targets: Sequence[Target]
    ) -> Sequence[EndpointMessageResult | None]:
        """What an answer says of each target."""
        if operation == "SendBulkEmail":
            return ses_answers.read_bulk(answer, targets)
        return [ses_answers.read_single(answer, target) for target in targets]

    def closing_error(self, operation: Operation, answer: Mapping[str, Any]) -> ConfigurationError | None:
        """Why nothing more is to go by this way."""
        return ses_answers.closing_error(operation, answer)

    def explain(self, error: RequestError, targets: Sequence[Target]) -> EndpointMessageResult | RequestError:
        """What an error says."""
        return ses_answers.explain(error, targets)

    def may_be_of_all(self, error: BadRequestError) -> bool:
        """Whether what a single recipient is refused with may be a fault of all: not where it is said of an address."""
        return not ses_answers.is_of_address(error)

    def weight(self, targets: Sequence[Target]) -> int:
        """Recipients, as SES counts them."""
        return len(targets)

    def _take_mail(self, target: Target) -> _Mail:
        """A recipient's, which is kept no longer."""
        mail: _Mail = target.made or self._mail(target)
        target.made = None
        return mail

    def _mail(self, target: Target) -> _Mail:
        destination = address(target.endpoint.address)
        own, problem = _as_tags(target.configuration.context)
        with contextlib.suppress(MessageWarning):  # an error, where warnings are: it would end the run
            self._warn_once(problem)
        entry = self._content.entry(target)
        if entry is None:
            return _Mail(destination, None)
        tags = b',"ReplacementTags":' + write_json(_listed({**self._tags, **own})) if own else b""
        return _Mail(destination, b'{"Destination":{"ToAddresses":[' + write_json(destination) + b"]}," + entry + tags + b"}")

    def _warn_once(self, problem: str | None) -> None:
        if problem is not None and not self._has_warned:
            self._has_warned = True
            warnings.warn(problem, MessageWarning, stacklevel=levels_of_our_own())


def _as_tags(context: Mapping[str, str] | None) -> tuple[dict[str, str], str | None]:
    """Context as tags, without what SES would refuse, and what is said of the first that it would."""
    if not context:
        return {}, None
    problems = {name: problem for name, value in context.items() if (problem := tag_problem(name, value)) is not None}
    said = [f"context[{name!r}]: is left out of the tags of e-mails, as may be others: {problems[name]}" for name in problems]
    return {name: value for name, value in context.items() if name not in problems}, next(iter(said), None)


def _dropped(settings: SES, message: EmailMessage | None) -> Iterator[str]:
    """The members that an SES stored template takes the place of."""
    if settings.template_name is None or message is None:
        return
    if message.body is not None:
        yield "body"
    for name in ("subject", "text_part", "html_part"):
        if getattr(message.simple_email, name, None) is not None:
            yield f"simple_email.{name}"


def _advice(common: Mapping[str, Any]) -> Iterator[str]:
    """What of the addresses can hardly be meant, or may be refused."""
    for member in ("FromEmailAddress", "ReplyToAddresses", "FeedbackForwardingEmailAddress"):
        given = common.get(member, ())
        addresses = [given] if isinstance(given, str) else given
        size = max(map(len, addresses), default=0)
        if size > MAX_MAILBOX:
            problem = f"has {size} characters as it goes out, and SES was seen to refuse more than {MAX_MAILBOX}"
            yield f"{member}: {problem}: shorten the name"
        if any("{{" in each for each in addresses):
            yield f"{member}: has {{{{, and variables aren't filled there: it goes out as it is written"


def _common(settings: SES, message: EmailMessage) -> dict[str, Any]:
    """What both operations say alike."""
    faults: list[Fault] = []

    def own(field: str, convert: Any, default: Any) -> Any:
        value = getattr(message, field)
        try:
            return default if value is None else convert(value)
        except InvalidValue as refusal:
            faults.extend(Fault(f"email_message.{field}{below}", problem) for below, problem in refusal.problems)

    members = {
        "FromEmailAddress": own("from_address", mailbox, settings.from_email_address),
        "FromEmailAddressIdentityArn": settings.from_email_address_identity_arn,
        "ReplyToAddresses": own("reply_to_addresses", mailboxes, settings.reply_to_addresses),
        "FeedbackForwardingEmailAddress": own(
            "feedback_forwarding_address", mailbox, settings.feedback_forwarding_email_address
        ),
        "ConfigurationSetName": settings.configuration_set_name,
        "EndpointId": settings.endpoint_id,
        "TenantName": settings.tenant_name,
    }
    if message.from_address is None and settings.from_email_address is None:
        faults.append(Fault("from_email_address", "is required, as the message has no from_address of its own"))
    given = {name: value for name, value in members.items() if value is not None}
    faults += _too_new(settings)
    if faults:
        raise ValidationError("SES", faults)
    return given


def _too_new(settings: SES) -> Iterator[Fault]:
    fields = {"TenantName": "tenant_name", "EndpointId": "endpoint_id", "ListManagementOptions": "list_management_options"}
    asked = [member for member, field in fields.items() if getattr(settings, field) is not None]
    for member in unknown_members("sesv2", "SendEmail", asked):
        yield Fault(fields[member], f"the installed botocore doesn't know {member}: update boto3 and botocore")


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in tags.items()]
