"""One run of a row, and what the receiving side says of its outcomes."""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from random import Random

import attrs
from faults.scene import Handed, Scene
from faults.scripts import Row
from faults.stage import Stage
from faults.tally import ATTEMPTS, OnUnknown, Tally, counted
from faults.ways import MESSAGE

from pinpoint_users import (
    ConfigurationError,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunInterrupted,
    RunStoppedError,
    UserResult,
)


def carry_out(stage: Stage, row: Row, seed: int, on_unknown: OnUnknown = "report") -> Tally:
    """One run of a row. The same seed scripts the same faults."""
    if row.kills:
        from faults.kill_and_resume import kill_and_resume

        return kill_and_resume(stage, kills=row.kills, seed=seed, on_unknown=on_unknown).tally
    random = Random(f"{row.name} {seed}")
    stage.clear(resends=on_unknown == "resend")
    if row.play is not None:
        return row.play(Scene(stage=stage, users=stage.users[: row.size], random=random, on_unknown=on_unknown))
    row.script(stage, random)
    users = row.users(stage, random)
    handed = users if isinstance(users, list) else Handed(users)
    retry = RetryPolicy(
        base_delay=0.01,
        max_delay=0.05,
        scope=random.choice(["endpoint", "user"]),
        on_unknown=on_unknown,
        max_attempts=ATTEMPTS[on_unknown],
    )
    door = _send if row.stops or random.random() < 0.5 else _stream
    before = Tally()
    with stage.client(retry, concurrency=random.choice([2, 4, 8]), timeout=row.timeout) as pinpoint:
        if row.fills_disk:
            ran, before = _before_and_after_a_full_disk(stage, pinpoint, random)
        else:
            ran = door(pinpoint, handed)
    stage.settle()
    # A run that has stopped reads an iterator no further.
    read = dict.fromkeys(handed.read) if isinstance(handed, Handed) and not ran.is_complete else stage.users
    tally = counted(list(read), ran.results, stage.got(), on_unknown, is_complete=ran.is_complete, way=stage.way)
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


def _before_and_after_a_full_disk(stage: Stage, pinpoint: PinpointUsers, random: Random) -> tuple[_Ran, Tally]:
    """What came out of the run after the disk was full, and what there is to say of the one before."""
    with tempfile.TemporaryDirectory() as directory:
        journal = Journal(f"{directory}/run.db")
        with _room_for(random.randint(1_000, 10 * len(stage.users))):
            before = _send(pinpoint, stage.users, journal)
        tally = counted(stage.users, before.results, stage.got(), is_complete=False, way=stage.way)
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
