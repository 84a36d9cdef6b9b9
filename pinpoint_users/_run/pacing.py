"""When requests may go: a run's waits, and its share in the rate of its client.

Times are those of the transport's clock, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable

from pinpoint_users._rate.limiter import Limit
from pinpoint_users._requests.jobs import Job, Readings
from pinpoint_users._run.ledger import Answer
from pinpoint_users._run.retry import RetryPolicy, backoff
from pinpoint_users.errors import PayloadTooLargeError, PinpointUsersError, RequestError, ThrottledError


class Pace:
    """The pace of one run.

    Args:
        policy: How long waits are.
        limit: The rate of the client.
        random: A number from 0 up to 1 at each call.
    """

    def __init__(self, policy: RetryPolicy, limit: Limit, random: Callable[[], float]) -> None:
        self._policy = policy
        self._limit = limit
        self._random = random
        self._resume_at = float("-inf")
        self._failing_since: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until a request may go; 0 or less is now."""
        return max(self._resume_at - now, self._limit.wait(now))

    def peek(self, now: float) -> float:
        """What `wait` would return, where no request is there yet."""
        return max(self._resume_at - now, self._limit.peek(now))

    def take(self, job: Job, now: float) -> None:
        """Counts a request as gone, which `wait` has let go."""
        self._limit.take(now, job.weight)

    def observe_response(self, job: Job, answer: Answer, now: float) -> None:
        """Lets the rate follow what the service can take.

        Endpoints that are throttled again say nothing of the rate, as they may be throttled at any; their own waits grow.
        """
        is_through = isinstance(answer, Readings) and answer.is_through
        if isinstance(answer, ThrottledError):
            self._limit.throttled(now, sent_at=job.sent_at)
        elif isinstance(answer, Readings):
            throttled = answer.throttled_share
            if not throttled:
                self._limit.accepted(now, sent_at=job.sent_at)
            elif job.attempt == 1:
                self._limit.throttled(now, throttled, sent_at=job.sent_at)
        if is_through:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = now

    def is_stalled(self, now: float) -> bool:
        """Whether nothing has got through for so long that the run gives up."""
        return self._failing_since is not None and now - self._failing_since >= self._policy.give_up_after

    def again_at(self, answer: Answer, attempt: int, now: float) -> float:
        """When that goes again which this answer leaves to do.

        Where there was no answer, the whole run waits as long, as it may be that nobody gets one; so it does where the service
        says how long to wait.
        """
        if isinstance(answer, PayloadTooLargeError):
            return now
        due = now + backoff(self._policy, attempt=attempt, random=self._random)
        asked = answer.retry_after if isinstance(answer, RequestError) else None
        if asked is not None:
            due = max(due, now + min(asked, self._policy.give_up_after))
        if asked is not None or (isinstance(answer, PinpointUsersError) and not isinstance(answer, ThrottledError)):
            self._resume_at = max(self._resume_at, due)
        return due
