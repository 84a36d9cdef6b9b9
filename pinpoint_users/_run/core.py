"""The engine of a run: it is told what happened, and says what to do next. It does nothing itself.

There is no lock, thread, clock, randomness, file or socket in here: a driver reads users, asks the journal, waits and sends,
one step at a time, as `next` says, and tells what came of it. Two rules make what is promised. A request goes out only after
the journal, where there is one, has acknowledged that it does: so nothing goes out twice, whenever the process ends. And each
user that was fed comes out once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job
from pinpoint_users._run.actions import Action, Done, Lookup, Read, Send, Wait
from pinpoint_users._run.in_flight import InFlight
from pinpoint_users._run.intake import Intake
from pinpoint_users._run.journal_waits import JournalWaits
from pinpoint_users._run.lanes import NEVER, Lanes
from pinpoint_users._run.ledger import Answer, Ledger, Persist
from pinpoint_users._run.seen import Seen
from pinpoint_users.errors import DeadlineExceededError, JournalError, PinpointUsersError, StalledError, StoppedError
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.report import SendReport, UserResults
from pinpoint_users.user_result import Packed, UserResult

if TYPE_CHECKING:
    from pinpoint_users.endpoints import Endpoint

_STALLED = "nothing got through for so long that the run gave up; what had not gone out was not sent"


class RunCore:
    """One message on its way to its users.

    Args:
        ledger: What is known of the users.
        lanes: The requests that wait, and when they may go.
        has_journal: Whether a journal is to be asked and written.
        has_directory: Whether a directory is to be asked for users' endpoints.
        deduplicates: Whether a user ID that comes again is passed over and kept in `duplicates`, for which all IDs are kept;
            with a journal it is passed over in any case, and the journal keeps the IDs.
        keeps_results: Whether results are kept for `report`, which takes that the run deduplicates; otherwise `take_results`
            gives them.
        reads_to_end: Whether a run that is stopped still reads all users, to tell them so.
        timeout: Seconds after which a request without an answer is given up.
        ends_at: The run's deadline.
        journal_patience: Seconds for which the journal is waited for once the run is to end at once.
    """

    def __init__(
        self,
        ledger: Ledger,
        lanes: Lanes,
        *,
        has_journal: bool = False,
        has_directory: bool = False,
        deduplicates: bool = False,
        keeps_results: bool = False,
        reads_to_end: bool = False,
        timeout: float = NEVER,
        ends_at: float = NEVER,
        journal_patience: float = NEVER,
    ) -> None:
        self.stopped_by: PinpointUsersError | None = None
        """Why no further request goes out."""
        self.request_ids: list[str] = []
        """The service's IDs of the requests that it has answered."""
        self._gave_up = False
        self._ledger = ledger
        self._lanes = lanes
        self._has_journal = has_journal
        self._has_directory = has_directory
        self._looks_up = has_journal or has_directory
        self._intake = Intake(
            tells_apart=deduplicates or has_journal,
            forgets=has_journal and not deduplicates,
            has_journal=has_journal,
            joins=has_journal and not has_directory,  # a directory takes a request's users at a time
        )
        self.seen: Seen = self._intake.seen
        """All users who have come."""
        self._keeps_results = keeps_results
        self._reads_to_end = reads_to_end
        self.ends_at = ends_at
        self._beginning: deque[Job] = deque()  # in the journal, and to go out now
        self._waits = JournalWaits(ledger, journal_patience)
        self._in_flight = InFlight(timeout)

    # --- what is told

    def feed(self, entries: list[Any], *, end: bool) -> None:
        """Users from the caller, as they come.

        Args:
            entries: User IDs or pairs of an ID and what the user has of its own.
            end: Whether there are no more.
        """
        fault = self._intake.feed(entries, end=end)
        if fault is not None:
            self.stop(fault)

    def add(self, job: Job, at: float) -> None:
        """A request that is ready as it is, and may go at this time.

        Args:
            job: The request.
            at: The time in seconds.
        """
        self._lanes.add(job, at)

    def found(
        self, lookup: Lookup, records: Mapping[str, Record], endpoints: Mapping[str, Sequence[Endpoint]], now: float
    ) -> bool:
        """What the journal and the directory know of users; those whom they don't know are left out.

        Returns:
            False if it was given up meanwhile, and nothing was kept of it.
        """
        batches = self._intake.found(lookup, records, now, holds=self.stopped_by is None)
        for batch in batches or ():
            if self.stopped_by is not None:
                self._gave_up = True
                self._ledger.turn_away(batch, records, self.stopped_by)
            else:
                self._admit(batch, records, endpoints, now)
        return batches is not None

    def not_found(self, lookup: Lookup, error: PinpointUsersError, records: Mapping[str, Record] | None = None) -> bool:
        """The journal can't be read, or, where that has given its records, the directory.

        Returns:
            False if it was given up meanwhile.
        """
        if not self._intake.come_back(lookup):
            return False
        self.stop(error)
        self._turn_away(lookup, error, records)
        return True

    def _turn_away(self, lookup: Lookup, reason: PinpointUsersError, records: Mapping[str, Record] | None) -> None:
        self._gave_up = True
        if records is not None:
            self._intake.pass_over(lookup.batch, records)
        self._ledger.turn_away(lookup.batch, records, reason)

    def unfinished(self, lookup: Lookup, records: Mapping[str, Record]) -> list[str]:
        """What the journal knows of users. May be told at any time.

        Returns:
            Those whose endpoints are to be known; none where the run has stopped.
        """
        lookup.records = records  # before the run is looked at: a run that stops looks for these after it has
        if self.stopped_by is not None:
            return []
        known = records.items()
        finished = {user_id for user_id, record in known if record.in_hand or not self._ledger.is_unfinished(record)}
        return [user_id for user_id in lookup.batch if user_id not in finished]

    def persisted(self, persist: Persist, error: JournalError | None = None) -> bool:
        """The journal has it, or can't be written any longer: then what was to go out doesn't.

        Returns:
            False if it was given up meanwhile.
        """
        if not self._waits.come_back(persist):
            return False
        if error is None:
            self._beginning.extend(persist.beginning)
            self.seen.forget(result.user_id for result in persist.results)
            self.seen.forget(persist.packed)
            self._ledger.come_out(persist)
        else:
            self.stop(error)
            self._gave_up = True
            self._ledger.leave_unwritten(persist, error)
        return True

    def answered(self, job: Job, answer: Answer, now: float) -> bool:
        """What a request came to.

        Returns:
            False if it was given up meanwhile, and nothing was kept of the answer.
        """
        if not self._in_flight.remove(job):
            return False
        self._lanes.observe_response(job, answer, now)
        again = self._ledger.handle_response(job, answer)
        if again and isinstance(answer, PinpointUsersError) and job.narrows(answer):
            for follower in again:
                self._lanes.add_first(follower)
        elif again:
            due = self._lanes.again_at(job, answer, now)
            for follower in again:
                self.add(follower, due)
        if not isinstance(answer, PinpointUsersError) and answer.request_id is not None:
            self.request_ids.append(answer.request_id)
        if self._lanes.is_stalled(job, now) and (self._has_work or not self._intake.has_ended):
            self._lanes.close(job, StalledError(_STALLED))
        if self._lanes.are_closed:
            self.stop(self._lanes.closed_by[0])
        return True

    def expired(self, now: float, *, at_once: bool = False) -> tuple[int, int]:
        """Time has passed: stops at the deadline, and gives up what is overdue. To be told before `next` is asked.

        Args:
            now: The time in seconds, by the transport's clock.
            at_once: Whether all that is out is given up, as at the deadline; what a journal was asked or told, after a while.

        Returns:
            How many requests were given up, and how much else.
        """
        if now >= self.ends_at:
            self.stop(DeadlineExceededError("the run's deadline has passed; what had not gone out was not sent"))
            at_once = True
        given_up = self._give_up_stores(self.stopped_by, now) if at_once and self.stopped_by is not None else 0
        return self._give_up_requests(now, at_once=at_once), given_up

    def _give_up_stores(self, reason: PinpointUsersError, now: float) -> int:
        """A directory is whose it is, and may take any time; the journal alone is waited for, with patience."""
        has_given_up = self._waits.give_up(self._intake.first_unread, now, reason)
        lookups = self._intake.give_up(are_read=not self._waits.has_given_up)
        for lookup in lookups:
            self._turn_away(lookup, reason, lookup.records)
        self._gave_up = self._gave_up or has_given_up
        return len(lookups) + has_given_up

    def _give_up_requests(self, now: float, *, at_once: bool) -> int:
        overdue = self._in_flight.overdue(now, at_once=at_once)
        for job, error in overdue:
            self.answered(job, error, now)
            self._gave_up = self._gave_up or at_once
        return len(overdue)

    def postpone(self, seconds: float) -> None:
        """Gives the requests in flight so many seconds more."""
        self._in_flight.postpone(seconds)

    def stop(self, reason: PinpointUsersError) -> None:
        """Lets no further request out; those in flight are finished, and users whose turn hasn't come are told the reason."""
        if self.stopped_by is None:
            self.stopped_by = reason

    @property
    def cut_short_by(self) -> PinpointUsersError | None:
        """Why the run, or a way out of it, couldn't go on, or not every user's turn had come; None if it doesn't matter."""
        is_harmless = isinstance(self.stopped_by, (DeadlineExceededError, StalledError, StoppedError))
        if self.stopped_by is not None and not (is_harmless and self._intake.has_ended and not self._gave_up):
            return self.stopped_by
        return self._lanes.cut_short_by

    # --- what is to be done

    def next(self, now: float, *, free: int = 1) -> Action:
        """What is to be done now.

        Args:
            now: The time in seconds, by the transport's clock.
            free: How many requests may go out besides those in flight.
        """
        action = self._next(now, free)
        if self._keeps_results:
            for result in self.take_results():
                self.seen.results[result.user_id] = result
            for packed in self.take_packed():
                self.seen.results.update(packed)
        return action

    def _next(self, now: float, free: int) -> Action:
        if self.stopped_by is not None:
            return self._wind_up(self.stopped_by)
        if self._beginning and free > 0:
            return self._send(self._beginning.popleft(), now)
        action = self._begin(now, free)
        left = self._left_of(free)
        return action or self._persist() or self._intake.read(left) or self._end() or Wait(self._until(now, left))

    def until(self, now: float, *, free: int) -> float:
        """When something is to be done besides what `next` said last, if nothing is told meanwhile; it may be less."""
        if self.stopped_by is not None or (self._beginning and free > 0) or self._can_go_on:
            return now
        return self._until(now, self._left_of(free))

    def read_ahead(self) -> Read | None:
        """Users to be read while a request is out, if there are none yet for the next one."""
        return self._intake.read()

    @property
    def waits_for_look_up(self) -> bool:
        """Whether no users are taken in until a look-up has come back. May be asked at any time."""
        return self._intake.waits

    @property
    def has_results(self) -> bool:
        """Whether results have come out that nobody has taken yet."""
        return bool(self._ledger.results or self._ledger.packed)

    def take_results(self) -> list[UserResult]:
        """The results that have come out since they were last taken."""
        results, self._ledger.results = self._ledger.results, []
        return results

    def take_packed(self) -> list[Mapping[str, Packed]]:
        """The same of users whose results are packed."""
        packed, self._ledger.packed = self._ledger.packed, []
        return packed

    def report(self) -> SendReport:
        """What is known of each user, in the order in which they were fed. To be asked when all is done."""
        users = {user_id: result for user_id, result in self.seen.results.items() if result is not None}
        return SendReport(users=UserResults(users), request_ids=self.request_ids, duplicates=self.seen.duplicates)

    @property
    def _has_work(self) -> bool:
        """Whether there are users whose turn hasn't come."""
        return bool(self._intake or self._lanes)

    def _begin(self, now: float, free: int) -> Action | None:
        """Puts what has waited longest on its way, and what is new, with a journal all at once; None if no more may go now."""
        for closed, reason in self._lanes.take_closed():
            self._ledger.record_not_attempted(closed, reason)
        if self._intake.held.until <= now:
            self._intake.ask_again()
        while (left := self._left_of(free)) > 0:
            if (job := self._lanes.take(now)) is not None:
                self._ledger.begin(job)  # those that are written together go out together
                if not self._has_journal:
                    return self._send(job, now)
            elif not self._intake or self._intake.waits or self._admits_at(now) > now:
                break
            elif self._looks_up:
                return self._persist() or self._intake.look_up(left, claims=True)
            else:
                self._admit(self._intake.take(), {}, {}, now)
        return None

    def _send(self, job: Job, now: float) -> Send:
        self._in_flight.add(job, now)
        return Send(job)

    def _left_of(self, free: int) -> int:
        """How many requests may begin besides those that are on their way to going out."""
        return free - len(self._beginning) - self._ledger.to_begin - self._intake.requests_looked_up

    @property
    def _can_go_on(self) -> bool:
        """Whether there is something to do at once, whatever may go out."""
        return (self._has_journal and self._waits.is_due) or self._end() is not None

    def _persist(self) -> Persist | None:
        return self._waits.write(self.stopped_by) if self._has_journal else None

    def _end(self) -> Done | None:
        is_over = self._intake.has_ended or (self.stopped_by is not None and not self._reads_to_end)
        is_begun = self._waits.is_writing or self._beginning or self._ledger.to_begin
        is_out = is_begun or self._in_flight or self._intake.is_waiting
        return Done() if is_over and not is_out and not self._has_work else None

    def _admit(
        self,
        batch: dict[str, EndpointSendConfiguration],
        records: Mapping[str, Record],
        endpoints: Mapping[str, Sequence[Endpoint]],
        now: float,
    ) -> None:
        for job in self._ledger.admit(batch, records, endpoints):
            self.add(job, now)

    def _wind_up(self, reason: PinpointUsersError) -> Action:
        """What a run that is stopped still has to do."""
        self._intake.ask_again()
        self._gave_up = self._gave_up or bool(self._beginning or self._has_work)
        while self._beginning:
            self._ledger.record_not_attempted(self._beginning.popleft(), reason)
        for job in self._lanes.drain():
            self._ledger.record_not_attempted(job, reason)
        is_asked = self._has_journal and not self._waits.has_given_up
        if self._intake and is_asked and not self._intake.waits:
            return self._intake.look_up(claims=False)
        while self._intake and not is_asked:
            self._ledger.turn_away(self._intake.take(), None if self._has_journal else {}, reason)
        more = self._intake.read() if self._reads_to_end else None
        return self._persist() or more or self._end() or Wait(min(self._in_flight.until, self._waits.until))

    def _until(self, now: float, free: int) -> float:
        """When there is something to do besides taking in what is told."""
        times = [self.ends_at, self._in_flight.until]
        if free > 0 and (self._has_work or self._intake.held):
            times += [self._lanes.due_at(now), self._intake.held.until]
            if self._intake and not self._intake.waits:
                times.append(self._admits_at(now))
        return min(times)

    def _admits_at(self, now: float) -> float:
        """When further users may be taken in; those who are waited for come before all others."""
        held = self._intake.held
        return held.until if held.are_many else self._lanes.admits_at(now)
