"""A run: batches go out concurrently, what was not sent goes again after a wait, and every user comes out once.

Workers pick a request, carry it, and take in its answer, under one lock. The caller's thread only reads the users, waits, and
looks on: users are taken from the caller's iterator in the caller's thread, and Ctrl-C, which strikes there alone, can't leave
a step half done.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import attrs

from pinpoint_users._batching import END, take_batch, user_id_of
from pinpoint_users._jobs import Encoder, Job, Reading, User, UsersJob, endpoint_jobs, parse
from pinpoint_users._limits import MAX_USERS
from pinpoint_users._personalization import Variables
from pinpoint_users._retry import RetryPolicy, backoff, may_go_again, waiting_helps
from pinpoint_users._transport import Transport
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import (
    ConfigurationError,
    PayloadTooLargeError,
    PinpointUsersError,
    RequestError,
    UsersError,
    ValidationError,
)
from pinpoint_users.report import UserResult

if TYPE_CHECKING:
    from concurrent.futures import Executor  # noqa: TC004 - for annotations alone; importing it takes its time


@attrs.frozen(kw_only=True)
class Settings:
    """What does not change during a run."""

    application_id: str
    encoder: Encoder
    variables: Variables
    transport: Transport
    policy: RetryPolicy
    concurrency: int
    executor: Executor
    random: Callable[[], float] = random.random


@attrs.frozen
class _Look:
    """The state of a run at one moment."""

    under_way: int
    """Requests that workers carry."""
    free: int
    """Requests that may go out besides."""
    waiting: int
    """Requests that wait to go."""
    due: int
    """Those of them that may go now."""
    pause: float | None
    """Seconds until a request that waits may go; None if none has to wait."""
    unsent: int
    """Users who are read and in no request."""
    is_paused: bool
    """Whether the whole run waits."""
    all_read: bool
    """Whether there are no more users to read."""


class Run:
    """One message on its way to its users."""

    def __init__(self, settings: Settings, entries: Iterator[Any]) -> None:
        self.results: deque[UserResult] = deque()
        """The users who are done, in that order; whoever hands them out takes them from the left."""
        self.request_ids: list[str] = []
        """The service's IDs of the requests that it has answered."""
        self.stopped_by: PinpointUsersError | None = None
        """Why no further request goes out."""
        self._settings = settings
        self._entries = chain(entries, [END])
        self._inbox: deque[Any] = deque()
        self._waiting: dict[Job, float] = {}
        self._under_way: set[Job] = set()
        self._started = self._resume_at = self._now()
        self._lock = threading.Lock()
        self._news = threading.Event()

    # --- in the caller's thread

    def step(self) -> bool:
        """Goes on until something has happened.

        Returns:
            False when every user is done, or, of a stopped run, every user that was read.
        """
        self._news.clear()
        look = self._look()
        if self.stopped_by is not None:
            return self._wind_up(look)
        started = 0 if look.is_paused else self._start(look)
        if started or look.under_way:
            self._news.wait(look.pause if look.free else None)
        elif look.pause is not None:
            self._settings.transport.sleep(look.pause)
        else:
            return self.stopped_by is not None
        return True

    def stop(self, reason: PinpointUsersError) -> None:
        """Lets no further request out; those under way are finished, and users whose turn hasn't come are told the reason."""
        if self.stopped_by is None:
            self.stopped_by = reason

    def read_on(self) -> None:
        """Reads the users that a stopped run did not come to, to the end."""
        deque(self._entries, maxlen=0)

    def _look(self) -> _Look:
        with self._lock:
            now = self._now()
            starts = [max(due, self._resume_at) for due in self._waiting.values()]
            is_paused = self._resume_at > now
            later = [start - now for start in [*starts, self._resume_at] if start > now]
            all_read = self._is_all_read()
            return _Look(
                under_way=len(self._under_way),
                free=self._settings.concurrency - len(self._under_way),
                waiting=len(starts),
                due=sum(start <= now for start in starts),
                pause=min(later, default=None),
                unsent=len(self._inbox) - all_read,
                is_paused=is_paused,
                all_read=all_read,
            )

    def _start(self, look: _Look) -> int:
        """Puts workers on the requests that may go, and on new ones, for which it reads as many users as they take."""
        unsent = look.unsent
        for slot in range(look.free):
            if slot >= look.due:
                if unsent < MAX_USERS and not self._inbox_ends():
                    if not self._read():
                        return slot
                    unsent += MAX_USERS
                if unsent <= 0:
                    return slot
                unsent -= MAX_USERS
            self._settings.executor.submit(self._work)
        return look.free

    def _inbox_ends(self) -> bool:
        with self._lock:
            return self._is_all_read()

    def _is_all_read(self) -> bool:
        return bool(self._inbox) and self._inbox[-1] is END

    def _read(self) -> bool:
        """Reads the users of one request; each goes into the inbox in one step, which no interrupt can part."""
        try:
            self._inbox.extend(islice(self._entries, MAX_USERS))
        except Exception as error:  # noqa: BLE001 - whatever the caller's iterator raises, no user may be lost
            self.stop(_reading_failed(error))
            return False
        return True

    def _wind_up(self, look: _Look) -> bool:
        if look.waiting or look.unsent:
            self._settings.executor.submit(self._work)
        elif not look.under_way:
            return False
        self._news.wait()
        return True

    def _now(self) -> float:
        return self._settings.transport.monotonic()

    # --- in the workers

    def _work(self) -> None:
        """Carries one request, if there is one to carry. Only one, so that runs that share the workers take turns."""
        with self._lock:
            job = self._pick()
        if job is not None:
            outcome = self._carry(job)
            with self._lock:
                self._take_in(job, outcome)
                self._under_way.discard(job)
        self._news.set()

    def _pick(self) -> Job | None:
        if self.stopped_by is not None:
            self._give_up(self.stopped_by)
            return None
        now = self._now()
        if len(self._under_way) >= self._settings.concurrency or now < self._resume_at:
            return None
        job: Job | None = min(self._waiting, key=self._waiting.__getitem__, default=None)
        if job is not None and self._waiting[job] <= now:
            del self._waiting[job]
        else:
            job = self._new_job()
        if job is not None:
            self._under_way.add(job)
        return job

    def _new_job(self) -> Job | None:
        """A request for users who weren't in one yet; None if there are none, or if more are being read to fill it."""
        while len(self._inbox) >= MAX_USERS or (self._is_all_read() and self._inbox[0] is not END):
            batch: dict[str, Any] = {}
            try:
                take_batch(self._inbox, batch)
            except ValidationError as error:
                self.stop(error)
                self._inbox.extendleft(reversed(batch.items()))
                self._give_up(error)
                return None
            users = [user for user in map(User, batch, batch.values()) if not self._is_refused(user)]
            if users:
                return self._joined(UsersJob(users))
        return None

    def _is_refused(self, user: User) -> bool:
        fault = self._settings.variables.fault(user.user_id, user.configuration)
        if fault is not None:
            user.fail(fault)
            self.results.append(user.result())
        return fault is not None

    def _carry(self, job: Job) -> list[Reading] | PinpointUsersError:
        """The request to the transport, and its answer."""
        settings = self._settings
        try:
            body = job.body(settings.encoder)
            answer = parse(settings.transport.post(job.operation, settings.application_id, body))
            if isinstance(answer.get("RequestId"), str):
                self.request_ids.append(answer["RequestId"])
            return job.read(answer)
        except PinpointUsersError as error:
            return error
        except BaseException as error:  # noqa: BLE001 - a transport's own fault; it may strike after the message went out
            unforeseen = RequestError(f"{job.operation}: the transport raised {error!r}; the message may have been sent")
            unforeseen.__cause__ = error
            self.stop(unforeseen)
            return unforeseen

    def _take_in(self, job: Job, outcome: list[Reading] | PinpointUsersError) -> None:
        if not isinstance(outcome, PayloadTooLargeError) or outcome.status_code is not None:
            for user in job.users:
                user.attempts = max(user.attempts, job.attempt)
        if isinstance(outcome, PinpointUsersError):
            self._after_error(job, outcome)
        else:
            self._after_answer(job, outcome)
        self._leave(job)

    def _after_answer(self, job: Job, readings: list[Reading]) -> None:
        for reading in readings:
            reading.user.endpoints.update(reading.endpoints)
            if reading.error is not None:
                reading.user.fail(reading.error)
        again = self._to_go_again(job, readings)
        if again:
            self._postpone(again, job.attempt)

    def _to_go_again(self, job: Job, readings: list[Reading]) -> list[Job]:
        statuses = self._settings.policy.retry_statuses
        if self._settings.policy.scope == "user":
            users = [
                reading.user
                for reading in readings
                if reading.error is None and all(result.delivery_status in statuses for result in reading.endpoints.values())
            ]
            return [UsersJob(users, job.attempt + 1)] if users else []
        targets = [
            (endpoint_id, reading.user)
            for reading in readings
            for endpoint_id, result in reading.endpoints.items()
            if endpoint_id and result.delivery_status in statuses
        ]
        return endpoint_jobs(targets, job.attempt + 1)

    def _after_error(self, job: Job, error: PinpointUsersError) -> None:
        halves = job.halves() if isinstance(error, PayloadTooLargeError) else []
        if halves:
            for half in halves:
                self._waiting[self._joined(half)] = self._now()
        elif not (waiting_helps(error) and self._postpone([attrs.evolve(job, attempt=job.attempt + 1)], job.attempt)):
            for user in job.users:
                user.fail(error)
            if isinstance(error, ConfigurationError):
                self.stop(error)

    def _postpone(self, jobs: list[Job], attempt: int) -> bool:
        """Lets requests wait, and with them the whole run: a throttled service is to get less from all.

        Returns:
            False if the policy allows no further attempt.
        """
        due = self._now() + backoff(self._settings.policy, attempt=attempt, random=self._settings.random)
        start = max(self._resume_at, due)
        if not may_go_again(self._settings.policy, attempt=attempt, elapsed=start - self._started):
            return False
        self._resume_at = start
        for job in jobs:
            self._waiting[self._joined(job)] = due
        return True

    def _joined(self, job: Job) -> Job:
        """The request, known to its users: a user is done when none of the user's requests is left."""
        for user in job.users:
            user.jobs.add(job)
        return job

    def _leave(self, job: Job) -> None:
        for user in job.users:
            user.jobs.discard(job)
            if not user.jobs:
                self.results.append(user.result())

    def _give_up(self, reason: PinpointUsersError) -> None:
        """Tells the reason to the users whose turn hasn't come."""
        while self._waiting:
            job, _ = self._waiting.popitem()
            for user in job.users:
                user.fail(reason)
            self._leave(job)
        while self._inbox and self._inbox[0] is not END:
            user_id = user_id_of(self._inbox.popleft())
            if user_id is not None:
                self.results.append(UserResult(user_id=user_id, outcome=Outcome.NOT_SENT, error=reason))


def _reading_failed(error: Exception) -> PinpointUsersError:
    if isinstance(error, PinpointUsersError):
        return error
    failed = UsersError(f"reading the users raised {error!r}; `.report` has those that were read")
    failed.__cause__ = error
    return failed
