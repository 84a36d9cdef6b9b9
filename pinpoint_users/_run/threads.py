"""A run: batches go out concurrently, what goes again does so after a wait, and every user comes out once.

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

from pinpoint_users._rate.limiter import RateLimit
from pinpoint_users._requests.jobs import Encoder, Job, parse
from pinpoint_users._requests.preflight import Variables
from pinpoint_users._run.batching import END, take_batch, user_id_of
from pinpoint_users._run.ledger import Answer, Ledger
from pinpoint_users._run.logs import log_answer, log_end, log_start, log_stop
from pinpoint_users._run.pacing import Pace
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._run.worker_pool import News, Workers
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._transport.base import Transport
from pinpoint_users.errors import (
    ConfigurationError,
    DeadlineExceededError,
    JournalError,
    PinpointUsersError,
    ReadTimeoutError,
    RequestError,
    UsersError,
    ValidationError,
)

if TYPE_CHECKING:
    from pinpoint_users._journal.file import JournalFile  # noqa: TC004 - attrs leaves the annotation as it is written

_HOUR = 3600.0
_NEVER = float("inf")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Settings:
    """What does not change during a run."""

    application_id: str
    encoder: Encoder
    variables: Variables
    transport: Transport
    policy: RetryPolicy
    limit: RateLimit
    concurrency: int
    workers: Workers
    deadline: float | None
    journal: JournalFile | None
    random: Callable[[], float] = random.random


@attrs.define(eq=False, repr=False)
class _Look:
    """The state of a run at one moment."""

    under_way: int
    """Requests that workers carry."""
    is_overdue: bool
    """Whether the time of some of them is over."""
    free: int
    """Requests that may go out besides; none while the whole run waits."""
    due: int
    """Requests that have waited and may go now."""
    unsent: int
    """Users who are read and in no request."""
    is_idle: bool
    """Whether nothing that was read waits to go out."""
    has_to_wait: bool
    """Whether something will go out later that may not go now."""
    pause: float
    """Seconds until there is something to do besides taking in answers, as far as can be known; at most an hour."""


class Run:
    """One message on its way to its users."""

    def __init__(self, settings: Settings, entries: Iterator[Any]) -> None:
        self.request_ids: list[str] = []
        """The service's IDs of the requests that it has answered."""
        self.stopped_by: PinpointUsersError | None = None
        """Why no further request goes out."""
        self.is_closed: bool = False
        """Whether the run has ended."""
        self.ledger: Ledger = Ledger(settings.policy, settings.variables, settings.journal)
        """What is known of the users."""
        self._settings = settings
        self._entries = chain(entries, [END])
        self._inbox: deque[Any] = deque()
        self._waiting: dict[Job, float] = {}
        self._under_way: dict[Job, float] = {}
        self._timeout = _NEVER if settings.transport.timeout is None else settings.transport.timeout
        self._pace = Pace(settings.policy, settings.limit, settings.random)
        self._began = self._now()
        self._ends_at = self._began + (_NEVER if settings.deadline is None else settings.deadline)
        self._lock = threading.Lock()
        self._news = News()
        log_start(settings.application_id)

    # --- in the caller's thread

    def step(self) -> bool:
        """Goes on until something has happened.

        Returns:
            False when every user is done, or, of a stopped run, every user that was read.
        """
        self._news.clear()
        if self._now() >= self._ends_at:
            self.stop(DeadlineExceededError("the run's deadline has passed; what had not gone out was not sent"))
        look = self._look()
        if look.is_overdue:
            threading.Thread(target=self._give_up_overdue, name="pinpoint-users-watch", daemon=True).start()
            self._news.wait()
            return True
        if self.stopped_by is not None:
            return self._wind_up(look)
        if self._start(look) or look.under_way:
            self._news.wait(look.pause)
        elif look.has_to_wait:
            self._settings.transport.sleep(look.pause)
        else:
            return self.stopped_by is not None
        return True

    def finish(self) -> None:
        """Goes on to the end."""
        while self.step():
            pass

    def stop(self, reason: PinpointUsersError) -> None:
        """Lets no further request out; those under way are finished, and users whose turn hasn't come are told the reason."""
        if self.stopped_by is None:
            self.stopped_by = reason
            log_stop(reason)

    def read_on(self, reason: PinpointUsersError) -> None:
        """Reads the users that a stopped run did not come to, to the end, and tells them the reason."""
        while entries := list(islice(self._entries, MAX_USERS)):
            self._turn_away(entries, reason)

    def close(self) -> None:
        """Ends the run, and lets go of its journal."""
        if not self.is_closed:
            self.is_closed = True
            self.ledger.close()
            log_end(requests=len(self.request_ids), seconds=self._now() - self._began)

    def _look(self) -> _Look:
        with self._lock:
            now = self._now()
            all_read = self._is_all_read()
            unsent = len(self._inbox) - all_read
            is_idle = not self._waiting and not unsent
            free = self._settings.concurrency - len(self._under_way)
            hold = 0.0 if is_idle and all_read else self._pace.wait(now)
            later = [hold] if hold > 0 else [due - now for due in self._waiting.values() if due > now]
            end = min(self._ends_at, self._timeout + now, _HOUR + now, *self._under_way.values())
            return _Look(
                under_way=len(self._under_way),
                is_overdue=end <= now and bool(self._overdue(now)),
                free=0 if hold > 0 else free,
                due=sum(due <= now for due in self._waiting.values()),
                unsent=unsent,
                is_idle=is_idle,
                has_to_wait=bool(later),
                pause=max(0.0, min([end - now, *(later if free else [])])),
            )

    def _overdue(self, now: float) -> list[Job]:
        """The requests whose time is over: at the deadline all."""
        at_deadline = isinstance(self.stopped_by, DeadlineExceededError)
        return [job for job, ends_at in self._under_way.items() if at_deadline or now >= ends_at]

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
            self._settings.workers.submit(self._work)
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
        if not look.is_idle:
            self._settings.workers.submit(self._work)
        elif not look.under_way:
            return False
        self._news.wait(look.pause)
        return True

    def _now(self) -> float:
        return self._settings.transport.monotonic()

    # --- in threads of the run's own

    def _give_up_overdue(self) -> None:
        """Takes requests from workers that hang; their users are not heard of. The workers themselves may all be hanging."""
        with self._lock:
            now = self._now()
            for job in self._overdue(now):
                when = f"within {self._timeout:g} s" if now >= self._under_way[job] else "by the run's deadline"
                said = f"{job.operation}: no whole answer {when}; the message may have been sent all the same"
                self._take_in(job, ReadTimeoutError(said))
                self._settings.workers.write_off()
        self._news.set()

    def _work(self) -> bool:
        """Carries one request, if there is one to carry. Only one, so that runs that share the workers take turns.

        Returns:
            False if the request was given up meanwhile.
        """
        with self._lock:
            job = self._pick()
        is_ours = True
        if job is not None:
            answer = self._carry(job)
            with self._lock:
                is_ours = job in self._under_way
                if is_ours:
                    self._take_in(job, answer)
        self._news.set()
        return is_ours

    def _pick(self) -> Job | None:
        """The request that may go out now, which is then under way."""
        if self.stopped_by is not None:
            self._give_up(self.stopped_by)
            return None
        now = self._now()
        job = self._next(now)
        if job is None:
            return None
        wait = self._pace.take(now)
        if wait > 0:
            self._waiting[job] = now + wait
            return None
        try:
            self.ledger.begin(job)
        except JournalError as error:
            self.stop(error)
            self.ledger.give_up(job, error)
            return None
        self._under_way[job] = now + self._timeout
        return job

    def _next(self, now: float) -> Job | None:
        """The request that has waited longest, or a new one."""
        job: Job | None = min(self._waiting, key=self._waiting.__getitem__, default=None)
        if job is not None and self._waiting[job] <= now:
            del self._waiting[job]
            return job
        return self._new_job(now)

    def _new_job(self, now: float) -> Job | None:
        """A request for users who weren't in one yet; None if there are none, or if more are being read to fill it."""
        while len(self._inbox) >= MAX_USERS or (self._is_all_read() and self._inbox[0] is not END):
            batch: dict[str, Any] = {}
            try:
                take_batch(self._inbox, batch)
                jobs = self.ledger.admit(batch)
            except (ValidationError, JournalError) as error:
                self.stop(error)
                self._inbox.extendleft(reversed(batch.items()))
                self._give_up(error)
                return None
            self._waiting.update(dict.fromkeys(jobs[1:], now))
            if jobs:
                return jobs[0]
        return None

    def _carry(self, job: Job) -> Answer:
        """The request to the transport, and its answer."""
        settings = self._settings
        began = self._now()
        try:
            body = job.body(settings.encoder)
            answer = parse(settings.transport.post(job.operation, settings.application_id, body))
            if isinstance(answer.get("RequestId"), str):
                self.request_ids.append(answer["RequestId"])
            readings = job.read(answer)
        except PinpointUsersError as error:
            log_answer(job, error, self._now() - began)
            return error
        except BaseException as error:  # noqa: BLE001 - a transport's own fault; it may strike after the message went out
            unforeseen = RequestError(f"{job.operation}: the transport raised {error!r}; the message may have been sent")
            unforeseen.__cause__ = error
            self.stop(unforeseen)
            return unforeseen
        log_answer(job, readings, self._now() - began)
        return readings

    def _take_in(self, job: Job, answer: Answer) -> None:
        del self._under_way[job]
        now = self._now()
        self._pace.hear(job, answer, now)
        again = self.ledger.take_in(job, answer)
        if again:
            self._waiting.update(dict.fromkeys(again, self._pace.again_at(answer, job.attempt, now)))
        if isinstance(answer, ConfigurationError):
            self.stop(answer)
        if self.ledger.fault is not None:
            self.stop(self.ledger.fault)

    def _give_up(self, reason: PinpointUsersError) -> None:
        """Tells the reason to the users whose turn hasn't come."""
        while self._waiting:
            job, _ = self._waiting.popitem()
            self.ledger.give_up(job, reason)
        entries = list(self._inbox)
        self._inbox.clear()
        self._inbox.extend(entries[-1:] if entries and entries[-1] is END else [])
        self._turn_away(entries, reason)

    def _turn_away(self, entries: list[Any], reason: PinpointUsersError) -> None:
        user_ids = [user_id_of(entry) for entry in entries if entry is not END]
        self.ledger.turn_away([user_id for user_id in user_ids if user_id is not None], reason)


def _reading_failed(error: Exception) -> PinpointUsersError:
    if isinstance(error, PinpointUsersError):
        return error
    failed = UsersError(f"reading the users raised {error!r}; `.report` has those that were read")
    failed.__cause__ = error
    return failed
