"""A world around the engine's core: users with endpoints, a service that counts what each gets, a journal, and time."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import cycle
from typing import Any

import attrs

from pinpoint_users import (
    AccessDeniedError,
    ConnectionFailedError,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    JournalError,
    Outcome,
    PayloadTooLargeError,
    PinpointUsersError,
    ReadTimeoutError,
    RetryPolicy,
    Sent,
    ServiceError,
    SMSMessage,
    StoppedError,
    ThrottledError,
    UserResult,
)
from pinpoint_users._journal.record import Record
from pinpoint_users._rate.limiter import RateLimiter
from pinpoint_users._requests.jobs import Job
from pinpoint_users._requests.prepared import Given, Prepared
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.actions import Done, Lookup, Send, Wait
from pinpoint_users._run.admission import ByService
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.ledger import Ledger, Persist
from pinpoint_users._run.pacing import Pace
from pinpoint_users.user_result import unpacked

PREPARED = Prepared.of(Given(DirectMessageConfiguration(sms_message=SMSMessage(body="x"))))
NOTHING = EndpointSendConfiguration()
TIMEOUT = 30.0
DEADLINE = 1e6
PATIENCE = 20.0
"""Seconds for which the journal is waited for once the run is to end at once."""
PLACES = 2
"""How many requests may be out at a time."""

REFUSALS: dict[str, type[PinpointUsersError]] = {
    "429": ThrottledError,
    "no connection": ConnectionFailedError,
    "413": PayloadTooLargeError,
    "403": AccessDeniedError,
}
"""What is certain not to have been sent."""
LOSSES: dict[str, type[PinpointUsersError]] = {"no answer": ReadTimeoutError, "500": ServiceError}
"""What may have been delivered or not."""
STATUSES = ("SUCCESSFUL", "THROTTLED", "PERMANENT_FAILURE", "OPT_OUT", "QUEUED")
"""Of endpoints; nobody knows QUEUED."""


def endpoints_of(user_id: str) -> list[str]:
    return [f"{user_id}-{number}" for number in range(1 + ord(user_id[-1]) % 3)]


@attrs.define
class Requests:
    """What a core sends, and when: within its bounds, and not before its time."""

    policy: RetryPolicy
    sent_at: dict[Job, float] = attrs.Factory(dict)
    tries: Counter[str] = attrs.Factory(Counter)
    """How often each endpoint was tried."""
    left: Counter[str] = attrs.Factory(Counter)
    """How often something may have gone to each endpoint."""
    not_before: dict[str, float] = attrs.Factory(dict)

    def send(self, job: Job, now: float, *, is_told_apart: bool) -> None:
        recipients = endpoints_in(job)
        assert job.user_count <= 100
        assert job.attempt <= self.policy.max_attempts
        self.tries.update(recipients)
        self.left.update(recipients)
        self.sent_at[job] = now
        if is_told_apart:
            assert not [each for each in recipients if self.tries[each] > self.policy.max_attempts], "tried too often"
            assert not [each for each in recipients if now < self.not_before.get(each, now)], "sent again without a wait"

    def come_back(self, job: Job, kind: str, now: float) -> None:
        if kind in REFUSALS:
            self.left.subtract(endpoints_in(job))
        if kind == "413":
            self.tries.subtract(endpoints_in(job))
        else:
            wait = 0.5 * min(self.policy.max_delay, self.policy.base_delay * 2 ** (job.attempt - 1))
            self.not_before.update(dict.fromkeys(endpoints_in(job), now + wait))


def endpoints_in(job: Job) -> list[str]:
    request = json.loads(job.body())
    return [each for user_id in request.get("Users", ()) for each in endpoints_of(user_id)] or list(request["Endpoints"])


@attrs.define
class World:
    """One core at a time, and what outlives it."""

    policy: RetryPolicy
    has_journal: bool
    deduplicates: bool
    got: Counter[str] = attrs.Factory(Counter)
    """How many messages each endpoint got."""
    journal: dict[str, Any] = attrs.Factory(dict)
    run: int = 0
    now: float = 0.0
    core: RunCore = attrs.field(init=False)
    results: list[UserResult] = attrs.Factory(list)
    fed: Counter[str] = attrs.Factory(Counter)
    sends: list[Send] = attrs.Factory(list)
    lookups: list[Lookup] = attrs.Factory(list)
    persists: list[Persist] = attrs.Factory(list)
    requests: Requests = attrs.field(init=False)
    begun: set[Job] = attrs.Factory(set)
    """The requests that the journal is told of and that have not gone out."""
    request_ids: list[str] = attrs.Factory(list)
    reason: PinpointUsersError | None = None
    is_done: bool = False
    is_written: bool = True
    """Whether all of it could be written."""
    is_readable: bool = True
    """Whether the journal could be read; who comes again isn't known where it can't, once the run has let go of the user."""
    earlier: Counter[str] = attrs.Factory(Counter)
    """What each endpoint had got when the run began."""
    earlier_attempts: dict[str, int] = attrs.Factory(dict)
    """How often the journal said then that each user was tried."""

    def __attrs_post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new process with the same journal."""
        self.run += 1
        self.earlier = Counter(self.got)
        self.earlier_attempts = {user_id: record.attempts for user_id, (_, record) in self.journal.items()}
        self.results, self.fed = [], Counter()
        self.sends, self.lookups, self.persists, self.is_done = [], [], [], False
        self.is_readable = self.is_written = True
        self.requests, self.begun, self.request_ids, self.reason = Requests(self.policy), set(), [], None
        router = UsersMessages(PREPARED.encoder, packs=self.has_journal)
        admission = ByService(self.policy, PREPARED.variables, router, PREPARED.encoder)
        ledger = Ledger(self.policy, admission, router, has_journal=self.has_journal)
        lanes = Lanes({"": Pace(self.policy, RateLimiter(None), lambda: 0.5)})
        self.core = RunCore(
            ledger,
            lanes,
            has_journal=self.has_journal,
            deduplicates=self.deduplicates,
            timeout=TIMEOUT,
            ends_at=DEADLINE,
            journal_patience=PATIENCE,
        )

    # --- what a driver does

    def feed(self, user_ids: list[str], *, end: bool) -> None:
        self.fed.update(user_ids)
        self.is_done = False
        self.core.feed([(user_id, NOTHING) for user_id in user_ids], end=end)

    def expire(self, *, at_once: bool = False) -> None:
        self.core.expired(self.now, at_once=at_once)
        if self.core._waits.has_given_up:  # what is out may still come to something, which nobody hears of
            assert not self.core._intake._lookups
            self.is_readable = False
        if at_once or self.now >= DEADLINE:
            assert self.core.stopped_by is not None
            assert not self.core._in_flight
        assert not [job for job in self.core._in_flight._ends if self.requests.sent_at[job] + TIMEOUT <= self.now], "overdue"

    def step(self) -> object:
        """Asks what is to be done and takes it up; what comes of it is told by the other methods."""
        self.expire()
        action = self.core.next(self.now, free=PLACES - len(self.core._in_flight))
        self._take_results()
        if isinstance(action, Send):
            assert self.core.stopped_by is None
            self._check_journal(action)
            self.requests.send(action.job, self.now, is_told_apart=self.has_journal or self.deduplicates)
            self.begun.discard(action.job)
            if len(self.requests.sent_at) % 3:  # of the others nothing is out before they are answered
                assert action.job.departure.proceed(may_be_out=True)
            self.sends.append(action)
        elif isinstance(action, Lookup):
            assert not self.core._waits.has_given_up
            self.lookups.append(action)
        elif isinstance(action, Persist):
            assert not self.persists, "two writes at a time"
            assert not self.core._waits.has_given_up
            self.begun.update(action.beginning)
            self.persists.append(action)
        elif isinstance(action, Wait):
            self.now = max(self.now, min(action.until, self.now + 5.0))
        elif isinstance(action, Done):
            self.is_done = True
            self.check_done()
        if self.core.stopped_by is None:
            assert len(self.begun) + len(self.core._in_flight) <= PLACES
        return action

    def _take_results(self) -> None:
        results = self.core.take_results()
        results += [unpacked(*each) for packed in self.core.take_packed() for each in packed.items()]
        self.results += results
        if self.has_journal and self.is_readable and self.is_written:
            for result in results:
                if result.outcome is Outcome.SUCCESSFUL:
                    record = self.journal[result.user_id][1]
                    assert not record.unknown, "a result comes out before it is written"
                    assert record.endpoints.keys() == result.endpoints.keys()

    def answer(self, send: Send, kind: str, statuses: list[str], *, is_delivered: bool) -> None:
        """What a request comes to. Of a loss the message was delivered to all, or to none."""
        self.sends.remove(send)
        job = send.job
        if not job.departure.proceed(may_be_out=True):
            assert not self.core.answered(job, ConnectionFailedError("cancelled"), self.now)
            return
        request = json.loads(job.body())
        by_user: dict[str, list[str]] = defaultdict(list)
        for recipient in request.get("Users") or request["Endpoints"]:
            ids = endpoints_of(recipient) if "Users" in request else [recipient]
            by_user[recipient] += ids
        answer: Any
        if kind in REFUSALS:
            answer = REFUSALS[kind](kind)
        elif kind in LOSSES:
            for ids in by_user.values():
                self.got.update(ids if is_delivered else [])
            answer = LOSSES[kind](kind)
        else:
            answer = job.read(self._result(request, by_user, kind, statuses, is_delivered=is_delivered))
        if self.core.answered(job, answer, self.now):
            self.requests.come_back(job, kind, self.now)
            if not isinstance(answer, PinpointUsersError):
                self.request_ids.append(answer.request_id or "")
            if kind == "403":
                assert self.core.stopped_by is not None
        assert self.core.request_ids == self.request_ids

    def _result(
        self,
        request: Mapping[str, Any],
        by_user: Mapping[str, list[str]],
        kind: str,
        statuses: list[str],
        *,
        is_delivered: bool,
    ) -> dict[str, Any]:
        drawn = cycle(statuses)
        results: dict[str, dict[str, Any]] = {}
        for recipient, ids in by_user.items():
            results[recipient] = {}
            for endpoint_id in ids:
                status = next(drawn) if kind == "200" else "SUCCESSFUL"
                if status == "SUCCESSFUL" or (status == "QUEUED" and is_delivered):
                    self.got[endpoint_id] += 1
                results[recipient][endpoint_id] = {"DeliveryStatus": status, "StatusCode": 200, "Address": "+1"}
        if kind == "somebody missing":
            del results[next(iter(results))]
        answer: dict[str, Any] = {"RequestId": f"r-{len(self.request_ids)}"}
        if "Users" in request:
            return {**answer, "Result": results}
        return {**answer, "EndpointResult": {name: each for ids in results.values() for name, each in ids.items()}}

    def persist(self, persist: Persist, *, fails: bool = False) -> None:
        self.persists.remove(persist)
        if fails:
            self.is_written = False
        else:
            self.write(persist)
        self.core.persisted(persist, JournalError("the disk is full") if fails else None)

    def write(self, persist: Persist) -> None:
        """What the journal does; a process may end between this and its acknowledgement."""
        for record in persist.records:
            self.journal[record.user_id] = (self.run, record)
        for result in [*persist.done, *(unpacked(*each) for each in persist.packed.items())]:
            self.journal[result.user_id] = (self.run, Record(result.user_id, result.attempts, result.endpoints))
        for user_id in persist.new:
            self.journal[user_id] = (self.run, Record(user_id, 0, unknown=frozenset({None})))

    def look_up(self, lookup: Lookup, *, fails: bool = False, are_held: bool = False) -> None:
        """What the journal knows; of those who are new to the run, another worker may have every other one in hand just now."""
        self.lookups.remove(lookup)
        if fails:
            self.is_readable = False
            self.core.not_found(lookup, JournalError("the disk is gone"))
            assert self.core.stopped_by is not None
            return
        found = {}
        for user_id in lookup.batch:
            if user_id in self.journal:
                run, record = self.journal[user_id]
                found[user_id] = attrs.evolve(record, is_of_this_run=run == self.run, in_hand=False)
        new = [user_id for user_id in lookup.batch if user_id not in found or not found[user_id].is_of_this_run]
        found.update({user_id: Record(user_id, in_hand=True) for user_id in new[::2] if are_held})
        self.core.found(lookup, found, {}, self.now)

    def finish(self) -> None:
        """Lets everything succeed until the run is done."""
        if not self.core._intake.has_ended:
            self.feed([], end=True)
        for _ in range(600):
            for lookup in list(self.lookups):
                self.look_up(lookup)
            for persist in list(self.persists):
                self.persist(persist)
            for send in list(self.sends):
                self.answer(send, "200", ["SUCCESSFUL"], is_delivered=True)
            if self.is_done:
                return
            self.step()
        raise AssertionError("the run doesn't end")

    # --- what must hold at every moment

    def _check_journal(self, send: Send) -> None:
        """Who is about to get something is in the journal as unknown."""
        if self.has_journal:
            request = json.loads(send.job.body())
            for user_id in request.get("Users") or {name.rpartition("-")[0] for name in request["Endpoints"]}:
                assert self.journal[user_id][1].unknown, f"{user_id} goes out and the journal doesn't know"

    def check(self) -> None:
        """Nobody gets anything twice, unless that was asked for; nobody comes out who wasn't fed, or more often."""
        if self.policy.on_unknown == "report" and (self.has_journal or self.deduplicates):
            assert not [endpoint_id for endpoint_id, times in self.got.items() if times > 1 + self._runs_without_journal()]
        come = Counter(result.user_id for result in self.results)
        assert not come - self.fed, "somebody came out too often"
        assert self.reason in {None, self.core.stopped_by}, "a run that was stopped has another reason now"
        self.reason = self.core.stopped_by

    def _runs_without_journal(self) -> int:
        return 0 if self.has_journal else self.run - 1

    def check_done(self) -> None:
        """Everybody who was fed has come out, once, with an outcome that is true."""
        assert self.is_done
        come = Counter(result.user_id for result in self.results)
        duplicates = Counter(self.core.seen.duplicates)
        assert come + duplicates == self.fed
        if (self.has_journal and self.is_readable) or self.deduplicates:
            assert set(come.values()) <= {1}
        for result in self.results:
            ids = endpoints_of(result.user_id)
            times = [self.got[endpoint_id] for endpoint_id in ids]
            known = times if self.has_journal else [self.got[each] - self.earlier[each] for each in ids]
            if come[result.user_id] > 1:
                continue
            if result.outcome is Outcome.SUCCESSFUL:
                assert all(known), f"{result} didn't get it"
            if result.sent is Sent.NOT_SENT:
                assert not any(known), f"{result} got it"
            if not result.maybe_duplicated:
                assert max(known) <= 1, f"{result} got it twice, and nobody says so"
            else:
                assert self.policy.on_unknown == "resend"
            tries = max(self.requests.tries[each] for each in ids)
            if self.deduplicates and not self.has_journal:
                assert result.attempts == tries
                assert not result.maybe_duplicated or max(self.requests.left[each] for each in ids) > 1
            elif self.has_journal and tries:
                assert result.attempts > self.earlier_attempts.get(result.user_id, 0)


STOPPED = StoppedError("the run was stopped")
