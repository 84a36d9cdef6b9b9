"""How much more two of Celery's workers carry than one, against a server that waits.

    python -m benchmarks.celery_workers postgresql://user@host/database redis://host/0 [--tasks 40] [--turns 3]

Each worker has one process, which sends 2 requests at a time to the stub server; that answers a tenth of a second later. One
worker and two take turns. Measured is the time from handing out tasks of a thousand users, when the workers are ready, until
all are done. Everything, the servers too, shares this machine. The goal is 1.8.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
import uuid
from typing import Any

from celery import Celery

from benchmarks.audience import rows
from benchmarks.processes import Stub, environment
from benchmarks.sides import ours
from pinpoint_users import Outcome, PinpointUsers
from pinpoint_users.celery import PinpointTasks

CONCURRENCY, DELAY = 2, 0.1
GOAL = 1.8


def tasks_of(broker: str, url: str, service: str, queue: str) -> tuple[Celery, PinpointTasks]:
    """The application, whose tasks of one measurement have a queue of their own."""
    app = Celery("benchmark", broker=broker, backend=broker)
    app.conf.update(broker_connection_retry_on_startup=True, worker_prefetch_multiplier=1, task_default_queue=queue)

    def make_client() -> PinpointUsers:
        return ours.client_for(service, concurrency=CONCURRENCY)

    return app, PinpointTasks(app, client=make_client, journal=url)


def measure(number: int, tasks: int, broker: str, url: str, service: str) -> float:
    """Users a second by so many workers."""
    queue = str(uuid.uuid4())
    app, pinpoint = tasks_of(broker, url, service, queue)
    command = [sys.executable, "-m", "benchmarks.celery_workers", "--worker", broker, url, service, queue]
    how: Any = {"env": {**environment(), "C_FORCE_ROOT": "1"}, "stderr": subprocess.DEVNULL}
    workers = [subprocess.Popen(command, **how) for _ in range(number)]  # noqa: S603 - this very module
    try:
        while len(app.control.ping(timeout=1.0) or ()) < number:
            if any(worker.poll() is not None for worker in workers):
                raise RuntimeError("a worker has ended")
        pinpoint.send_audience(ours.message, ours.users(rows(0, 100 * number)), run=f"warm {queue}").wait()
        start = time.perf_counter()
        run = pinpoint.send_audience(ours.message, ours.users(rows(0, 1_000 * tasks)), run=queue)
        counts = run.wait()
        took = time.perf_counter() - start
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    if counts[Outcome.SUCCESSFUL] != 1_000 * tasks:
        raise RuntimeError(f"{counts} of {1_000 * tasks} users")
    return 1_000 * tasks / took


def main() -> None:
    """Measures both, in turns."""
    if sys.argv[1] == "--worker":
        app, _ = tasks_of(*sys.argv[2:])
        app.worker_main(["--quiet", "worker", "--pool=solo", "--loglevel=ERROR", "--without-gossip", "--without-mingle"])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="a database, which gets the tables of journals")
    parser.add_argument("broker", help="Redis")
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    ratios = []
    with Stub(DELAY) as stub:
        for _ in range(options.turns):
            one, two = (measure(number, options.tasks, options.broker, options.url, stub.url) for number in (1, 2))
            ratios.append(two / one)
            print(f"{one:,.0f} users a second by one worker, {two:,.0f} by two: {two / one:.2f} times")
    print(f"{statistics.median(ratios):.2f} times in the middle of {len(ratios)}; the goal is {GOAL}")


if __name__ == "__main__":
    main()
