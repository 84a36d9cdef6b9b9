"""The users of a run and the requests that carry them: what is known of each, whatever the way out."""

from __future__ import annotations

import abc
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users._journal.record import Record
from pinpoint_users._packed import endpoint_count
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._transport.base import Operation
from pinpoint_users._transport.departure import Departure
from pinpoint_users.enums import DeliveryStatus, Outcome, Sent
from pinpoint_users.errors import (
    BadRequestError,
    ConfigurationError,
    InFlightError,
    PinpointUsersError,
    RequestError,
    ThrottledError,
    UnreadableResponseError,
)
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import UserResult, has_doubt, outcome_of, quick_result

_NOT_SENT = frozenset({Outcome.FAILED, Outcome.THROTTLED, Outcome.NOT_SENT})
"""The outcomes that say that no endpoint got the message."""
_THROTTLED = DeliveryStatus.THROTTLED
_CERTAINLY_NOT_SENT = frozenset(
    status for status in DeliveryStatus if status.sent is Sent.NOT_SENT and status is not DeliveryStatus.DUPLICATE
)
"""The statuses that say for certain that an endpoint got nothing and won't."""


@attrs.define(eq=False, repr=False)  # not frozen, as there is one for each user
class Plan:
    """What of a user's endpoints from a directory is to go."""

    targets: Mapping[str, Any]
    """What the router keeps of each endpoint that is to be sent to, by the endpoint's ID."""
    results: Mapping[str, EndpointMessageResult] = FrozenDict()
    """The endpoints of which it is known before a send that they get nothing."""


