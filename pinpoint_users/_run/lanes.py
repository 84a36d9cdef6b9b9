"""The lanes of a run: the requests that wait for each way out, which has a pace of its own and may be closed by itself."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count

from pinpoint_users._requests.jobs import Job, Readings
from pinpoint_users._run.ledger import Answer
from pinpoint_users._run.pacing import Pace
from pinpoint_users.errors import ConfigurationError, PinpointUsersError

NEVER = float("inf")
_MAX_WAITING = 1_000
"""Requests that may wait in all lanes before no further users are taken in."""
_MAX_REFUSALS = 10
"""Single recipients refused one after another, with nothing taken before, after which it isn't the recipients."""


class _Lane:
    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.waiting: list[tuple[float, int, Job]] = []  # a heap
        self.closed_by: PinpointUsersError | None = None
        self.has_denied = False
        self.refusals = 0
        self.has_taken = False

    def due_at(self, now: float) -> float:
        """When the first request that waits may go."""
        return max(self.waiting[0][0], now + self.pace.wait(now)) if self.waiting else NEVER


class Lanes:
    """The requests of a run that wait.

    Args:
        paces: When requests of each lane may go, by the lanes' names.
    """

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._lanes = {name: _Lane(pace) for name, pace in paces.items()}
        self._number = count()
        self._waiting = 0
        self._has_closed = False

    def __len__(self) -> int:
        return self._waiting

    @property
    def closed_by(self) -> list[PinpointUsersError]:
        """Why lanes are closed, of each that is."""
        return [lane.closed_by for lane in self._lanes.values() if lane.closed_by is not None]

    @property
    def cut_short_by(self) -> PinpointUsersError | None:
        """Why a lane couldn't go on; None if it doesn't matter to any request."""
        reasons = [
            lane.closed_by for lane in self._lanes.values() if lane.has_denied or isinstance(lane.closed_by, ConfigurationError)
        ]
        return next(iter(reasons), None)

    @property
    def are_closed(self) -> bool:
        """Whether all are."""
        return all(lane.closed_by is not None for lane in self._lanes.values())

    def close(self, job: Job, reason: PinpointUsersError) -> None:
        """Lets no further request of a request's lane go."""
        lane = self._lanes[job.lane]
        lane.closed_by = lane.closed_by or reason
        self._has_closed = True

    def add(self, job: Job, at: float) -> None:
        """A request that may go at a time."""
        self._put(job, at, next(self._number))

    def add_first(self, job: Job) -> None:
        """A part of a request that was refused, which goes before all others, so that it is soon known whose fault it was."""
        self._put(job, -NEVER, -next(self._number))

    def _put(self, job: Job, at: float, number: int) -> None:
        heapq.heappush(self._lanes[job.lane].waiting, (at, number, job))
        self._waiting += 1

    def take(self, now: float) -> Job | None:
        """The request that may go now and has waited longest, which is counted as gone; None if there is none."""
        due: _Lane | None = None
        for lane in self._lanes.values():
            waiting = lane.waiting
            if waiting and waiting[0][0] <= now and (due is None or waiting[0] < due.waiting[0]) and lane.pace.wait(now) <= 0:
                due = lane
        if due is None:
            return None
        self._waiting -= 1
        job = heapq.heappop(due.waiting)[2]
        due.pace.take(job, now)
        return job

    def take_closed(self) -> Iterator[tuple[Job, PinpointUsersError]]:
        """The requests that wait for lanes that are closed, each with the reason; they wait no longer."""
        for lane in self._lanes.values() if self._has_closed else ():
            if lane.closed_by is not None:
                for job in self._drain(lane):
                    lane.has_denied = True
                    yield job, lane.closed_by

    def drain(self) -> Iterator[Job]:
        """All requests that wait, which wait no longer."""
        for lane in self._lanes.values():
            yield from self._drain(lane)

    def _drain(self, lane: _Lane) -> Iterator[Job]:
        while lane.waiting:
            self._waiting -= 1
            yield lane.waiting.pop()[2]

    def admits_at(self, now: float) -> float:
        """When there is room for further users: some lane may send, and not too much waits."""
        if self._waiting >= _MAX_WAITING:
            return NEVER
        return now + min(
            (max(0.0, lane.pace.peek(now)) for lane in self._lanes.values() if lane.closed_by is None), default=0.0
        )

    def due_at(self, now: float) -> float:
        """When the next of those that wait may go."""
        return min(lane.due_at(now) for lane in self._lanes.values())

    def observe_response(self, job: Job, answer: Answer, now: float) -> None:
        """Lets a lane's pace follow what the service can take; closes the lane where every further request would fail alike."""
        lane = self._lanes[job.lane]
        lane.pace.observe_response(job, answer, now)
        if isinstance(answer, ConfigurationError):
            if not job.narrows(answer):
                self.close(job, answer)
        elif isinstance(answer, Readings):
            if answer.closes is not None:
                self.close(job, answer.closes)
            if answer.refusal is None:
                lane.has_taken = lane.has_taken or answer.is_through
            elif not lane.has_taken:
                lane.refusals += 1
                if lane.refusals >= _MAX_REFUSALS:
                    self.close(job, answer.refusal)

    def again_at(self, job: Job, answer: Answer, now: float) -> float:
        """When that goes again which an answer leaves to do."""
        return self._lanes[job.lane].pace.again_at(answer, job.attempt, now)

    def is_stalled(self, job: Job, now: float) -> bool:
        """Whether nothing has got through on a request's lane for so long that it is given up."""
        return self._lanes[job.lane].pace.is_stalled(now)
