"""What a journal costs: its part of a run's time, and bytes a user on disk.

    python -m benchmarks.journal [--users 1000000]

First runs of `stream` over HTTP, with and without a journal in turns, against the embedded Pinpoint, and against the stub
server, which answers at once, each in a process of its own. Then the journal by itself, for as many users as are asked for: in
random order, once with short IDs and once with UUIDs, all of them new, and all with a result. Those times are of one thread:
what is looked up and written before a request goes out, and what is written after its answer.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.audience import rows
from benchmarks.processes import Process, Stub, environment
from benchmarks.sides import ours
from benchmarks.timing import described, ratio, take_turns
from pinpoint_users import EndpointMessageResult, Journal, Outcome, PinpointUsers, UserResult
from pinpoint_users._journal.file import JournalFile

REQUEST = 100
SHARED_USERS = 10_000
REPETITIONS = 15
RESULT = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "Address": "+12065550100", "MessageId": "7qu4"}


def short_ids(users: int) -> Iterator[tuple[str, str, str]]:
    """IDs of users and their two endpoints: `user-0000001`, `sms-0000001`, `gcm-0000001`."""
    numbers = list(range(users))
    random.shuffle(numbers)
    for number in numbers:
        yield f"user-{number:07}", f"sms-{number:07}", f"gcm-{number:07}"


def uuids(users: int) -> Iterator[tuple[str, str, str]]:
    """Random UUIDs as IDs of users and their two endpoints."""
    for _ in range(users):
        first, second, third = (str(uuid.UUID(bytes=random.randbytes(16), version=4)) for _ in range(3))
        yield first, second, third


def measure(name: str, ids: Iterator[tuple[str, str, str]], path: Path) -> None:
    """One run, and the beginning of the next."""
    before = after = 0.0
    users = 0
    journal = JournalFile(Journal(path), application_id="app", content=b"message")
    while batch := list(islice(ids, REQUEST)):
        results = [
            UserResult(
                user_id=user,
                outcome=Outcome.SUCCESSFUL,
                endpoints={endpoint: EndpointMessageResult.from_dict(RESULT) for endpoint in endpoints},
                attempts=1,
            )
            for user, *endpoints in batch
        ]
        user_ids = [user for user, _, _ in batch]
        start = time.perf_counter()
        journal.look_up(user_ids)
        journal.write([], in_flight=user_ids)
        sent = time.perf_counter()
        journal.write([], results)
        before += sent - start
        after += time.perf_counter() - sent
        users += len(batch)
    journal.close()
    requests = users / REQUEST
    start = time.perf_counter()
    JournalFile(Journal(path), application_id="app", content=b"message").close()
    opening = time.perf_counter() - start
    print(
        f"{name:10} {users:>9,} users: {path.stat().st_size / users:.1f} bytes a user; "
        f"{before / requests * 1e3:.2f} ms before and {after / requests * 1e3:.2f} ms after each request; "
        f"{opening:.1f} s to begin the next run"
    )


def share(server: str, pinpoint: PinpointUsers) -> None:
    """Runs with and without a journal."""

    def run(*, has_journal: bool) -> float:
        with tempfile.TemporaryDirectory() as directory:
            journal = Journal(Path(directory) / "run.db") if has_journal else None
            users = ours.users(rows(0, SHARED_USERS))
            start = time.perf_counter()
            endpoints = ours.successful(pinpoint.stream(ours.message, users, journal=journal))
            took = time.perf_counter() - start
        if endpoints != 2 * SHARED_USERS:
            raise RuntimeError(f"{2 * SHARED_USERS} endpoints, and {endpoints} were read as SUCCESSFUL")
        return took / SHARED_USERS

    sides = {"without": partial(run, has_journal=False), "with a journal": partial(run, has_journal=True)}
    take_turns(sides, 1)
    samples = take_turns(sides, REPETITIONS)
    times = described(samples, "µs a user", 1e6)
    print(f"against {server}: {ratio(samples, 'with a journal', 'without'):.3f} of the time; {times}")


def shares() -> None:
    """Both servers."""
    os.environ.update(environment())
    with (
        Process("benchmarks.embedded", str(SHARED_USERS)) as embedded,
        ours.client_for(embedded.read(), concurrency=8) as pinpoint,
    ):
        share("the embedded Pinpoint", pinpoint)
    with Stub() as stub, ours.client_for(stub.url, concurrency=8) as pinpoint:
        share("the stub server", pinpoint)


def main() -> None:
    """Measures all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    shares()
    random.seed(1)
    for name, ids in (("short IDs", short_ids(users)), ("UUIDs", uuids(users))):
        with tempfile.TemporaryDirectory() as directory:
            measure(name, ids, Path(directory) / "run.db")


if __name__ == "__main__":
    main()
