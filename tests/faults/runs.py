"""One run of a row, and what the receiving side says of its outcomes."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from random import Random
from typing import Literal

import attrs
from faults.rows import Row
from faults.stage import CHANNELS, MESSAGE, Stage

from pinpoint_users import (
    ConfigurationError,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunInterrupted,
    RunStoppedError,
    Sent,
    UserResult,
)

OnUnknown = Literal["report", "resend"]


@attrs.define(kw_only=True)
class Tally:
    """What was counted over any number of runs."""

    runs: int = 0
    users: int = 0
    duplicates: int = 0
    """Endpoints that got the message twice; where messages may go again, those of users who aren't said to have got it so."""
    lost: int = 0
    """Users who didn't come out exactly once; where messages go again until they arrive, those whose didn't, too."""
    wrong: int = 0
    """Users whose results aren't what the receiver saw."""
    met: int = 0
    """Signs that something went wrong at all: answers other than 200, altered answers, users who weren't sent to at once."""
    maybe_duplicated: int = 0
    """Users of whom it is said that they may have got the message twice."""
    outcomes: Counter[Outcome] = attrs.field(factory=Counter)
    """Users by their outcome."""

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong)

    def in_words(self) -> str:
        return f"{self.duplicates:,} duplicates, {self.lost:,} lost, {self.wrong:,} wrong outcomes"

    def add(self, other: Tally) -> None:
        for field in attrs.fields(Tally):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def carry_out(stage: Stage, row: Row, seed: int, on_unknown: OnUnknown = "report") -> Tally:
    """One run of a row. The same seed scripts the same faults."""
    if row.kills:
        from faults.kill_and_resume import kill_and_resume

        return kill_and_resume(stage, kills=row.kills, seed=seed, on_unknown=on_unknown).tally
    random = Random(f"{row.name} {seed}")
    stage.clear(resends=on_unknown == "resend")
    row.script(stage, random)
    users = row.users(stage, random)
    retry = RetryPolicy(
        base_delay=0.01,
        max_delay=0.05,
        scope=random.choice(["endpoint", "user"]),
        on_unknown=on_unknown,
        max_attempts=5 if on_unknown == "report" else 20,
    )
    door = _send if row.stops or random.random() < 0.5 else _stream
    before = Tally()
    with stage.client(retry, concurrency=random.choice([2, 4, 8]), timeout=row.timeout) as pinpoint:
        if row.fills_disk:
            ran, before = _before_and_after_a_full_disk(stage, pinpoint, random)
        else:
            ran = door(pinpoint, users)
    stage.settle()
    tally = counted(stage.users, ran.results, _got(stage), on_unknown, is_complete=ran.is_complete)
    tally.lost += before.lost
    tally.wrong += before.wrong
    if isinstance(users, list):
        tally.lost += Counter(users) - Counter(stage.users) != Counter(ran.repeated)
    odd = sum(count for status, count in stage.local.requests.items() if status != 200)
    tally.met = odd + before.met + stage.altered + len(ran.repeated) + sum(each.attempts > 1 for each in ran.results)
    tally.met += sum(each.outcome is not Outcome.SUCCESSFUL for each in ran.results)
    return tally


@attrs.frozen
class _Ran:
    """What came out of a run."""

    results: Collection[UserResult]
    repeated: Collection[str]
    """User IDs that the run says to have come again."""
    is_complete: bool
    """Whether it came to its end, so that nothing more would have gone out."""


def _send(pinpoint: PinpointUsers, users: Iterable[str], journal: Journal | None = None) -> _Ran:
    is_complete = True
    try:
        with _interruptible():
            report = pinpoint.send(MESSAGE, users, journal=journal)
    except RunStoppedError as error:
        if not isinstance(error.reason, (ConfigurationError, JournalError)):
            raise
        report, is_complete = error.report, False
    except RunInterrupted as error:
        report, is_complete = error.report, False
    return _Ran(report.users.values(), report.duplicates, is_complete)


def _stream(pinpoint: PinpointUsers, users: Iterable[str]) -> _Ran:
    stream = pinpoint.stream(MESSAGE, users, unique=True)
    return _Ran(list(stream), stream.duplicates, is_complete=True)


def _got(stage: Stage) -> Counter[str | None]:
    """How often each endpoint got the message."""
    return Counter(delivery.endpoint_id for delivery in stage.local.deliveries())


def _before_and_after_a_full_disk(stage: Stage, pinpoint: PinpointUsers, random: Random) -> tuple[_Ran, Tally]:
    """What came out of the run after the disk was full, and what there is to say of the one before."""
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(f"{directory}/run.db")
        with _room_for(random.randint(1_000, 10 * len(stage.users))):
            before = _send(pinpoint, stage.users, journal)
        tally = counted(stage.users, before.results, _got(stage), is_complete=False)
        tally.met = not before.is_complete
        return _send(pinpoint, stage.users, journal), tally


@contextlib.contextmanager
def _room_for(size: int) -> Iterator[None]:
    """Lets files grow no further than this, in bytes."""
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt here, even in a process that was started in the background."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def counted(
    users: Collection[str],
    results: Collection[UserResult],
    got: Mapping[str | None, int],
    on_unknown: OnUnknown = "report",
    *,
    is_complete: bool = True,
) -> Tally:
    """Compares outcomes with what the endpoints got.

    Args:
        users: The users who were handed in, each once.
        results: What came out.
        got: How often each endpoint got the message.
        on_unknown: The policy: at most once, or at least once.
        is_complete: Whether the run came to its end, so that nothing more would have gone out.
    """
    of_user: dict[str, Counter[str]] = defaultdict(Counter)
    for user in users:
        for channel in CHANNELS:
            of_user[user][f"{user}-{channel}"] = got.get(f"{user}-{channel}", 0)
    came_out = Counter(result.user_id for result in results)
    tally = Tally(runs=1, users=len(users), outcomes=Counter(result.outcome for result in results))
    tally.lost = sum(came_out[user] != 1 for user in users) + len(came_out.keys() - set(users))
    known = [result for result in results if result.user_id in of_user]
    tally.maybe_duplicated = sum(result.maybe_duplicated for result in known)
    tally.wrong = sum(_is_wrong(result, of_user[result.user_id]) for result in known)
    if on_unknown == "report":
        tally.duplicates = sum(count > 1 for count in got.values())
        tally.wrong += tally.maybe_duplicated
    else:
        told = {result.user_id for result in known if result.maybe_duplicated}
        untold = [endpoints for user, endpoints in of_user.items() if user not in told]
        tally.duplicates = sum(count > 1 for endpoints in untold for count in endpoints.values())
        unknown = [result for result in known if result.outcome is Outcome.UNKNOWN] if is_complete else []
        tally.lost += sum(not all(of_user[result.user_id].values()) for result in unknown)
    return tally


def _is_wrong(result: UserResult, got: Mapping[str, int]) -> bool:
    """Whether the receiver saw something else than the result says. What is said to be unknown is right whatever happened."""
    told = {
        endpoint_id: each.delivery_status == "SUCCESSFUL"
        for endpoint_id, each in result.endpoints.items()
        if not each.delivery_status.is_unknown
    }
    if any(is_successful and not got.get(endpoint_id) for endpoint_id, is_successful in told.items()):
        return True
    if result.outcome is Outcome.UNKNOWN:
        return False
    if any(not is_successful and got.get(endpoint_id) for endpoint_id, is_successful in told.items()):
        return True
    if result.outcome is Outcome.SUCCESSFUL:
        return not all(got.values())
    return any(got.values()) != (result.sent is Sent.SENT)
