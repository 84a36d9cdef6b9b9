"""What became of a run for one user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

import attrs

from pinpoint_users._packed import pack, unpack
from pinpoint_users._shapes.frozen import FrozenDict, UnfrozenDict
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users.enums import DeliveryStatus, FailureReason, Outcome, Sent
from pinpoint_users.errors import ConfigurationError, PinpointUsersError, ThrottledError
from pinpoint_users.results import EndpointMessageResult, masked, try_fast_read, with_masks

__all__ = ["RenewedToken", "RetiredEndpoint", "UserResult"]

_SENT = {Outcome.SUCCESSFUL: Sent.SENT, Outcome.PARTIAL: Sent.SENT, Outcome.UNKNOWN: Sent.PERHAPS_SENT}
_SUCCESSFUL = Outcome.SUCCESSFUL
_DELIVERED = DeliveryStatus.SUCCESSFUL
_NO_ENDPOINTS = FrozenDict[str, EndpointMessageResult]()


def _masked_repr(value: str | None) -> str:
    return repr(value and masked(value))


@attrs.frozen
class RetiredEndpoint:
    """An endpoint whose token is dead: what to delete. `repr` masks the address."""

    user_id: str
    """The user's ID, as it was handed in."""
    endpoint_id: str
    """The endpoint's ID."""
    address: str | None = attrs.field(repr=_masked_repr)
    """The dead token, if the answer has it; delete the endpoint only if it still holds this one."""
    result: EndpointMessageResult
    """What the service said."""


@attrs.frozen
class RenewedToken:
    """A token that the push service has replaced: what to store. `repr` masks both."""

    user_id: str
    """The user's ID, as it was handed in."""
    endpoint_id: str
    """The endpoint's ID."""
    address: str | None = attrs.field(repr=_masked_repr)
    """The old token, if the answer has it."""
    token: str = attrs.field(repr=_masked_repr)
    """The new token."""


@attrs.frozen(kw_only=True)
class UserResult:
    """What became of the message for one user."""

    user_id: str
    """The user's ID, as it was handed in."""
    outcome: Outcome
    """The one word for all of the user's endpoints."""
    endpoints: Mapping[str, EndpointMessageResult] = FrozenDict()
    """Each endpoint ID with the last result there; empty if no answer names the user."""
    attempts: int = 0
    """How many requests carried the user, those that the service refused with 429 included."""
    error: PinpointUsersError | None = attrs.field(default=None, eq=False)
    """Why the user, or some of the endpoints, was not sent to, or why that isn't known."""
    maybe_duplicated: bool = False
    """Whether the message may have reached an endpoint twice: it went again after an attempt whose outcome wasn't known, as
    `RetryPolicy(on_unknown="resend")` asks for."""

    @property
    def sent(self) -> Sent:
        """Whether the message went out to at least one endpoint, as far as can be known."""
        known = _SENT.get(self.outcome)
        if known is not None:
            return known
        return Sent.PERHAPS_SENT if has_doubt(self.endpoints) else Sent.NOT_SENT

    @property
    def reason(self) -> FailureReason | None:
        """Why the user, or the first endpoint that failed, did not get the message; None if all endpoints got it.

        That the message has nothing for an endpoint's channel is told only where there is no other reason.
        """
        return next(iter(self._reasons()), None)

    def is_fine(self, ignore: Collection[str] = ()) -> bool:
        """Whether the user got the message on every channel that it has something for.

        Args:
            ignore: Reasons that are no failure here; a user with another reason beside them still is one.
        """
        allowed = {*ignore, *((FailureReason.NO_MESSAGE_FOR_CHANNEL,) if self.outcome is Outcome.PARTIAL else ())}
        return self.outcome is Outcome.SUCCESSFUL or (bool(allowed) and {*self._reasons()} <= allowed)

    def _reasons(self) -> list[FailureReason]:
        """Every reason of the user: of endpoints, and of what has no result, each once."""
        if self.outcome is Outcome.SUCCESSFUL:
            return []
        found = [result.reason for result in self.endpoints.values()]
        if self.outcome is Outcome.PARTIAL:  # a duplicate address has got it
            found = [reason for reason in found if reason is not FailureReason.DUPLICATE]
        if self.outcome is Outcome.UNKNOWN:
            found.insert(0, FailureReason.UNKNOWN)
        elif isinstance(self.error, ThrottledError):
            found.append(FailureReason.THROTTLED)
        elif isinstance(self.error, ConfigurationError):
            found.append(FailureReason.CONFIGURATION)
        elif self.error is not None or not self.endpoints:
            found.append(FailureReason.NOT_SENT)
        reasons = dict.fromkeys(reason for reason in found if reason is not None)
        return sorted(reasons, key=lambda reason: reason is FailureReason.NO_MESSAGE_FOR_CHANNEL)

    @property
    def retired(self) -> tuple[RetiredEndpoint, ...]:
        """The user's endpoints whose token is dead, which the address book should delete."""
        return tuple(
            RetiredEndpoint(self.user_id, endpoint_id, result.address, result)
            for endpoint_id, result in self.endpoints.items()
            if result.reason is FailureReason.DEAD_TOKEN
        )

    @property
    def renewed(self) -> tuple[RenewedToken, ...]:
        """The user's endpoints whose token was updated, which the address book should store."""
        return tuple(
            RenewedToken(self.user_id, endpoint_id, result.address, result.updated_token)
            for endpoint_id, result in self.endpoints.items()
            if result.updated_token
        )

    def to_dict(self) -> dict[str, Any]:
        """This result for logs, ready for JSON, with addresses and tokens masked."""
        return {
            "user_id": self.user_id,
            "outcome": str(self.outcome),
            "sent": str(self.sent),
            "attempts": self.attempts,
            "error": self.error and f"{type(self.error).__name__}: {self.error}",
            "maybe_duplicated": self.maybe_duplicated,
            "endpoints": {endpoint_id: _for_logs(result) for endpoint_id, result in self.endpoints.items()},
        }

    def __str__(self) -> str:
        tries = f"{self.attempts} attempt{'' if self.attempts == 1 else 's'}"
        parts = [f"{_in_line(endpoint_id) or '(no endpoint)'} {result}" for endpoint_id, result in self.endpoints.items()]
        if self.maybe_duplicated:
            parts.append("may have got it twice")
        if self.error is not None:
            parts.append(f"{type(self.error).__name__}: {self.error}")
        return f"{_in_line(self.user_id)}: {self.outcome} after {tries}" + (f": {'; '.join(parts)}" if parts else "")


