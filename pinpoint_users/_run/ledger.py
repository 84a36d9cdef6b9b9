"""What is known of a run's users, and what of them is to go out.

With a journal, what is known outlives the process: what goes out is written down as lost before it does, and as what the answer
says after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job, Reading, Readings, User, UsersJob, endpoint_jobs
from pinpoint_users._requests.preflight import Variables
from pinpoint_users._run.retry import RetryPolicy, goes_again, waiting_helps
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.enums import Outcome, Sent
from pinpoint_users.errors import InFlightError, JournalError, PayloadTooLargeError, PinpointUsersError
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.report import UserResult
from pinpoint_users.results import EndpointMessageResult

if TYPE_CHECKING:
    from pinpoint_users._journal.file import JournalFile

Answer: TypeAlias = Readings | PinpointUsersError
"""What a request came to: what the answer says of each user, or why there is none."""

_NOTHING_OF_ITS_OWN = EndpointSendConfiguration()
_NO_RESULTS: Mapping[str, EndpointMessageResult] = {}
_WHOLE_USER: frozenset[str | None] = frozenset({None})


class Ledger:
    """The users of a run. Nothing here waits or sends; a run asks, under its lock."""

    def __init__(self, policy: RetryPolicy, variables: Variables, journal: JournalFile | None) -> None:
        self.results: deque[UserResult] = deque()
        """The users who are done, in that order; whoever hands them out takes them from the left."""
        self.duplicates: list[str] = []
        """User IDs that came again and that the journal showed to have come before."""
        self.fault: JournalError | None = None
        """Why the journal can't be written any longer."""
        self._policy = policy
        self._variables = variables
        self._journal = journal

    def admit(self, batch: Mapping[str, EndpointSendConfiguration]) -> list[Job]:
        """The requests for users who come up for the first time; none for those who are done already.

        Raises:
            JournalError: It can't be read.
        """
        records = self._look_up(batch)
        new = {user_id: own for user_id, own in batch.items() if user_id not in records} if records else dict(batch)
        done: list[User] = []
        for user_id, fault in self._variables.faults(new).items():
            done.append(User(user_id, new.pop(user_id), error=fault))
        whole: list[User] = []
        targets: list[tuple[str, User]] = []
        for user_id, record in records.items():
            if record.is_of_this_run:
                self.duplicates.append(user_id)
                continue
            user = _as_left(record, batch[user_id])
            what = goes_again(self._policy, user.endpoints, user.lost)
            user.error = self._variables.fault(user_id, user.configuration) if what else None
            if user.error is not None or not what:
                done.append(user)
            elif None in what:
                whole.append(user)
            else:
                targets += [(endpoint_id, user) for endpoint_id in what if endpoint_id is not None]
        if whole:
            whole += [User(user_id, configuration) for user_id, configuration in new.items()]
            new = {}
        self._write(done)
        self.results.extend(user.result() for user in done)
        jobs = _jobs(whole, targets, 1)
        for job in jobs:
            _join(job)
        return [*([UsersJob(new)] if new else []), *jobs]

    def begin(self, job: Job) -> None:
        """Notes that a request is going out.

        Raises:
            JournalError: It can't be written, so the request must not go out.
        """
        job.is_out = True
        if isinstance(job, UsersJob) and job.known is None:
            self._mark(job.user_ids)
        else:
            self._write(job.users)
        if self.fault is not None:
            job.is_out = False
            raise self.fault

    def take_in(self, job: Job, answer: Answer) -> list[Job]:
        """What a request came to.

        Returns:
            The requests that are to follow: for what goes again, or its halves if it was too large.
        """
        job.is_out = False
        done: Collection[UserResult] = ()
        if isinstance(answer, PinpointUsersError):
            users = job.users
            self._count(job, users, answer)
            again = self._after_error(job, answer)
        else:
            users, done = [reading.user for reading in answer.others], answer.done
            self._count(job, users)
            again = self._after_answer(job, answer.others)
        for follower in again:
            _join(follower)
        self._leave(job, users, done)
        return again

    def give_up(self, job: Job, reason: PinpointUsersError) -> None:
        """Ends a request that is not under way and will not go out any more."""
        for user in job.users:
            user.error = reason
        self._leave(job, job.users)

    def turn_away(self, user_ids: Collection[str], reason: PinpointUsersError) -> None:
        """Ends users who were in no request in this run; what earlier runs know of them stands."""
        try:
            records = self._look_up(user_ids)
        except JournalError as error:
            unknown = (UserResult(user_id=user_id, outcome=Outcome.UNKNOWN, error=error) for user_id in user_ids)
            self.results.extend(unknown)
            return
        seen: set[str] = set()
        for user_id in user_ids:
            record = records.get(user_id)
            if self._journal is not None and (user_id in seen or (record is not None and record.is_of_this_run)):
                self.duplicates.append(user_id)
                continue
            seen.add(user_id)
            user = User(user_id, _NOTHING_OF_ITS_OWN) if record is None else _as_left(record, _NOTHING_OF_ITS_OWN)
            if goes_again(self._policy, user.endpoints, user.lost):
                user.error = reason
            self.results.append(user.result())

    def close(self) -> None:
        """Closes the journal."""
        if self._journal is not None:
            self._journal.close()

    def _after_answer(self, job: Job, readings: list[Reading]) -> list[Job]:
        whole: list[User] = []
        targets: list[tuple[str, User]] = []
        for reading in readings:
            user = reading.user
            user.hear(reading, job.asks(user))
            if job.attempt < self._policy.max_attempts:
                what = goes_again(self._policy, reading.endpoints, reading.lost)
                if None in what:
                    whole.append(user)
                targets += [(endpoint_id, user) for endpoint_id in what if endpoint_id is not None]
        return _jobs(whole, targets, job.attempt + 1)

    def _after_error(self, job: Job, error: PinpointUsersError) -> list[Job]:
        halves = job.halves() if isinstance(error, PayloadTooLargeError) else []
        if halves:
            return halves
        is_lost = error.sent is not Sent.NOT_SENT
        if is_lost:
            for user in job.users:
                user.lose(job.asks(user), error)
        may_go = waiting_helps(error) or (is_lost and self._policy.on_unknown == "resend")
        if may_go and job.attempt < self._policy.max_attempts:
            return [job.again()]
        for user in job.users:
            user.error = error
        return []

    def _count(self, job: Job, users: list[User], error: PinpointUsersError | None = None) -> None:
        """Counts the attempt, unless the request never left, and notes where it may have been one too many."""
        if isinstance(error, PayloadTooLargeError) and error.status_code is None:
            return
        has_gone = error is None or error.sent is not Sent.NOT_SENT
        for user in users:
            user.attempts = max(user.attempts, user.earlier_attempts + job.attempt)
            if has_gone and user.loss is not None and self._policy.on_unknown == "resend":
                user.maybe_duplicated = True

    def _leave(self, job: Job, users: list[User], done: Collection[UserResult] = ()) -> None:
        """Ends a request for its users: a user is done when none of the user's requests is left."""
        for user in users:
            user.jobs.discard(job)
        self._write(users, done)
        self.results.extend(done)
        self.results.extend(user.result() for user in users if not user.jobs)

    def _look_up(self, user_ids: Iterable[str]) -> dict[str, Record]:
        if self._journal is None:
            return {}
        records: dict[str, Record] = {}
        remaining = iter(user_ids)
        while some := list(islice(remaining, MAX_USERS)):
            records.update(self._journal.look_up(some))
        return records

    def _mark(self, user_ids: Collection[str]) -> None:
        """Writes that users are in flight of whom nothing else is known."""
        if self._journal is None or self.fault is not None:
            return
        try:
            self._journal.mark_in_flight(user_ids)
        except JournalError as error:
            self.fault = error

    def _write(self, users: Collection[User], done: Collection[UserResult] = ()) -> None:
        if self._journal is None or self.fault is not None:
            return
        try:
            self._journal.write([_record(user) for user in users], done)
        except JournalError as error:
            self.fault = error


