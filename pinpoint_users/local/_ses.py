"""SES v2 without I/O: a request in, its answer and the delivery of each recipient out."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.utils import getaddresses
from typing import Any

from pinpoint_users._rendering.recipients import mime_texts
from pinpoint_users.enums import ChannelType
from pinpoint_users.local._constraints import told, violations
from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._email_templates import (
    EmailTemplate,
    MissingVariableError,
    check_headers,
    check_operations,
    merged,
    merged_headers,
    template_data,
)
from pinpoint_users.local._faults import Faults
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._reply import ErrorReplyError

MAX_MESSAGE = 41_943_040
"""Bytes of a message after base64. Source: Amazon SES, "Service quotas"."""
OPERATIONS = ("SendEmail", "SendBulkEmail")
"""What sends."""
STATUSES: Mapping[str, tuple[int, str, str]] = {
    "MESSAGE_REJECTED": (
        400,
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region US-EAST-1: us@example.com",
    ),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": (400, "MailFromDomainNotVerifiedException", "The MAIL FROM domain isn't verified."),
    "CONFIGURATION_SET_NOT_FOUND": (404, "NotFoundException", "The configuration set does not exist."),
    "TEMPLATE_NOT_FOUND": (404, "NotFoundException", "The template does not exist."),
    "ACCOUNT_SUSPENDED": (400, "AccountSuspendedException", "The account is suspended."),
    "ACCOUNT_THROTTLED": (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": (429, "TooManyRequestsException", "Daily message quota exceeded."),
    "INVALID_SENDING_POOL_NAME": (400, "BadRequestException", "The sending pool's name is invalid."),
    "ACCOUNT_SENDING_PAUSED": (400, "SendingPausedException", "Sending is paused for the account."),
    "CONFIGURATION_SET_SENDING_PAUSED": (400, "SendingPausedException", "Sending is paused for the configuration set."),
    "INVALID_PARAMETER": (400, "BadRequestException", "A parameter is invalid."),
    "TRANSIENT_FAILURE": (503, "ServiceUnavailable", "A temporary failure."),
    "FAILED": (500, "InternalFailure", "The message could not be processed."),
}
"""The statuses of an entry that fails, and the status, name and words of the error that `SendEmail` answers for the same."""

_MAX_RECIPIENTS = 50
"""Entries of a bulk request, and recipients of a message."""
_UNLIMITED_RATE = 100_000.0
"""What an account without a limit says of its rate."""
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_OWN_TAGS = frozenset({"ses:feedback-id-a", "ses:feedback-id-b"})
_MAILBOX = re.compile(r"\s*(?:[^<>\r\n]*<([^<>]*)>|([^<>]*?))\s*")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+|\"[ -~]+\"")
_DOMAIN_LABELS = re.compile(r"[^.]+(\.[^.]+)*")

Recipients = Sequence[str]


def account(quota: Quota, sent: int) -> dict[str, Any]:
    """What `GetAccount` answers.

    Args:
        quota: The quota, whose endpoints a second are the account's rate.
        sent: The recipients so far.
    """
    rate = quota.endpoints_per_second
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendQuota": {
            "Max24HourSend": -1.0,
            "MaxSendRate": _UNLIMITED_RATE if rate is None else float(rate),
            "SentLast24Hours": float(sent),
        },
        "SendingEnabled": True,
    }


class EmailSending:
    """One request being carried out."""

    def __init__(self, *, request_id: str, faults: Faults, quota: Quota) -> None:
        self.deliveries: list[Delivery] = []
        """What goes out."""
        self._request_id = request_id
        self._faults = faults
        self._quota = quota

    def send(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One message: `SendEmail`.

        Raises:
            ErrorReplyError: It isn't sent.
        """
        _check("SendEmail", request)
        tags = _checked_tags(request.get("EmailTags"))
        content = request["Content"]
        kinds = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind) is not None]
        if len(kinds) != 1:
            raise ErrorReplyError(400, "The content must be one of Simple, Raw and Template.")
        if kinds == ["Raw"]:
            request = _with_what_raw_says(request)
        recipients = _recipients(request.get("Destination"))
        _check_sender(request)
        final: Mapping[str, Any] | None = content
        if kinds == ["Template"]:
            final = _rendered_template(content["Template"])
        elif kinds == ["Simple"]:
            _check_simple(content["Simple"])
        self._refuse_all("SendEmail")
        status = self._failure("SendEmail", recipients)
        if status is not None:
            raise _error(status)
        return {"MessageId": self._deliver({**request, "Content": final}, recipients, tags)}

    def send_bulk(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One template to many: `SendBulkEmail`.

        Raises:
            ErrorReplyError: None of it is sent.
        """
        _check("SendBulkEmail", request)
        _check_sender(request)
        default_tags = _checked_tags(request.get("DefaultEmailTags"))
        entries = request["BulkEmailEntries"]
        if not 1 <= len(entries) <= _MAX_RECIPIENTS:
            raise ErrorReplyError(400, f"{len(entries)} bulk entries, from 1 to {_MAX_RECIPIENTS} are allowed.")
        template = request["DefaultContent"].get("Template")
        if template is None:
            raise ErrorReplyError(400, "The default content has no template.")
        inline = EmailTemplate(template)
        default_data = template_data(template.get("TemplateData"))
        default_headers = template.get("Headers") or []
        shared = {
            name: value
            for name, value in request.items()
            if name not in {"BulkEmailEntries", "DefaultContent", "DefaultEmailTags"}
        }
        prepared = []
        for entry in entries:
            headers = merged_headers(default_headers, entry.get("ReplacementHeaders") or [])
            check_operations(headers)
            tags = {**default_tags, **_checked_tags(entry.get("ReplacementTags"))}
            prepared.append((entry, _recipients(entry["Destination"]), headers, tags))
        self._refuse_all("SendBulkEmail")
        results = []
        for entry, recipients, headers, tags in prepared:
            own = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
            try:
                data = merged(default_data, template_data(own.get("ReplacementTemplateData")))
                content = _rendered(inline, data, headers)
            except ErrorReplyError as error:
                results.append({"Status": "INVALID_PARAMETER", "Error": error.message})
                continue
            status = self._failure("SendBulkEmail", recipients)
            if status is not None:
                results.append({"Status": status, "Error": STATUSES[status][2]})
                continue
            message = {**shared, "Destination": entry["Destination"], "Content": content}
            if tags:
                message["EmailTags"] = [{"Name": name, "Value": value} for name, value in tags.items()]
            results.append({"Status": "SUCCESS", "MessageId": self._deliver(message, recipients, tags)})
        return {"BulkEmailEntryResults": results}

    def _refuse_all(self, operation: str) -> None:
        status = self._faults.rejected(operation, None)
        if status is not None:
            raise _error(status)

    def _failure(self, operation: str, recipients: Recipients) -> str | None:
        """The status with which a message fails for its recipients, or None."""
        for address in recipients:
            status = self._faults.rejected(operation, address)
            if status is not None:
                return status
            throttled = self._faults.throttled(endpoint_id=None, address=address, user_id=None)
            if throttled is not None or not self._quota.takes_endpoint():
                return "ACCOUNT_THROTTLED"
        return None

    def _deliver(self, message: Mapping[str, Any], recipients: Recipients, tags: Mapping[str, str]) -> str:
        """Sends a message; one whose content is None, for want of a variable, gets an ID and goes nowhere."""
        message_id = str(uuid.uuid4())
        if message["Content"] is None:
            return message_id
        title, body, html = _texts(message["Content"])
        self.deliveries += [
            Delivery(
                user_id=None,
                endpoint_id=None,
                channel_type=ChannelType.EMAIL,
                address=address,
                title=title,
                body=body,
                html=html,
                message=message,
                context=tags,
                message_id=message_id,
                request_id=self._request_id,
                trace_id=None,
                application_id="",
            )
            for address in recipients
        ]
        return message_id


def _check(operation: str, request: Mapping[str, Any]) -> None:
    found = violations(operation, request)
    if found:
        raise ErrorReplyError(400, told(found))


def _error(status: str) -> ErrorReplyError:
    status_code, code, message = STATUSES[status]
    return ErrorReplyError(status_code, message, code)


def _rendered_template(template: Mapping[str, Any]) -> Mapping[str, Any] | None:
    inline = EmailTemplate(template)
    headers = template.get("Headers") or []
    check_operations(headers)
    return _rendered(inline, template_data(template.get("TemplateData")), headers)


def _rendered(
    template: EmailTemplate, data: Mapping[str, Any], headers: Sequence[Mapping[str, str]]
) -> Mapping[str, Any] | None:
    try:
        return template.render(data, headers)
    except MissingVariableError:
        return None


def _check_simple(simple: Mapping[str, Any]) -> None:
    if not any(simple["Body"].get(part) is not None for part in ("Text", "Html")):
        raise ErrorReplyError(400, "The body needs a text or HTML part.")
    check_headers(simple.get("Headers") or [])


def _with_what_raw_says(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request with the sender and the recipients that only its MIME message names."""
    parsed = message_from_bytes(base64.b64decode(request["Content"]["Raw"]["Data"]))
    named = dict(request)
    if not request.get("FromEmailAddress"):
        named["FromEmailAddress"] = str(parsed["From"] or "")
    if not any((request.get("Destination") or {}).values()):
        headers = {"ToAddresses": "To", "CcAddresses": "Cc", "BccAddresses": "Bcc"}
        found = {
            member: [address for _, address in getaddresses([str(value) for value in parsed.get_all(header, [])])]
            for member, header in headers.items()
        }
        named["Destination"] = {member: addresses for member, addresses in found.items() if addresses}
    return named


def _check_sender(request: Mapping[str, Any]) -> None:
    _address(request.get("FromEmailAddress") or "")
    for address in request.get("ReplyToAddresses") or ():
        _address(address)


def _recipients(destination: Mapping[str, Any] | None) -> Recipients:
    lists = [(destination or {}).get(name) or [] for name in ("ToAddresses", "CcAddresses", "BccAddresses")]
    recipients = list(dict.fromkeys(_address(address) for addresses in lists for address in addresses))
    if not 1 <= len(recipients) <= _MAX_RECIPIENTS:
        raise ErrorReplyError(400, f"Recipient count is {len(recipients)}, from 1 to {_MAX_RECIPIENTS} are allowed.")
    return recipients


def _address(text: str) -> str:
    """The address alone, without a display name."""
    found = _MAILBOX.fullmatch(text)
    if found is None:
        raise ErrorReplyError(400, "Illegal address")
    address: str = found[1] if found[1] is not None else found[2]
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise ErrorReplyError(400, "Missing final '@domain'")
    if re.search(r"[^!-~]", local) and not _LOCAL_PART.fullmatch(local):
        raise ErrorReplyError(400, "Local address contains control or whitespace")
    if re.search(r"[^A-Za-z0-9.-]", domain):
        raise ErrorReplyError(400, "Domain contains illegal character")
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN_LABELS.fullmatch(domain):
        raise ErrorReplyError(400, "Illegal address")
    return address


def _checked_tags(tags: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    checked = {tag["Name"]: tag["Value"] for tag in tags or ()}
    for name, value in checked.items():
        if not (name in _OWN_TAGS or _TAG.fullmatch(name)) or not _TAG.fullmatch(value):
            raise ErrorReplyError(
                400, "A tag's name and value hold from 1 to 256 ASCII letters, digits, underscores and dashes."
            )
    return checked


def _texts(content: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Subject, text and HTML."""
    if "Raw" in content:
        return mime_texts(base64.b64decode(content["Raw"]["Data"]))
    simple = content["Simple"]
    text, html = ((simple["Body"].get(part) or {}).get("Data") for part in ("Text", "Html"))
    return simple["Subject"]["Data"], text, html
