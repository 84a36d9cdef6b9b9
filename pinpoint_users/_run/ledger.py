"""What is known of a run's users, and what of them is to go out. Nothing here waits or does anything: it is told, and tells.

With a journal, what is known outlives the process. What is to be written there gathers until `take_unwritten`, and results come
out when it has been written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job, Reading, Readings, User
from pinpoint_users._routes.base import Router
from pinpoint_users._run.admission import Admission, next_choice
from pinpoint_users._run.earlier import result_of
from pinpoint_users._run.retry import RetryPolicy, is_retryable, retry_targets
from pinpoint_users.enums import Outcome, Sent
from pinpoint_users.errors import InHandError, PayloadTooLargeError, PinpointUsersError, ThrottledError
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.user_result import Packed, SharedResult, UserResult

if TYPE_CHECKING:
    from pinpoint_users.endpoints import Endpoint

_IN_HAND = "another worker with this journal has this user in hand, and may have sent the message, or may yet"

Answer: TypeAlias = Readings | PinpointUsersError
"""What a request came to: what the answer says of each user, or why there is none."""


@attrs.frozen(eq=False, repr=False)
class Persist:
    """What is to be written to the journal."""

    records: list[Record]
    """What is known of users."""
    done: list[UserResult]
    """The results of others, who got the message and of whom nothing more is kept."""
    packed: dict[str, str]
    """The same, packed, of further users."""
    new: list[str]
    """Users, by ID, who go out and of whom nothing else is known."""
    beginning: list[Job]
    """The requests that go out once it is written."""
    results: list[UserResult]
    """The results that come out once it is written, `done` among them; so does `packed`."""


class Ledger:
    """The users of a run.

    Args:
        policy: What goes again.
        admission: What of users goes out who come up for the first time.
        router: Makes the requests for what goes again.
        has_journal: Whether there is a journal to write to.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        admission: Admission,
        router: Router,
        *,
        has_journal: bool,
    ) -> None:
        self.results: list[UserResult] = []
        """Results that have come out and that nobody has taken yet."""
        self.packed: list[Mapping[str, Packed]] = []
        """The same, by user ID, of users whose results are packed; one may have come several times."""
        self.to_begin: int = 0
        """How many requests are to go out once the journal has them."""
        self._beginning: list[Job] = []
        self._changed: dict[User, None] = {}
        self._done: list[UserResult] = []
        self._unwritten_packed: dict[str, str] = {}
        self._unwritten_results: list[UserResult] = []
        self._policy = policy
        self._admission = admission
        self._router = router
        self._has_journal = has_journal

    def admit(
        self,
        batch: dict[str, EndpointSendConfiguration],
        records: Mapping[str, Record],
        endpoints: Mapping[str, Sequence[Endpoint]],
    ) -> list[Job]:
        """The requests for users who come up for the first time; none for those who are done already.

        Args:
            batch: At most 100 users; those who go out as they are stay in it.
            records: What the journal knows of them.
            endpoints: What the directory knows of them.
        """
        finished, jobs = self._admission.admit(batch, records, endpoints)
        self._finish(finished)
        for job in jobs:
            if not job.unrecorded:
                _join(job)
        return jobs

    def is_unfinished(self, record: Record) -> bool:
        """Whether something of a user is still to go, by what the journal knows."""
        return self._admission.is_unfinished(record)

    def begin(self, job: Job) -> None:
        """Notes that a request is about to go out."""
        job.is_in_flight = True
        if self._has_journal:
            self._beginning.append(job)
            self.to_begin += 1
            if not job.unrecorded:
                self._changed.update(dict.fromkeys(job.users))

    def handle_response(self, job: Job, answer: Answer) -> list[Job]:
        """Keeps what a request came to.

        Returns:
            The requests that are to follow: for what goes again, or its halves if it was too large.
        """
        job.is_in_flight = False
        done: Mapping[str, UserResult] = {}
        if isinstance(answer, PinpointUsersError):
            users = job.users
            self._count(job, users, answer)
            again = self._after_error(job, answer)
        else:
            users, done = [reading.user for reading in answer.others], answer.done
            if self._has_journal:
                self._unwritten_packed.update(answer.packed)
            else:
                self.hand_out([], answer.packed)
            self._count(job, users)
            again = self._after_answer(job, answer.others)
        for follower in again:
            _join(follower)
        _leave(job, users)
        again += self._after_all(users)
        if done:
            self._release(done.values(), is_recorded=False)
            job.let_go(done)
        self._finish(users)
        return again

    def record_not_attempted(self, job: Job, reason: PinpointUsersError) -> None:
        """Ends a request that is not in flight and will not go out any more."""
        job.is_in_flight = False
        users = job.users
        for user in users:
            user.error = reason
        _leave(job, users)
        self._finish(users)

    def turn_away(self, user_ids: Iterable[str], records: Mapping[str, Record] | None, reason: PinpointUsersError) -> None:
        """Ends users who were in no request in this run; what earlier runs know of them stands.

        Args:
            user_ids: The users.
            records: What the journal knows of them; None if it can't be read, and so may know anything.
            reason: What they are told.
        """
        if records is None:
            self.hand_out([], dict.fromkeys(user_ids, SharedResult(Outcome.UNKNOWN, reason)))
            return
        not_sent, in_hand = SharedResult(Outcome.NOT_SENT, reason), SharedResult(Outcome.UNKNOWN, InHandError(_IN_HAND))
        results: list[UserResult] = []
        packed: dict[str, Packed] = {}
        for user_id in user_ids:
            record = records.get(user_id)
            if record is None or record.in_hand:
                packed[user_id] = not_sent if record is None else in_hand
            else:
                results.append(result_of(record, self._policy, reason=reason, takes_one=self._admission.takes_one))
        self.hand_out(results, packed)

    def hand_out(self, results: Collection[UserResult], packed: Mapping[str, Packed]) -> None:
        """Lets results come out, those of some by user ID and packed."""
        self.results += results
        if packed:
            self.packed.append(packed)

    @property
    def has_unwritten(self) -> bool:
        """Whether there is something to write."""
        return bool(self._beginning or self._changed or self._done or self._unwritten_packed)

    def take_unwritten(self) -> Persist | None:
        """What is to be written now; None if there is nothing."""
        if not self.has_unwritten:
            return None
        new = [user_id for job in self._beginning for user_id in job.unrecorded]
        records = [user.record() for user in self._changed]
        persist = Persist(records, self._done, self._unwritten_packed, new, self._beginning, self._unwritten_results)
        self._beginning, self._changed, self._done, self._unwritten_packed, self._unwritten_results = [], {}, [], {}, []
        return persist

    def come_out(self, persist: Persist) -> None:
        """Lets results out that were to be written."""
        self.to_begin -= len(persist.beginning)
        self.hand_out(persist.results, persist.packed)

    def leave_unwritten(self, persist: Persist, reason: PinpointUsersError) -> None:
        """Ends what was to go out once it is written, and isn't; results come out all the same."""
        for job in persist.beginning:
            self.record_not_attempted(job, reason)
        self.come_out(persist)

    def _after_answer(self, job: Job, readings: list[Reading]) -> list[Job]:
        whole: list[User] = []
        endpoints: list[tuple[str, User]] = []
        for reading in readings:
            user = reading.user
            user.observe(reading, job.targets_of(user))
            if job.attempt < self._policy.max_attempts:
                targets = retry_targets(self._policy, reading.endpoints, reading.unknown)
                if None in targets:
                    whole.append(user)
                endpoints += [(endpoint_id, user) for endpoint_id in targets if endpoint_id is not None]
        return self._router.attempts(whole, endpoints, job.attempt + 1)

    def _after_all(self, users: list[User]) -> list[Job]:
        """The requests for users of whom it is now certain that nothing was sent to them, and who have another way."""
        others = [user for user in users if user.later and not user.jobs]
        jobs = self._router.attempts([], [(key, user) for user in others for key in next_choice(user)], 1) if others else []
        for job in jobs:
            _join(job)
        return jobs

    def _after_error(self, job: Job, error: PinpointUsersError) -> list[Job]:
        is_unknown = error.sent is not Sent.NOT_SENT
        is_divided = isinstance(error, PayloadTooLargeError) or job.narrows(error)
        halves = job.halves() if is_divided and not is_unknown else []
        if halves:
            return halves
        if is_unknown:
            for user in job.users:
                user.mark_unknown(job.targets_of(user), error)
        may_go = is_retryable(error) or (is_unknown and self._policy.on_unknown == "resend")
        if may_go and job.attempt < self._policy.max_attempts:
            return [job.again()]
        for user in job.users:
            user.error = error
            if user.later and isinstance(error, ThrottledError):
                user.note_throttled(job.targets_of(user), error)
        return []

    def _count(self, job: Job, users: list[User], error: PinpointUsersError | None = None) -> None:
        """Counts the attempt, unless the request never left, and notes where it may have been one too many."""
        if isinstance(error, PayloadTooLargeError) and error.status_code is None:
            return
        has_gone = error is None or error.sent is not Sent.NOT_SENT
        for user in users:
            user.attempts = max(user.attempts, user.earlier_attempts + job.attempt)
            if has_gone and user.unknown_cause is not None and self._policy.on_unknown == "resend":
                user.maybe_duplicated = True

    def _finish(self, users: list[User]) -> None:
        """Gives the results of those users who are done: who are in no request any more."""
        if self._has_journal:
            self._changed.update(dict.fromkeys(users))
        self._release([user.result() for user in users if not user.jobs])

    def _release(self, results: Collection[UserResult], *, is_recorded: bool = True) -> None:
        if not self._has_journal:
            self.results += results
            return
        self._unwritten_results += results
        if not is_recorded:
            self._done += results


def _join(job: Job) -> None:
    """Makes a request known to its users."""
    alone = (job,)  # one for all of its users, most of whom are in no other
    for user in job.users:
        user.jobs = (*user.jobs, job) if user.jobs else alone


def _leave(job: Job, users: list[User]) -> None:
    """Takes a request from its users."""
    for user in users:
        user.jobs = tuple(other for other in user.jobs if other is not job)