def _jobs(whole: list[User], targets: list[tuple[str, User]], attempt: int) -> list[Job]:
    """Requests for users as a whole, and for single endpoints of users."""
    return [*([UsersJob.of(whole, attempt)] if whole else []), *endpoint_jobs(targets, attempt)]


def _join(job: Job) -> None:
    """Makes a request known to its users."""
    for user in job.users:
        user.jobs.add(job)


def _record(user: User) -> Record:
    """What a later run is to know of a user: what is under way is lost unless this run hears of it."""
    lost = user.lost
    for job in user.jobs:
        if job.is_out:
            lost = lost.union(job.asks(user))
    if None in lost:
        return Record(user.user_id, user.attempts, _NO_RESULTS, _WHOLE_USER, user.maybe_duplicated)
    known: Mapping[str, EndpointMessageResult] = user.endpoints
    if lost:
        known = {endpoint_id: result for endpoint_id, result in known.items() if endpoint_id not in lost}
    return Record(user.user_id, user.attempts, known, frozenset(lost), user.maybe_duplicated)


def _as_left(record: Record, configuration: EndpointSendConfiguration) -> User:
    """A user as an earlier run left things."""
    loss = None
    if record.unknown or record.maybe_duplicated:
        loss = InFlightError("an earlier run with this journal did not learn what became of it; the message may have been sent")
    return User(
        record.user_id,
        configuration,
        attempts=record.attempts,
        earlier_attempts=record.attempts,
        endpoints=dict(record.endpoints),
        lost=set(record.unknown),
        loss=loss,
        maybe_duplicated=record.maybe_duplicated,
    )
