"""What the two ways out by SMS and voice version 2 share: one recipient a request, and what its errors mean."""

from __future__ import annotations

import abc
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from pinpoint_users._rendering.texts import TextMessage, for_text
from pinpoint_users._routes.addresses import phone_refusal
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.shape import levels_of_our_own
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import (
    BadRequestError,
    ConfigurationError,
    Fault,
    MessageWarning,
    RequestError,
    ValidationError,
)
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.results import EndpointMessageResult

_MAX_CONTEXT = 5
_MAX_CONTEXT_KEY, _MAX_CONTEXT_VALUE = 100, 800
_OPTED_OUT = "DESTINATION_PHONE_NUMBER_OPTED_OUT"
_OF_RECIPIENTS = frozenset(
    {
        _OPTED_OUT,
        "COUNTRY_CODE_MISMATCH",
        "COUNTRY_NOT_ENABLED",
        "DAILY_DESTINATION_CALL_LIMIT",
        "DESTINATION_COUNTRY_BLOCKED",
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "NO_ORIGINATION_IDENTITIES_FOUND",
        "PRICE_OVER_THRESHOLD",
        "SENDER_ID_NOT_REGISTERED",
        "SENDER_ID_NOT_SUPPORTED",
        "SENDER_ID_REQUIRES_REGISTRATION",
    }
)
"""Reasons that are a number's or its country's: others may be reached all the same."""
_OF_ALL = frozenset(
    {
        "CHANNEL_NOT_ENABLED",
        "INVALID_ARN",
        "KEYWORD_MISMATCH",
        "MESSAGE_TYPE_MISMATCH",
        "NOTIFY_CONFIGURATION_NOT_ACTIVE",
        "NUMBER_CAPABILITIES_MISMATCH",
        "PARAMETERS_CANNOT_BE_USED_TOGETHER",
        "PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET",
        "RESOURCE_NOT_ACCESSIBLE",
        "RESOURCE_NOT_ACTIVE",
        "UNKNOWN_OPERATION",
        "VOICE_CAPABILITY_NOT_AVAILABLE",
    }
)
"""Reasons that are the settings' or the account's (inferred)."""