def _in_line(text: str) -> str:
    """An ID in a line of text, which a line break or an escape sequence in it would end or change."""
    return text if text.isprintable() else repr(text)[1:-1]


def has_doubt(endpoints: Mapping[str, EndpointMessageResult]) -> bool:
    """Whether an endpoint's failure leaves open that it got the message."""
    return any(result.delivery_status.sent is Sent.PERHAPS_SENT for result in endpoints.values())


def outcome_of(endpoints: Mapping[str, EndpointMessageResult]) -> Outcome:
    """The one word for a user's endpoints, as far as the service has answered for them."""
    if not endpoints:
        return Outcome.NOT_SENT
    statuses = {result.delivery_status for result in endpoints.values()}
    if DeliveryStatus.SUCCESSFUL in statuses:
        return Outcome.PARTIAL if statuses - {DeliveryStatus.SUCCESSFUL, DeliveryStatus.DUPLICATE} else Outcome.SUCCESSFUL
    if any(status.is_unknown for status in statuses):
        return Outcome.UNKNOWN
    return Outcome.THROTTLED if DeliveryStatus.THROTTLED in statuses else Outcome.FAILED


_Unfrozen = unfrozen_layout(UserResult)


def read_successful(user_ids: Iterable[str], results: Mapping[str, Any], *, attempts: int) -> dict[str, UserResult]:
    """Reads an answer's results of the users all of whose endpoints got the message.

    Returns:
        Their results by ID. Other users, and results that `try_fast_read` leaves, are left out.
    """
    done = {}
    for user_id in user_ids:
        value = results.get(user_id)
        if type(value) is not dict or not value:
            continue
        endpoints: Any = UnfrozenDict()
        for endpoint_id, data in value.items():
            endpoint = try_fast_read(data)
            if endpoint is None or endpoint.delivery_status is not _DELIVERED:
                break
            endpoints[endpoint_id] = endpoint
        else:
            endpoints.__class__ = FrozenDict
            done[user_id] = quick_result(user_id, endpoints, attempts)
    return done


def quick_result(
    user_id: str,
    endpoints: Mapping[str, EndpointMessageResult],
    attempts: int,
    outcome: Outcome = _SUCCESSFUL,
    error: PinpointUsersError | None = None,
) -> UserResult:
    """The result of most users, made in half of the time that the constructor takes."""
    made: Any = _Unfrozen()
    made.user_id = user_id
    made.outcome = outcome
    made.endpoints = endpoints
    made.attempts = attempts
    made.error = error
    made.maybe_duplicated = False
    made.__class__ = UserResult
    result: UserResult = made
    return result


@attrs.frozen(eq=False)
class SharedResult:
    """What many users came to alike who were in no request: one object for all of them.

    A run of many users that is stopped would else make one for each, and hold up an event loop by that and by the garbage
    collector's going over them.
    """

    outcome: Outcome
    error: PinpointUsersError

    @property
    def sent(self) -> Sent:
        """Whether the message went out to each of them."""
        return _SENT.get(self.outcome, Sent.NOT_SENT)


Packed: TypeAlias = str | SharedResult
"""A user's result in another form than an object of its own: of a user all of whose endpoints got the message, a string."""

Kept: TypeAlias = UserResult | Packed
"""A user's result in any form."""


def unpacked(user_id: str, kept: Kept) -> UserResult:
    """A result as an object of its own, made where it was packed."""
    if isinstance(kept, str):
        return quick_result(user_id, unpack(kept), 1)
    return kept if isinstance(kept, UserResult) else quick_result(user_id, _NO_ENDPOINTS, 0, kept.outcome, kept.error)


def kept_outcome(kept: Kept) -> Outcome:
    """A result's outcome."""
    return _SUCCESSFUL if isinstance(kept, str) else kept.outcome


def pack_successful(user_ids: Iterable[str], results: Mapping[str, Any], *, has_plain_texts: bool) -> dict[str, str]:
    """Reads the same of a first attempt, as far as it can be packed; `pack` says what plain texts are."""
    packed = {}
    for user_id in user_ids:
        text = pack(results.get(user_id), has_plain_texts)
        if text is not None:
            packed[user_id] = text
    return packed


def _for_logs(result: EndpointMessageResult) -> dict[str, Any]:
    return with_masks(result.to_dict())
