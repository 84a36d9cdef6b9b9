"""E-mail by Amazon SES, as settings of the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from pinpoint_users._shapes.converters import InvalidValue, instance_of, number, one_of, required_string, string, string_map
from pinpoint_users._shapes.shape import Checked
from pinpoint_users.routes._mailboxes import mailbox, mailboxes
from pinpoint_users.routes._settings import client_for, not_empty, positive

Rates: TypeAlias = Literal["account"]
"""Where the most recipients a second are asked for: at the account."""

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_OWN_TAGS = frozenset({"ses:feedback-id-a", "ses:feedback-id-b"})


def tag_problem(name: str, value: str) -> str | None:
    """Why a tag would be refused; None if it wouldn't."""
    if (name in _OWN_TAGS or _TAG.fullmatch(name)) and _TAG.fullmatch(value):
        return None
    return "a tag's name and value have 1 to 256 ASCII letters, digits, _ and - each"


def _tags(value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    tags = string_map(value)
    problems = [(f"[{name!r}]", problem) for name, text in (tags or {}).items() if (problem := tag_problem(name, text))]
    if problems:
        raise InvalidValue(*problems)
    return tags


def _list_management_options(value: ListManagementOptions | None) -> ListManagementOptions | None:
    return instance_of(value, ListManagementOptions)


def _rates(value: Rates | None) -> Rates | None:
    return None if value is None else one_of(value, ("account",))


def _client(value: Any) -> Any:
    return client_for("sesv2", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class ListManagementOptions(Checked):
    """The contact list whose unsubscriptions Amazon SES observes and takes.

    Source: botocore's model `sesv2/2019-09-27`, shape `ListManagementOptions`.

    Raises:
        ValidationError: Every fault at once.
    """

    contact_list_name: str = attrs.field(converter=required_string, validator=not_empty)
    """The name of the contact list. Its address for unsubscribing is `{{amazonSESUnsubscribeUrl}}` in a body."""
    topic_name: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """The topic of the list that the message is about; by default the list as a whole."""


@attrs.frozen(kw_only=True, repr=False, eq=False)
class SES(Checked):
    """E-mail by Amazon SES, version 2 of its API: `routes={"EMAIL": SES(from_email_address="news@example.com")}`.

    Up to 50 recipients go in one `SendBulkEmail`, with the message as an inline template. `SendEmail` takes what doesn't fit
    there, one recipient a request: raw messages, recipients with texts of their own, character sets other than UTF-8,
    messages without a subject, templates over 1 MB, data over 262,144 bytes, and all messages with
    `list_management_options`. What a recipient gets is the same by both.

    Addresses are checked before anything is sent. A domain outside of ASCII needs the extra `email`. That SES took a message
    doesn't say that it was delivered: to a suppressed address it answers the same, and a bounce follows.

    IAM: `ses:SendEmail`, `ses:SendRawEmail`, `ses:SendBulkEmail` and `ses:SendBulkTemplatedEmail`, and `ses:GetAccount` for
    `rates="account"`.

    Source: Amazon SES API v2 reference, `SendEmail`, `SendBulkEmail`, `GetAccount`; botocore's model `sesv2/2019-09-27`.

    Raises:
        ValidationError: Every fault at once.

    Example:
        >>> SES(from_email_address="Jörg <joerg@example.com>").from_email_address
        '=?utf-8?b?SsO2cmc=?= <joerg@example.com>'
    """

    client: Any = attrs.field(default=None, converter=_client)
    """A boto3 client for `sesv2` to use as it is; by default one is made with the settings of the client for Pinpoint. Its own
    retries are off for these calls."""
    configuration_set_name: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """The configuration set, by which events are published; by default that of the identity."""
    email_tags: Mapping[str, str] | None = attrs.field(default=None, converter=_tags)
    """Tags of every message, for its events, besides those that its context and trace ID become, which win. Names and values
    of 1 to 256 ASCII letters, digits, `_` and `-`."""
    endpoint_id: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """The ID of a multi-region endpoint, which needs the package `awscrt`."""
    feedback_forwarding_email_address: str | None = attrs.field(default=None, converter=mailbox)
    """The address that bounces and complaints are forwarded to, where the message names none."""
    from_email_address: str | None = attrs.field(default=None, converter=mailbox)
    """The verified address to send from, alone or as `Name <address>`; required where the message has no `from_address`, which
    wins."""
    from_email_address_identity_arn: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """The ARN of the identity whose policy allows sending from that address, where it is another account's."""
    list_management_options: ListManagementOptions | None = attrs.field(default=None, converter=_list_management_options)
    """The contact list whose unsubscriptions are observed. Each message goes by `SendEmail` then."""
    rates: Rates | None = attrs.field(default=None, converter=_rates)
    """`"account"` asks `GetAccount` for the most recipients a second, and keeps to it; a call has no more recipients than may
    go in one second. By default only `requests_per_second` and what SES throttles hold."""
    reply_to_addresses: tuple[str, ...] | None = attrs.field(default=None, converter=mailboxes)
    """The addresses that a reply goes to, where the message names none."""
    requests_per_second: float | None = attrs.field(default=None, converter=number, validator=positive)
    """The most requests that go out in a second. More than 0; by default there is no bound."""
    template_name: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """A template stored in SES, which is used instead of the message's own texts: its data are the substitutions, lists of one
    value as that value, and the endpoint's members in AWS's shape, such as `User`. The message's e-mail may be empty."""
    tenant_name: str | None = attrs.field(default=None, converter=string, validator=not_empty)
    """The tenant to send for."""