class PhoneRoute(Route):
    """A route by SMS and voice version 2; `pinpoint_users._routes.base.Route` says what a route is.

    Args:
        message: The message, which has something for the route's channel.
        common: The members of each request that are the same for all, or None.
        faults: What is wrong with what the message has for the channel.
        advice: What of it can hardly be meant, or can't be carried.
        context: Attributes for all.
        trace_id: The ID to find the message by.

    Raises:
        ValidationError: Nobody could be sent to.
    """

    operation: Operation
    """The operation, which is the route's name too."""
    channel: Literal["SMS", "VOICE"]
    """The channel that it is for."""

    def __init__(
        self,
        message: DirectMessageConfiguration,
        common: Mapping[str, object],
        *,
        faults: Iterable[Fault],
        advice: Iterable[str],
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> None:
        self._text = cast("TextMessage", for_text(message, self.channel))
        self._common = {name: value for name, value in common.items() if value is not None}
        self._context = {**(context or {}), **({} if trace_id is None else {"TraceId": trace_id})}
        self._said = "Dry run: checked by the service, and not sent." if common.get("DryRun") else None
        found = [*faults, *(Fault(f"context{path}", problem) for path, problem in context_problems(self._context))]
        if found:
            raise ValidationError(f"the message by {self.operation}", found)
        for each in advice:
            warnings.warn(f"{self.operation}: {each}", MessageWarning, stacklevel=levels_of_our_own())

    @classmethod
    def has_message(cls, message: DirectMessageConfiguration) -> bool:
        """Whether a message has something for the channel."""
        return for_text(message, cls.channel) is not None

    @abc.abstractmethod
    def problem(self, text: str) -> str | None:
        """What is wrong with a recipient's text, which isn't blank; or None."""

    def refusal(self, target: Target) -> EndpointMessageResult | None:
        """Why a recipient can't be sent to."""
        refusal = phone_refusal(target)
        if refusal is not None:
            return refusal
        text = self.text_of(target)
        problem = self.problem(text) if text.strip() else "is blank: there is nothing to say"
        if problem is not None:
            return _refused(target, f"The text {problem}.")
        own = target.configuration.context
        problems = context_problems({**self._context, **own}) if own else []
        return _refused(target, f"context{problems[0][0]}: {problems[0][1]}") if problems else None

    def requests(self, targets: Sequence[Target]) -> list[tuple[Operation, list[Target]]]:
        """One for each."""
        return [(self.operation, [target]) for target in targets]

    def body(self, operation: Operation, targets: Sequence[Target]) -> bytes:  # noqa: ARG002 - there is one operation
        """The body of a request."""
        (target,) = targets
        text = self.text_of(target)
        request = {"DestinationPhoneNumber": target.endpoint.address, "MessageBody": text, **self._common, **self.members(text)}
        context = {**self._context, **(target.configuration.context or {})}
        return write_json({**request, "Context": context} if context else request)

    def members(self, text: str) -> Mapping[str, object]:  # noqa: ARG002 - one of the two has some
        """What else a request has because of its text."""
        return {}

    def results(
        self,
        operation: Operation,  # noqa: ARG002 - likewise
        answer: Mapping[str, Any],
        targets: Sequence[Target],
    ) -> Sequence[EndpointMessageResult | None]:
        """An answer has the ID of the message, and nothing else."""
        (target,) = targets
        message_id = answer.get("MessageId")
        if not isinstance(message_id, str):
            return [None]
        return [
            EndpointMessageResult(
                address=target.endpoint.address,
                delivery_status=DeliveryStatus.SUCCESSFUL,
                status_code=200,
                status_message=self._said,
                message_id=message_id,
            )
        ]

    def explain(self, error: RequestError, targets: Sequence[Target]) -> EndpointMessageResult | RequestError:
        """A refusal is the recipient's, unless its reason says that it is of the settings or the account."""
        is_theirs = type(error) is BadRequestError and error.reason not in _OF_ALL
        if not is_theirs and not (isinstance(error, ConfigurationError) and error.reason in _OF_RECIPIENTS):
            return error
        status = DeliveryStatus.OPT_OUT if error.reason == _OPTED_OUT else DeliveryStatus.PERMANENT_FAILURE
        return _refused(targets[0], str(error), status, error.status_code)

    def may_be_of_all(self, error: BadRequestError) -> bool:
        """Whether a refusal of a single recipient may be of all: not where its reason is known."""
        return super().may_be_of_all(error) and error.reason not in _OF_RECIPIENTS

    def text_of(self, target: Target) -> str:
        """What a recipient is told."""
        return self._text.render(target.configuration, target.shape)


def context_problems(context: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with the attributes of a message, each with its path."""
    problems = []
    if len(context) > _MAX_CONTEXT:
        problems.append(("", f"{len(context):,} pairs, at most {_MAX_CONTEXT} are allowed, the trace ID's among them"))
    for key, value in context.items():
        if not 1 <= len(key) <= _MAX_CONTEXT_KEY or re.search(r"\s", key):
            problems.append((f"[{key!r}]", f"a key has 1 to {_MAX_CONTEXT_KEY} characters and no blanks"))
        if not 1 <= len(value) <= _MAX_CONTEXT_VALUE or value != value.strip():
            problems.append((f"[{key!r}]", f"a value has 1 to {_MAX_CONTEXT_VALUE} characters, the first and last no blanks"))
    return problems


def _refused(
    target: Target,
    said: str,
    status: DeliveryStatus = DeliveryStatus.PERMANENT_FAILURE,
    status_code: int | None = None,
) -> EndpointMessageResult:
    return EndpointMessageResult(
        address=target.endpoint.address, delivery_status=status, status_code=status_code or 400, status_message=said
    )
