"""A program that sends to users u-0, u-1, … with a journal; made to be killed, and run again.

It writes down who came out as they come, and, if it gets to the end, all results.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Literal

import attrs
import boto3
from faults.tally import ATTEMPTS
from faults.ways import MESSAGE, WAYS, Directory

from pinpoint_users import Journal, PinpointUsers, RetryPolicy, RunStoppedError
from pinpoint_users._journal import lease
from pinpoint_users.directory import SQLiteDirectory

LEASE_LOST = 3
"""How it exits where it stood still for so long that others took its users over."""


@attrs.frozen(kw_only=True)
class Orders:
    """What a sender is told on its command line."""

    url: str
    application_id: str
    way: str
    """How users are looked up and messages go out."""
    directory: str | None
    """The file of a directory; None for a function, where there is one at all."""
    journal: str
    """Its file, or its URL."""
    run: str | None = None
    """The run's name, with a URL."""
    lease: float = lease.SECONDS
    """Seconds for which a worker's lease lasts, with a URL."""
    users: int
    on_unknown: Literal["report", "resend"]
    concurrency: int
    said: str
    """The file for what comes out, a line a user."""
    results: str
    """The file for the results, once all have come."""


def send(orders: Orders) -> None:
    lease.SECONDS = orders.lease
    way = WAYS[orders.way]
    of_file = None if orders.directory is None else SQLiteDirectory(orders.directory)
    pinpoint = PinpointUsers(
        orders.application_id,
        session=boto3.Session(aws_access_key_id="made-up", aws_secret_access_key="made-up", region_name="eu-west-1"),
        endpoint_url=orders.url,
        retry=RetryPolicy(on_unknown=orders.on_unknown, base_delay=0.01, max_delay=0.05, max_attempts=ATTEMPTS["resend"]),
        concurrency=orders.concurrency,
        directory=None if way.routes is None else of_file or Directory(way),
        routes=way.routes,
    )
    users = (f"u-{number}" for number in range(orders.users))
    results = []
    with pinpoint, Path(orders.said).open("w") as said:
        for result in pinpoint.stream(MESSAGE, users, journal=Journal(orders.journal, run=orders.run)):
            said.write(f"{result.user_id} {result.outcome}\n")
            results.append(result)
    Path(orders.results).write_bytes(pickle.dumps(results))


if __name__ == "__main__":
    try:
        send(Orders(**json.loads(sys.argv[1])))
    except RunStoppedError as error:
        if "wasn't heard of" not in str(error.reason):
            raise
        sys.exit(LEASE_LOST)
