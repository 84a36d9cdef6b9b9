"""When something may go again, and how long to wait: a frozen policy and pure functions of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import attrs

from pinpoint_users._shapes.converters import InvalidValue, delivery_status_word, kind, one_of, refuse, required_integer, shown
from pinpoint_users._shapes.limits import limit
from pinpoint_users._shapes.shape import Checked, declared
from pinpoint_users.enums import DeliveryStatus, Sent
from pinpoint_users.errors import ConnectionFailedError, PinpointUsersError, ThrottledError
from pinpoint_users.results import EndpointMessageResult

RetryScope: TypeAlias = Literal["endpoint", "user"]
"""What is sent again: the throttled endpoints alone, or the user as a whole."""

OnUnknown: TypeAlias = Literal["report", "resend"]
"""What is done where the message may have been sent or not: tell it, or send again."""


def _seconds(value: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:  # which the limit refuses
            return float("inf")
    raise refuse(f"must be a number of seconds, not {kind(value)}")


def _statuses(value: Collection[DeliveryStatus | str]) -> frozenset[DeliveryStatus]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
        raise refuse(f"must be a set of delivery statuses, not {kind(value)}: write {{DeliveryStatus.THROTTLED}}")
    if any(status is None for status in value):
        raise refuse("None isn't a delivery status")
    statuses = frozenset(map(delivery_status_word, value))
    odd = sorted(status for status in statuses if status.is_unknown or status is DeliveryStatus.SUCCESSFUL)
    if odd:
        raise InvalidValue(*[("", f"{status!s} can't be sent again") for status in odd])
    return statuses


def _scope(value: RetryScope) -> RetryScope:
    return one_of(value, get_args(RetryScope))


def _on_unknown(value: OnUnknown) -> OnUnknown:
    return one_of(value, get_args(OnUnknown))


@limit
def _not_negative(value: float) -> str | None:
    return None if 0 <= value < float("inf") else f"{value} s, from 0 on is allowed"


@limit
def _positive(value: float) -> str | None:
    return None if 0 < value < float("inf") else f"{value} s, more than 0 is allowed"


@limit
def _at_least_one(value: int) -> str | None:
    return None if value >= 1 else f"{shown(value)}, at least 1 is needed: the first attempt is one"


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class RetryPolicy(Checked):
    """What is sent again, how often, and after which wait: exponential backoff with full jitter.

    Before attempt n + 1 comes a wait of a random time between 0 and `base_delay * 2 ** (n - 1)` seconds, at most `max_delay`.
    By default only what certainly was not sent goes again: throttled endpoints, requests refused with HTTP 429, and requests
    for which no connection was made. `RetryPolicy(max_attempts=1)` sends nothing again.

    Raises:
        ValidationError: Every fault at once.
    """

    max_attempts: int = attrs.field(default=5, converter=required_integer, validator=_at_least_one)
    """How often a user or endpoint is tried, the first time included. At least 1."""
    base_delay: float = attrs.field(default=0.2, converter=_seconds, validator=_not_negative)
    """The longest wait before the second attempt, in seconds; it doubles with each attempt."""
    max_delay: float = attrs.field(default=20.0, converter=_seconds, validator=_not_negative)
    """The longest wait before any attempt, in seconds."""
    give_up_after: float = attrs.field(default=300.0, converter=_seconds, validator=_positive)
    """Seconds in which nothing got through, however often it was tried, after which a run stops: where everything is throttled,
    refused or lost, going on could take hours. More than 0."""
    retry_statuses: Collection[DeliveryStatus] = attrs.field(default=frozenset({DeliveryStatus.THROTTLED}), converter=_statuses)
    """The statuses of endpoints that are sent again; TEMPORARY_FAILURE is another that may be worth it."""
    scope: RetryScope = attrs.field(default="endpoint", converter=_scope)
    """`endpoint` sends to the throttled endpoints alone, which takes the IAM action `mobiletargeting:SendMessages`; `user` does
    without it and sends to a user again only if all of the user's endpoints were throttled. With a directory it is always
    `endpoint`."""
    on_unknown: OnUnknown = attrs.field(default="report", converter=_on_unknown)
    """What is done after a timeout, a lost connection, HTTP 5xx, or an answer that leaves somebody out. `report` sends at most
    once: the outcome is UNKNOWN. `resend` sends at least once: it goes again, and `maybe_duplicated` tells who may have got the
    message twice."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            max_attempts: int = 5,
            base_delay: float = 0.2,
            max_delay: float = 20.0,
            give_up_after: float = 300.0,
            retry_statuses: Collection[DeliveryStatus | str] = frozenset({DeliveryStatus.THROTTLED}),
            scope: RetryScope = "endpoint",
            on_unknown: OnUnknown = "report",
        ) -> None: ...


def is_retryable(error: PinpointUsersError) -> bool:
    """Whether a request that failed this way was certainly not sent and may go through later."""
    return isinstance(error, (ThrottledError, ConnectionFailedError)) and error.sent is Sent.NOT_SENT


def retry_targets(
    policy: RetryPolicy, endpoints: Mapping[str, EndpointMessageResult], unknown: Collection[str | None]
) -> list[str | None]:
    """What of a user goes out, or goes again.

    Args:
        policy: The caller's policy.
        endpoints: The last results of endpoints.
        unknown: What may have been sent or not: endpoint IDs, or None for the user as a whole.

    Returns:
        Endpoint IDs, or None for the user as a whole; nothing if nothing is to go.
    """
    if not endpoints and not unknown:
        return [None]
    resend = policy.on_unknown == "resend"
    if None in unknown:
        return [None] if resend else []
    throttled = [endpoint_id for endpoint_id, result in endpoints.items() if result.delivery_status in policy.retry_statuses]
    doubtful: list[str | None] = []
    if resend:
        doubtful = [*unknown, *(key for key, result in endpoints.items() if result.delivery_status.is_unknown)]
    if policy.scope == "endpoint":
        return [endpoint_id for endpoint_id in (*throttled, *doubtful) if endpoint_id]
    return [None] if doubtful or (len(throttled) == len(endpoints) and not unknown) else []


def backoff(policy: RetryPolicy, *, attempt: int, random: Callable[[], float]) -> float:
    """Seconds to wait after an attempt has failed.

    Args:
        policy: The caller's policy.
        attempt: The number of the attempt that has failed, from 1 on.
        random: A number from 0 up to 1 at each call.
    """
    return random() * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 64))