@attrs.define(eq=False, repr=False)
class User:
    """One user of a run, and what is known of the user so far."""

    user_id: str
    own: Any = None
    """What the user has of its own, in AWS's shape."""
    attempts: int = 0
    endpoints: Mapping[str, EndpointMessageResult] = FrozenDict()
    error: PinpointUsersError | None = None
    """Why something was not sent."""
    unknown: frozenset[str | None] = frozenset()
    """What may have been sent or not: endpoint IDs, or None for the user as a whole."""
    unknown_cause: PinpointUsersError | None = None
    """Why something was unknown, even if it was sent again since: it may have arrived the first time."""
    maybe_duplicated: bool = False
    earlier_attempts: int = 0
    """How many attempts were made in earlier runs with the same journal."""
    jobs: tuple[Job, ...] = ()
    """The requests that are to say more of the user; with none left, the user is done."""
    targets: Mapping[str, Any] = FrozenDict()
    """With a directory: what the router keeps of each endpoint that is to be sent to, by the endpoint's ID."""
    later: Sequence[Plan] = ()
    """What is to go if nothing of all that was tried before was sent."""
    takes_one: bool = False
    """Whether the user is to get the message by one channel of several, so that others don't matter once one got it."""

    @classmethod
    def of(cls, record: Record, own: Any) -> User:
        """A user as an earlier run with the same journal left things."""
        cause: PinpointUsersError | None = None
        if record.unknown or record.maybe_duplicated:
            cause = InFlightError("no run with this journal has learned yet what became of it; the message may have been sent")
        user = cls(
            record.user_id,
            own,
            attempts=record.attempts,
            earlier_attempts=record.attempts,
            endpoints=record.endpoints,
            unknown=record.unknown,
            unknown_cause=cause,
            maybe_duplicated=record.maybe_duplicated,
            targets=dict.fromkeys(record.pending),
        )
        user._note_statuses(record.endpoints)
        return user

    def follow(self, plan: Plan) -> None:
        """Takes in what is to go; what is known of endpoints stays."""
        self.targets = {**self.targets, **plan.targets} if self.targets else plan.targets
        if plan.results:
            new = {key: result for key, result in plan.results.items() if key not in self.endpoints}
            self.endpoints = {**self.endpoints, **new}

    @property
    def pending(self) -> list[str]:
        """The endpoints that are to be sent to, and of which nothing is known."""
        if not self.targets or None in self.unknown:
            return []
        return [key for key in self.targets if key not in self.endpoints and key not in self.unknown]

    @property
    def is_new(self) -> bool:
        """Whether nothing is known of the user, who is in one request."""
        return (
            len(self.jobs) == 1
            and not self.endpoints
            and not self.unknown
            and self.unknown_cause is None
            and self.error is None
        )

    @property
    def was_certainly_not_sent_to(self) -> bool:
        """Whether it is certain that no endpoint tried so far got anything, or will."""
        statuses = {result.delivery_status for result in self.endpoints.values()}
        if len(statuses) > 1:
            statuses.discard(DeliveryStatus.DUPLICATE)  # what became of the address, the others tell
        return self.unknown_cause is None and not self.unknown and not self.pending and statuses <= _CERTAINLY_NOT_SENT

    @property
    def doubtful(self) -> set[str | None]:
        """What got it, or may have: endpoint IDs, or None for the user as a whole."""
        neither = _CERTAINLY_NOT_SENT | {DeliveryStatus.DUPLICATE}
        return {*self.unknown, *(key for key, result in self.endpoints.items() if result.delivery_status not in neither)}

    def mark_unknown(self, what: Iterable[str | None], cause: PinpointUsersError) -> None:
        """Keeps that something may have been sent or not."""
        self.unknown = self.unknown.union(what)
        self.unknown_cause = self.unknown_cause or cause

    def observe(self, reading: Reading, targets: Iterable[str | None]) -> None:
        """Keeps what an answer says of its targets: endpoint IDs, or None for the user as a whole."""
        if self.unknown:
            self.unknown = frozenset() if None in targets else self.unknown.difference(targets)
        self.endpoints = {**self.endpoints, **reading.endpoints}
        if reading.error is not None:
            self.mark_unknown(reading.unknown, reading.error)
        self._note_statuses(reading.endpoints)

    def _note_statuses(self, endpoints: Mapping[str, EndpointMessageResult]) -> None:
        """A status that nobody knows may mean that the message was sent."""
        for endpoint_id, result in endpoints.items():
            if result.delivery_status is not DeliveryStatus.SUCCESSFUL and result.delivery_status.is_unknown:
                self.unknown_cause = UnreadableResponseError(
                    f"the answer's {endpoint_id!r} has the status {result.delivery_status}, which isn't known; "
                    "the message may have been sent all the same"
                )

    @property
    def _has_only_succeeded(self) -> bool:
        """Whether every endpoint got it, and nothing was ever in doubt: most users."""
        if self.error is not None or self.unknown_cause is not None or not self.endpoints or self.unknown:
            return False
        statuses = [result.delivery_status for result in self.endpoints.values()]
        return statuses.count(DeliveryStatus.SUCCESSFUL) == len(statuses) and not self.pending and not self.maybe_duplicated

    def note_throttled(self, what: Iterable[str | None], error: ThrottledError) -> None:
        """Keeps that endpoints were throttled to the end by requests that were refused as a whole."""
        result = EndpointMessageResult(
            delivery_status=DeliveryStatus.THROTTLED, status_code=error.status_code or 429, status_message=str(error)
        )
        self.endpoints = {**self.endpoints, **{key: result for key in what if key is not None}}

    def record(self) -> Record:
        """What a later run is to know: what is in flight is unknown unless this run learns of it."""
        unknown, maybe_duplicated = self.unknown, self.maybe_duplicated
        for job in self.jobs:
            if job.is_in_flight:
                targets = job.targets_of(self)
                unknown = unknown.union(targets)
                maybe_duplicated = maybe_duplicated or any(map(self._may_have, targets))
        if None in unknown:
            whole = frozenset({None})
            return Record(
                self.user_id, self.attempts, unknown=whole, maybe_duplicated=maybe_duplicated, in_hand=bool(self.jobs)
            )
        known = {endpoint_id: result for endpoint_id, result in self.endpoints.items() if endpoint_id not in unknown}
        pending = frozenset(self.pending).difference(unknown)
        in_hand = bool(self.jobs)
        return Record(self.user_id, self.attempts, known, frozenset(unknown), maybe_duplicated, pending, in_hand=in_hand)

    def _may_have(self, target: str | None) -> bool:
        """Whether what is in flight to a target may have been sent there before."""
        if target is None or None in self.unknown:
            return self.unknown_cause is not None
        known = self.endpoints.get(target)
        return target in self.unknown or (known is not None and known.delivery_status.is_unknown)

    def result(self) -> UserResult:
        """What became of the message for this user. What was unknown once is never said to have not been sent."""
        if self._has_only_succeeded:
            return quick_result(self.user_id, FrozenDict(self.endpoints), self.attempts)
        # What came before something unknown isn't the last that happened there.
        known = {} if None in self.unknown else self.endpoints
        endpoints = {key: result for key, result in known.items() if key not in self.unknown}
        outcome = Outcome.UNKNOWN if self.unknown else outcome_of(endpoints)
        if self.unknown_cause is not None and outcome in _NOT_SENT:
            outcome = Outcome.UNKNOWN
        elif outcome is Outcome.SUCCESSFUL and self.pending:
            outcome = Outcome.PARTIAL
        elif outcome is Outcome.FAILED and self.pending and not has_doubt(endpoints):
            outcome = Outcome.NOT_SENT
        elif outcome is Outcome.PARTIAL and self.takes_one:
            outcome = Outcome.SUCCESSFUL
        return UserResult(
            user_id=self.user_id,
            outcome=outcome,
            endpoints=FrozenDict(endpoints),
            attempts=self.attempts,
            error=(self.unknown_cause or self.error) if outcome is Outcome.UNKNOWN else self.error,
            maybe_duplicated=self.maybe_duplicated,
        )


