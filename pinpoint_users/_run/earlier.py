"""What is said of users whom a journal knows, where nothing is sent to them."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import User
from pinpoint_users._run.retry import RetryPolicy, retry_targets
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import PinpointUsersError, StoppedError
from pinpoint_users.user_result import UserResult

_USUAL = RetryPolicy()
_NOT_DONE = StoppedError(
    "not everything has gone out to this user yet; the next run with the journal goes on with it, or tells why not"
)


def was_delivered(record: Record) -> bool:
    """Whether an endpoint of a user got the message."""
    return any(result.delivery_status is DeliveryStatus.SUCCESSFUL for result in record.endpoints.values())


def targets_left(record: Record, policy: RetryPolicy = _USUAL, *, takes_one: bool = False) -> Sequence[str | None]:
    """What is still to go to a user.

    Args:
        record: What the journal knows.
        policy: What goes again.
        takes_one: Whether one channel of several is enough.

    Returns:
        Endpoint IDs, or None for the user as a whole; nothing if nothing is to go.
    """
    if takes_one and was_delivered(record):
        return []
    if record.pending and not record.endpoints and not record.unknown:
        return sorted(record.pending)
    again = retry_targets(policy, record.endpoints, record.unknown)
    if takes_one and (doubtful := User.of(record, None).doubtful):
        again = [key for key in again if key in doubtful]  # never by another channel
    return again if None in record.unknown else [*sorted(record.pending), *again]


def result_of(
    record: Record,
    policy: RetryPolicy = _USUAL,
    *,
    reason: PinpointUsersError = _NOT_DONE,
    takes_one: bool = False,
) -> UserResult:
    """What became of a user, by what the journal knows.

    Args:
        record: What the journal knows.
        policy: What goes again.
        reason: Why that isn't sent which is still to go.
        takes_one: Whether one channel of several is enough.
    """
    user = User.of(record, None)
    user.takes_one = takes_one
    if targets_left(record, policy, takes_one=takes_one):
        user.error = reason
    return user.result()
