"""What a journal in PostgreSQL costs: its part of a run's CPU time.

    python -m benchmarks.shared_journal postgresql://user@host/database [--users 20000]

Runs of `stream` with and without the journal take turns in one process, over HTTP, against the stub server. First it answers
100 ms after each request, and 64 requests are out at a time, as where machines are many; then it answers at once, with 8 at a
time. CPU time is that of this process, all its threads; PostgreSQL's is its own.
"""

from __future__ import annotations

import argparse
import os
import time
import uuid
from functools import partial

from benchmarks.audience import rows
from benchmarks.processes import Stub, environment
from benchmarks.sides import ours
from benchmarks.timing import described, ratio, take_turns
from pinpoint_users import Journal, PinpointUsers

REPETITIONS = 9


def run(pinpoint: PinpointUsers, users: int, url: str | None) -> float:
    """Seconds of CPU time a user of one run."""
    journal = None if url is None else Journal(url, run=str(uuid.uuid4()))
    start = time.process_time()
    endpoints = ours.successful(pinpoint.stream(ours.message, ours.users(rows(0, users)), journal=journal))
    took = time.process_time() - start
    if endpoints != 2 * users:
        raise RuntimeError(f"{2 * users} endpoints, and {endpoints} were read as SUCCESSFUL")
    return took / users


def main() -> None:
    """Measures both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="a database, which gets the tables of journals")
    parser.add_argument("--users", type=int, default=20_000)
    options = parser.parse_args()
    os.environ.update(environment())
    for delay, concurrency in ((0.1, 64), (0.0, 8)):
        with Stub(delay) as stub, ours.client_for(stub.url, concurrency=concurrency) as pinpoint:
            sides = {
                "without": partial(run, pinpoint, options.users, None),
                "with a shared journal": partial(run, pinpoint, options.users, options.url),
            }
            take_turns(sides, 1)
            samples = take_turns(sides, REPETITIONS)
        share = ratio(samples, "with a shared journal", "without")
        how = f"answers after {delay * 1e3:.0f} ms, {concurrency} requests at a time"
        print(f"{how}: {share:.2f} of the CPU time; {described(samples, 'µs a user', 1e6)}")


if __name__ == "__main__":
    main()
