"""What a journal costs: bytes a user on disk, and time for each request of 100 users, with two endpoints each.

    python benchmarks/journal.py [--users 1000000]

Users come in random order, once with short IDs and once with UUIDs, all of them new, and all with a result. Times are of one
thread: what is looked up and written before a request goes out, and what is written after its answer.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pinpoint_users import EndpointMessageResult, Journal
from pinpoint_users._journal_file import JournalFile, Record

REQUEST = 100
IN_FLIGHT: frozenset[str | None] = frozenset({None})
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
        in_flight = [Record(user, lost=IN_FLIGHT) for user, _, _ in batch]
        results = [
            Record(user, 1, {endpoint: EndpointMessageResult.from_dict(RESULT) for endpoint in endpoints})
            for user, *endpoints in batch
        ]
        start = time.perf_counter()
        journal.look_up([user for user, _, _ in batch])
        journal.write(in_flight)
        sent = time.perf_counter()
        journal.write(results)
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


def main() -> None:
    """Measures both kinds of IDs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    random.seed(1)
    for name, ids in (("short IDs", short_ids(users)), ("UUIDs", uuids(users))):
        with tempfile.TemporaryDirectory() as directory:
            measure(name, ids, Path(directory) / "run.db")


if __name__ == "__main__":
    main()
