"""Workers with the same users and one journal in PostgreSQL, of which one is killed with SIGKILL now and then.

    python tests/faults/workers.py --users 20000 --kills 20 --seeds 3

starts a PostgreSQL server and an embedded Pinpoint behind HTTP, prints a table, and writes it into docs/faults.md, as does
`nox -s workers`. What is counted is what the receiver got. A worker that is killed is started again at once, and finds
its users in the hands of the one that died, until that one's lease is over.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import get_args

import attrs

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))  # for when this is run as a script

from faults.kill_and_resume import PATIENCE, THROTTLED, contradictions, said_by, start, unreached  # noqa: E402 - as above
from faults.section import WORKERS_HEADING, write  # noqa: E402 - as above
from faults.sender import LEASE_LOST, Orders  # noqa: E402 - as above
from faults.stage import Stage  # noqa: E402 - as above
from faults.tally import OnUnknown, Tally, counted  # noqa: E402 - as above
from postgres_server import PostgresServer  # noqa: E402 - as above

from pinpoint_users import Journal, Outcome, UserResult, read_counts, read_report  # noqa: E402 - as above

WORKERS = 4
LEASE = 3.0
CONCURRENCY = 2
MAX_USERS = 100
"""Of a request."""


@attrs.frozen(kw_only=True)
class Killed:
    """What became of a run of several workers."""

    on_unknown: OnUnknown
    users: int
    kills: int
    tally: Tally
    """What each worker that came to its end says, and the journal of the whole run, of the same users."""
    unknown: int
    repeated: int
    """Endpoints that got the message more than once."""
    seconds: float

    def __str__(self) -> str:
        mode = {"report": "at most once", "resend": "at least once"}[self.on_unknown]
        numbers = [self.users, WORKERS, self.kills, self.tally.duplicates, self.tally.lost, self.tally.wrong, self.unknown]
        return f"| {mode} | " + " | ".join(f"{number:,}" for number in [*numbers, self.repeated]) + f" | {self.seconds:.0f} s |"


def kill_workers(stage: Stage, url: str, *, kills: int, seed: int, on_unknown: OnUnknown, lease: float = LEASE) -> Killed:
    """Sends to all users of a stage by four workers, with so many kills in between.

    Args:
        stage: The stage.
        url: A database.
        kills: How often one of the workers is killed.
        seed: Where chance comes from.
        on_unknown: The policy.
        lease: Seconds for which a worker's lease lasts.

    Raises:
        RuntimeError: A worker failed by itself, or all users were done before the last kill.
    """
    random = Random(f"{seed} {on_unknown}")
    began = time.monotonic()
    stage.clear()
    stage.local.throttle(share=THROTTLED, times=1)
    journal = Journal(url, run=f"{seed} {on_unknown}")
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as directory:
        numbers = itertools.count()

        def orders() -> Orders:
            number = next(numbers)
            return Orders(
                url=stage.server.url,
                application_id=stage.local.application_id,
                way=stage.way.name,
                directory=None,
                journal=url,
                run=journal.run,
                lease=lease,
                users=len(stage.users),
                on_unknown=on_unknown,
                concurrency=CONCURRENCY,
                said=f"{directory}/said-{number}",
                results=f"{directory}/results-{number}",
            )

        workers = [(each, start(each)) for each in (orders() for _ in range(WORKERS))]
        try:
            most = 1.2 * stage.requests / (kills + 1)
            for _ in range(kills):
                _wait_for(stage, round(random.uniform(0.0, most)), workers)
                time.sleep(random.uniform(0.0, 0.02))
                place = random.randrange(WORKERS)
                each, worker = workers[place]
                worker.kill()
                worker.communicate()
                said |= said_by(each)
                each = orders()
                workers[place] = (each, start(each))
            reports = [_results_of(each, worker, numbers) for each, worker in workers]
        finally:
            for _, worker in workers:
                worker.kill()
                worker.communicate()
    report = read_report(journal)
    if read_counts(journal) != report.counts:
        raise RuntimeError(f"the journal counts {read_counts(journal)}, and its report {report.counts}")
    stage.settle()
    got = stage.got()
    total = Tally()
    for results in [*reports, list(report.users.values())]:
        tally = counted(stage.users, results, got, on_unknown, is_complete=True, way=stage.way)
        tally.lost += unreached(stage, got) if on_unknown == "resend" else 0
        tally.wrong += contradictions(results, said)
        total.add(tally)
    # More than dead workers had in flight can't be in doubt, or users went out whom others had in hand.
    in_doubt = max(report.counts[Outcome.UNKNOWN], len(report.maybe_duplicated))
    total.wrong += max(0, in_doubt - (next(numbers) - WORKERS) * CONCURRENCY * MAX_USERS)
    return Killed(
        on_unknown=on_unknown,
        users=len(stage.users),
        kills=kills,
        tally=total,
        unknown=report.counts[Outcome.UNKNOWN],
        repeated=sum(count > 1 for count in got.values()),
        seconds=time.monotonic() - began,
    )


def _wait_for(stage: Stage, requests: int, workers: list[tuple[Orders, subprocess.Popen[str]]]) -> None:
    """Waits until one more request than these has been answered, if all users aren't done before."""
    last = sum(stage.local.requests.values()) + requests
    end = time.monotonic() + PATIENCE
    while sum(stage.local.requests.values()) <= last and time.monotonic() < end:
        if all(worker.poll() is not None for _, worker in workers):
            raise RuntimeError("all users were done before the last kill")
        time.sleep(0.001)


def _results_of(each: Orders, worker: subprocess.Popen[str], numbers: Iterator[int]) -> list[UserResult]:
    """What a worker says at its end; one that stood still for too long is started again, as one that was killed."""
    while True:
        _, errors = worker.communicate(timeout=PATIENCE)
        if worker.returncode == 0:
            results: list[UserResult] = pickle.loads(Path(each.results).read_bytes())
            return results
        if worker.returncode != LEASE_LOST:
            raise RuntimeError(f"a worker failed: {errors}")
        next(numbers)
        worker = start(each)


def section(rows: list[Killed]) -> str:
    """The section of the page."""
    return f"""{WORKERS_HEADING}
`nox -s workers` starts {WORKERS} processes with the same users and one journal in PostgreSQL, kills one of them by SIGKILL
again and again, at random moments, and starts it anew. A lease lasts {LEASE:g} seconds here. What each worker that came to its
end says of all users, and what `read_report` says, is compared with what the receiver got: an endpoint that got the message
twice is a duplicate unless all of them say that it may have. An outcome is wrong, too, if more users are in doubt than the
workers that were killed can have had in flight.

| policy | users | workers | kills | duplicates | lost | wrong outcomes | UNKNOWN | endpoints that got it again | time |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(map(str, rows))}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with PostgresServer.started() as server, Stage(options.users, over_http=True) as stage:
        for on_unknown in get_args(OnUnknown):
            for seed in range(options.seeds):
                row = kill_workers(stage, server.new_url(), kills=options.kills, seed=seed, on_unknown=on_unknown)
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()
                rows.append(row)
    write(WORKERS_HEADING, section(rows))
    if not all(row.tally.is_clean for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
