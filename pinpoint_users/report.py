"""What became of a run: an outcome for every user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, ValuesView
from functools import cached_property
from itertools import islice, starmap
from typing import Any, cast

import attrs

from pinpoint_users._misuse import NoCollection
from pinpoint_users._shapes.converters import counted
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.enums import FailureReason, FailureReasonName, Outcome, Sent
from pinpoint_users.errors import Fault, PinpointUsersError, ValidationError
from pinpoint_users.responses import SendUsersMessageResponse
from pinpoint_users.user_result import Kept, RenewedToken, RetiredEndpoint, UserResult, kept_outcome, unpacked

__all__ = [
    "RunInterrupted",
    "RunStoppedError",
    "SendReport",
    "UndeliveredError",
]

_SHOWN = 10
_SUCCESSFUL = Outcome.SUCCESSFUL
_OTHERS = tuple(outcome for outcome in Outcome if outcome is not _SUCCESSFUL)


class _Results(ValuesView[UserResult]):
    """The results of a report's users, without a search for each."""

    __slots__ = ("_kept",)

    def __init__(self, users: UserResults, kept: Mapping[str, Kept]) -> None:
        super().__init__(users)
        self._kept = kept

    def __iter__(self) -> Iterator[UserResult]:
        return starmap(unpacked, self._kept.items())


class UserResults(Mapping[str, UserResult]):
    """The users of a report: a read-only mapping that is equal to a dict of the same users.

    A packed result becomes an object when somebody takes it.

    Args:
        kept: Each user's result, which may be packed. It is not copied.
    """

    __slots__ = ("_kept",)

    def __init__(self, kept: Mapping[str, Kept]) -> None:
        self._kept = kept

    def __getitem__(self, user_id: str) -> UserResult:
        return unpacked(user_id, self._kept[user_id])

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._kept

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[UserResults], tuple[Mapping[str, Kept]]]:
        return type(self), (self._kept,)

    def values(self) -> ValuesView[UserResult]:
        """The results, each made as it is reached."""
        return _Results(self, self._kept)

    def outcomes(self) -> Iterator[Outcome]:
        """Each user's outcome."""
        return map(kept_outcome, self._kept.values())

    def sents(self) -> Iterator[Sent]:
        """Whether the message went out to each user."""
        return (Sent.SENT if isinstance(kept, str) else kept.sent for kept in self._kept.values())

    def with_outcome(self, *outcomes: Outcome) -> Iterator[UserResult]:
        """The users who came out with one of these outcomes."""
        return (unpacked(user_id, kept) for user_id, kept in self._kept.items() if kept_outcome(kept) in outcomes)

    def not_packed(self) -> Iterator[UserResult]:
        """The users who are kept as objects: no endpoint of the others is dead, was renewed or may have got it twice."""
        return (kept for kept in self._kept.values() if isinstance(kept, UserResult))


def _frozen_users(users: Mapping[str, UserResult]) -> UserResults:
    return users if isinstance(users, UserResults) else UserResults({**users})


