"""When requests may go: a run's waits, and its share in the rate of its client."""

from __future__ import annotations

from collections.abc import Callable

from pinpoint_users._rate.limiter import RateLimit
from pinpoint_users._requests.jobs import Job
from pinpoint_users._run.ledger import Answer
from pinpoint_users._run.retry import RetryPolicy, backoff
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import PayloadTooLargeError, PinpointUsersError, ThrottledError


class Pace:
    """The pace of one run. Times are those of the transport's clock, in seconds."""

    def __init__(self, policy: RetryPolicy, limit: RateLimit, random: Callable[[], float]) -> None:
        self._policy = policy
        self._limit = limit
        self._random = random
        self._resume_at = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until a request may go; 0 or less is now."""
        return max(self._resume_at - now, self._limit.wait(now))

    def take(self, now: float) -> float:
        """The same, and if it is now, it is counted as gone."""
        hold = self._resume_at - now
        return hold if hold > 0 else self._limit.take(now)

    def hear(self, job: Job, answer: Answer, now: float) -> None:
        """Lets the rate follow what the service can take.

        Endpoints that are throttled again say nothing of the rate, as they may be throttled at any; their own waits grow.
        """
        if isinstance(answer, ThrottledError):
            self._limit.throttled(now)
        elif not isinstance(answer, PinpointUsersError):
            statuses = [result.delivery_status for reading in answer.others for result in reading.endpoints.values()]
            throttled = statuses.count(DeliveryStatus.THROTTLED)
            if not throttled:
                self._limit.accepted(now)
            elif job.attempt == 1:
                successful = sum(len(result.endpoints) for result in answer.done)
                self._limit.throttled(now, throttled / (successful + len(statuses)))

    def again_at(self, answer: Answer, attempt: int, now: float) -> float:
        """When that goes again which this answer leaves to do.

        Where there was no answer, the whole run waits as long: it may be that nobody gets one.
        """
        if isinstance(answer, PayloadTooLargeError):
            return now
        due = now + backoff(self._policy, attempt=attempt, random=self._random)
        if isinstance(answer, PinpointUsersError) and not isinstance(answer, ThrottledError):
            self._resume_at = max(self._resume_at, due)
        return due