@attrs.define(eq=False, repr=False)  # likewise
class Reading:
    """What an answer says of one user."""

    user: User
    endpoints: dict[str, EndpointMessageResult]
    """The results that could be read."""
    unknown: tuple[str | None, ...] = ()
    """Of what the request was for, that which the answer lacks, or which can't be read."""
    error: RequestError | None = None
    """Why."""


@attrs.frozen(eq=False, repr=False)
class Readings:
    """What an answer says of the users of a request."""

    others: list[Reading]
    done: Mapping[str, UserResult] = FrozenDict()
    """The users all of whose endpoints got the message at the first attempt; most users, so nothing more is kept of them."""
    request_id: str | None = None
    """The service's ID of the request."""
    packed: Mapping[str, str] = FrozenDict()
    """The same users as in `done`, in the form in which a report keeps them."""
    refusal: BadRequestError | None = None
    """The refusal of a request for a single recipient, of which it isn't known whether it is the recipient's fault."""
    closes: ConfigurationError | None = None
    """Why no further request is to go by the same way, whatever became of this one."""

    @property
    def is_through(self) -> bool:
        """Whether the service took anything."""
        return bool(self.done or self.packed) or any(status is not _THROTTLED for status in self._other_statuses())

    @property
    def throttled(self) -> int:
        """How many endpoints were throttled."""
        return list(self._other_statuses()).count(_THROTTLED)

    @property
    def throttled_share(self) -> float:
        """The share of the endpoints that were throttled."""
        throttled = self.throttled
        if not throttled:
            return 0.0
        delivered = sum(len(user.endpoints) for user in self.done.values()) + sum(map(endpoint_count, self.packed.values()))
        return throttled / (sum(1 for _ in self._other_statuses()) + delivered)

    def _other_statuses(self) -> Iterable[DeliveryStatus]:
        return (result.delivery_status for reading in self.others for result in reading.endpoints.values())


class Job(abc.ABC):
    """One request: whom it is for, its body, and how its answer is read."""

    operation: Operation
    attempt: int
    lane: str = ""
    """The name of the way out, whose requests wait for one another."""
    weight: int = 1
    """What it counts for in a rate of recipients or message parts."""
    is_in_flight: bool = False
    """Whether it is out, or is about to be."""
    sent_at: float = 0.0
    """When it went out."""
    departure: Departure
    """By what it is cancelled, from when it is handed over."""

    @property
    @abc.abstractmethod
    def users(self) -> list[User]:
        """The users, each once, of whom something is now to be known."""

    @property
    @abc.abstractmethod
    def user_count(self) -> int:
        """How many users it is for."""

    @property
    def unrecorded(self) -> Collection[str]:
        """The users, by ID, if nothing is known of any of them yet."""
        return ()

    @abc.abstractmethod
    def targets_of(self, user: User) -> Sequence[str | None]:
        """What it sends to of a user: endpoint IDs, or None for the user as a whole."""

    @abc.abstractmethod
    def body(self) -> bytes:
        """The body of the request.

        Raises:
            PayloadTooLargeError: It would be over 7 MB.
        """

    @abc.abstractmethod
    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """What the answer says of each user, who may be missing.

        Raises:
            UnreadableResponseError: It says nothing of any of them that could be read.
        """

    def explain(self, error: RequestError) -> Readings | RequestError:
        """What an error says of the recipients, where it is of them."""
        return error

    def let_go(self, done: Mapping[str, UserResult]) -> None:  # noqa: B027 - others' users don't keep them
        """Lets go of its users, of whom all is kept that its answer said.

        Args:
            done: The results of those of whom nothing more is to be known.
        """

    def narrows(self, error: PinpointUsersError) -> bool:  # noqa: ARG002 - others' requests need to know
        """Whether a refusal may be of one recipient, so that the others are to be sent to apart."""
        return False

    @abc.abstractmethod
    def again(self) -> Job:
        """The same request, as the next attempt."""

    @abc.abstractmethod
    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one recipient."""