def _strings(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True, repr=False)
class SendReport(NoCollection):
    """What became of a run: every user that was handed in, exactly once, in the order of the input."""

    users: Mapping[str, UserResult] = attrs.field(default=FrozenDict(), converter=_frozen_users)
    """Each user ID with what became of the message for that user."""
    request_ids: tuple[str, ...] = attrs.field(default=(), converter=_strings)
    """The services' IDs of the requests that they answered, by every way out; AWS Support asks for them."""
    duplicates: tuple[str, ...] = attrs.field(default=(), converter=_strings)
    """User IDs that were handed in again after their first time; the repetitions were not sent."""

    @property
    def _results(self) -> UserResults:
        """`users`, as the converter has made it."""
        return cast("UserResults", self.users)

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many users came out with each outcome, those without any included."""
        counts = dict.fromkeys(Outcome, 0)
        for outcome in self._results.outcomes():
            counts[outcome] += 1
        return counts

    @property
    def successful(self) -> tuple[UserResult, ...]:
        """The users all of whose endpoints got the message."""
        return tuple(self._results.with_outcome(Outcome.SUCCESSFUL))

    @property
    def partial(self) -> tuple[UserResult, ...]:
        """The users some of whose endpoints got the message."""
        return tuple(self._results.with_outcome(Outcome.PARTIAL))

    @property
    def throttled(self) -> tuple[UserResult, ...]:
        """The users who were still throttled at the last attempt; they can be sent to again later."""
        return tuple(self._results.with_outcome(Outcome.THROTTLED))

    @property
    def failed(self) -> tuple[UserResult, ...]:
        """The users none of whose endpoints got the message."""
        return tuple(self._results.with_outcome(Outcome.FAILED))

    @property
    def unknown(self) -> tuple[UserResult, ...]:
        """The users who may or may not have got the message."""
        return tuple(self._results.with_outcome(Outcome.UNKNOWN))

    @property
    def not_sent(self) -> tuple[UserResult, ...]:
        """The users to whom nothing was sent."""
        return tuple(self._results.with_outcome(Outcome.NOT_SENT))

    @property
    def maybe_duplicated(self) -> tuple[UserResult, ...]:
        """The users who may have got the message twice on an endpoint, whatever the outcome."""
        return tuple(user for user in self._results.not_packed() if user.maybe_duplicated)

    @property
    def retired(self) -> tuple[RetiredEndpoint, ...]:
        """The endpoints whose token is dead: what the address book should delete."""
        return tuple(endpoint for user in self._results.not_packed() for endpoint in user.retired)

    @property
    def renewed(self) -> tuple[RenewedToken, ...]:
        """The tokens that were updated: what the address book should store."""
        return tuple(token for user in self._results.not_packed() for token in user.renewed)

    def raise_for_failures(self, *, ignore: Collection[FailureReason | FailureReasonName] = ()) -> None:
        """Raises unless every endpoint of every user got the message.

        That the message has nothing for one of a user's channels is no failure where the user got it by another.

        Args:
            ignore: Reasons that are no failure here; a user with another reason beside them still is one. None by default.

        Raises:
            UndeliveredError: With this report, and the first users in its text.
            ValidationError: `ignore` has a word that isn't a reason.
        """
        if isinstance(ignore, str):
            raise ValidationError("raise_for_failures", [Fault("ignore", f"must be a collection: write [{ignore!r}]")])
        unknown = [word for word in ignore if word not in FailureReason.__members__]
        if unknown:
            allowed = ", ".join(FailureReason)
            faults = [Fault("ignore", f"{word!r} isn't a FailureReason; allowed: {allowed}") for word in unknown]
            raise ValidationError("raise_for_failures", faults)
        if any(not user.is_fine(ignore) for user in self._results.with_outcome(*_OTHERS)):
            raise UndeliveredError(str(self), self)

    def to_dict(self) -> dict[str, Any]:
        """This report for logs, ready for JSON, with addresses and tokens masked."""
        return {
            "counts": {str(outcome): count for outcome, count in self.counts.items()},
            "users": {user_id: user.to_dict() for user_id, user in self.users.items()},
            "request_ids": list(self.request_ids),
            "duplicates": list(self.duplicates),
        }

    def __str__(self) -> str:
        lines = [_counted(self), *(f"  {user}" for user in islice(self._results.with_outcome(*_OTHERS), _SHOWN))]
        more = len(self.users) - self.counts[_SUCCESSFUL] - _SHOWN
        if more > 0:
            lines.append(f"  … and {more:,} more that are not SUCCESSFUL")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<SendReport of {_counted(self)}>"


def _counted(report: SendReport) -> str:
    by_outcome = ", ".join(f"{count:,} {outcome}" for outcome, count in report.counts.items() if count)
    return counted(len(report.users), "user") + (f": {by_outcome}" if by_outcome else "")


def response_of(report: SendReport, application_id: str) -> SendUsersMessageResponse:
    """The answer of the operation, as if one request had done it all.

    Raises:
        PinpointUsersError: Nobody has a result.
    """
    results = {user_id: user.endpoints for user_id, user in report.users.items() if user.endpoints}
    error = next((user.error for user in report.users.values() if user.error is not None), None)
    if error is not None and not results:
        raise error
    request_id = next(iter(report.request_ids), None)
    return SendUsersMessageResponse(application_id=application_id, request_id=request_id, result=results)


def _sent_of(report: SendReport) -> Sent:
    """NOT_SENT or SENT if that is so of every user, else PERHAPS_SENT."""
    sents = cast("UserResults", report.users).sents()
    first = next(sents, Sent.NOT_SENT)
    return first if all(sent is first for sent in sents) else Sent.PERHAPS_SENT


class UndeliveredError(PinpointUsersError):
    """Some users did not get the message on all of their endpoints.

    `sent` is NOT_SENT or SENT if that is so of every user, else PERHAPS_SENT.

    Args:
        message: How many, which, and why.
        report: The whole run.
    """

    report: SendReport
    """The whole run."""

    def __init__(self, message: str, report: SendReport) -> None:
        super().__init__(message, report)
        self.report = report
        self.sent: Sent = _sent_of(report)

    def __str__(self) -> str:
        return str(self.args[0])


class RunStoppedError(PinpointUsersError):
    """A run ended before every user's turn had come.

    `sent` is NOT_SENT or SENT if that is so of every user, else PERHAPS_SENT.

    Args:
        report: What is known of each user that `send` was given, or that a stream had not yet handed out.
        reason: Why, which is also the `error` of the users whose turn hadn't come.

    Raises:
        TypeError: Text in the place of a report, as a result backend in JSON hands in, which then shows it as it is.
    """

    report: SendReport
    """What is known of each user that `send` was given, of an iterator those that were read; or of those that a stream had not
    yet handed out."""
    reason: PinpointUsersError
    """Why the run ended."""
    sent: Sent = cast("Sent", cached_property(lambda self: _sent_of(self.report)))  # when it is asked: many users take a while

    def __init__(self, report: SendReport, reason: PinpointUsersError) -> None:
        if isinstance(report, str):
            raise TypeError(f"the report of a RunStoppedError is a SendReport, not text: {report}")
        super().__init__(report, reason)
        self.report = report
        self.reason = reason

    @classmethod
    def behind(cls, error: BaseException) -> RunStoppedError | None:
        """The one that another error comes from, such as the `TimeoutError` of `asyncio.timeout`; None if there is none.

        What isn't an `Exception` itself, such as `asyncio.CancelledError` or `SystemExit`, ends a run as what it is, with the
        run's report behind it.

        Args:
            error: The error.
        """
        behind: BaseException | None = error
        while behind is not None and not isinstance(behind, cls):
            behind = behind.__cause__ or behind.__context__
        return behind

    def __str__(self) -> str:
        return f"the run stopped: {self.reason}\nthe report has {_counted(self.report)}"


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during `send`: no further request went out, and those under way were finished.

    Args:
        report: What is known of each user; those not reached are NOT_SENT. After Ctrl-C a second time, the users of requests
            that were still out are UNKNOWN.
    """

    def __init__(self, report: SendReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return f"interrupted: {self.report}"
