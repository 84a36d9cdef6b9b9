"""The requests of a run that are out, and when each is given up."""

from __future__ import annotations

from pinpoint_users._requests.jobs import Job
from pinpoint_users._run.lanes import NEVER
from pinpoint_users._transport.departure import Departure
from pinpoint_users.errors import ConnectionFailedError, ReadTimeoutError, RequestError


class InFlight:
    """The requests.

    Args:
        timeout: Seconds after which one without an answer is given up.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._ends: dict[Job, float] = {}

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def until(self) -> float:
        """When the first is given up."""
        return next(iter(self._ends.values()), NEVER)

    def add(self, job: Job, now: float) -> None:
        """A request goes out."""
        job.sent_at, job.departure = now, Departure()
        self._ends[job] = now + self._timeout

    def remove(self, job: Job) -> bool:
        """A request is out no longer; False if it was given up meanwhile."""
        return self._ends.pop(job, None) is not None

    def postpone(self, seconds: float) -> None:
        """Gives each so many seconds more."""
        for job in self._ends:
            self._ends[job] += seconds

    def overdue(self, now: float, *, at_once: bool) -> list[tuple[Job, RequestError]]:
        """Those that are to be given up, or all of them at once, each with what it then came to."""
        if not at_once and self.until > now:
            return []
        return [(job, self._given_up(job, ends_at, now)) for job, ends_at in self._ends.items() if at_once or ends_at <= now]

    def _given_up(self, job: Job, ends_at: float, now: float) -> RequestError:
        when = f"within {self._timeout:g} s" if ends_at <= now else "by the run's end"
        if job.departure.cancel():
            why = "credentials, the host's name or a connection took too long"
            return ConnectionFailedError(f"{job.operation}: not out {when}, as {why}; nothing was sent")
        return ReadTimeoutError(f"{job.operation}: no whole answer {when}; the message may have been sent all the same")
