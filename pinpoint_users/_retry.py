"""When something may go again, and how long to wait: a frozen policy and pure functions of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal, TypeAlias, get_args

import attrs

from pinpoint_users._fields import RefusedError, delivery_status_word, integer, kind, one_of, refuse
from pinpoint_users._limits import limit
from pinpoint_users._shape import Checked
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import ConnectionFailedError, PinpointUsersError, ThrottledError

RetryScope: TypeAlias = Literal["endpoint", "user"]
"""What is sent again: the throttled endpoints alone, or the user as a whole."""


def _seconds(value: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if value is None:
        return value
    raise refuse(f"must be a number of seconds, not {kind(value)}")


def _statuses(value: Collection[DeliveryStatus | str]) -> frozenset[DeliveryStatus]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
        raise refuse(f"must be a set of delivery statuses, not {kind(value)}: write {{DeliveryStatus.THROTTLED}}")
    statuses = frozenset(map(delivery_status_word, value))
    odd = sorted(status for status in statuses if status.is_unknown or status is DeliveryStatus.SUCCESSFUL)
    if odd:
        raise RefusedError(*[("", f"{status!s} can't be sent again") for status in odd])
    return statuses


def _scope(value: RetryScope) -> RetryScope:
    return one_of(value, get_args(RetryScope))


@limit
def _not_negative(value: float) -> str | None:
    return None if 0 <= value < float("inf") else f"{value} s, from 0 on is allowed"


@limit
def _at_least_one(value: int) -> str | None:
    return None if value >= 1 else f"{value}, at least 1 is needed: the first attempt is one"


@attrs.frozen(kw_only=True, repr=False)
class RetryPolicy(Checked):
    """What is sent again, how often, and after which wait: exponential backoff with full jitter.

    Before attempt n + 1 the run waits a random time between 0 and `base_delay * 2 ** (n - 1)` seconds, at most `max_delay`.
    Only what certainly was not sent goes again: throttled endpoints, requests refused with HTTP 429, and requests for which no
    connection was made. `RetryPolicy(max_attempts=1)` sends nothing again.

    Raises:
        ValidationError: Every fault at once.
    """

    max_attempts: int = attrs.field(default=5, converter=integer, validator=_at_least_one)
    """How often a user or endpoint is tried, the first time included. At least 1."""
    base_delay: float = attrs.field(default=0.2, converter=_seconds, validator=_not_negative)
    """The longest wait before the second attempt, in seconds; it doubles with each attempt."""
    max_delay: float = attrs.field(default=20.0, converter=_seconds, validator=_not_negative)
    """The longest wait before any attempt, in seconds."""
    deadline: float | None = attrs.field(default=None, converter=_seconds, validator=_not_negative)
    """Seconds from the start of the run: an attempt that would have to wait until later isn't made; by default any is."""
    retry_statuses: Collection[DeliveryStatus] = attrs.field(default=frozenset({DeliveryStatus.THROTTLED}), converter=_statuses)
    """The statuses of endpoints that are sent again; TEMPORARY_FAILURE is another that may be worth it."""
    scope: RetryScope = attrs.field(default="endpoint", converter=_scope)
    """`endpoint` sends to the throttled endpoints alone, which takes the IAM action `mobiletargeting:SendMessages`; `user` does
    without it and sends to a user again only if all of the user's endpoints were throttled."""


def waiting_helps(error: PinpointUsersError) -> bool:
    """Whether a request that failed this way was certainly not sent and may go through later."""
    return isinstance(error, (ThrottledError, ConnectionFailedError))


def may_go_again(policy: RetryPolicy, *, attempt: int, elapsed: float) -> bool:
    """Whether there may be another attempt after this one.

    Args:
        policy: The caller's policy.
        attempt: The number of the attempt that has failed, from 1 on.
        elapsed: Seconds from the start of the run to the next attempt.
    """
    return attempt < policy.max_attempts and (policy.deadline is None or elapsed < policy.deadline)


def backoff(policy: RetryPolicy, *, attempt: int, random: Callable[[], float]) -> float:
    """Seconds to wait after an attempt has failed.

    Args:
        policy: The caller's policy.
        attempt: The number of the attempt that has failed, from 1 on.
        random: A number from 0 up to 1 at each call.
    """
    return random() * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt - 1, 64))
