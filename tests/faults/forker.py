"""A program that sends, forks in the middle of a stream, and goes on in both processes with the client that it had before."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
from faults.ways import MESSAGE, WAYS, Directory

from pinpoint_users import Journal, PinpointUsers, RetryPolicy, UserResult


def send(orders: dict[str, Any]) -> None:
    directory = Path(orders["directory"])
    way = WAYS[orders["way"]]
    pinpoint = PinpointUsers(
        orders["application_id"],
        session=boto3.Session(aws_access_key_id="made-up", aws_secret_access_key="made-up", region_name="eu-west-1"),
        endpoint_url=orders["url"],
        retry=RetryPolicy(**orders["policy"]),
        concurrency=orders["concurrency"],
        directory=None if way.routes is None else Directory(way),
        routes=way.routes,
    )
    stream = pinpoint.stream(MESSAGE, orders["shared"], journal=Journal(directory / "shared.db"))
    results: list[UserResult] = list(islice(stream, orders["fork_after"]))
    child = os.fork()
    name = "child" if child == 0 else "parent"
    if child == 0:
        signal.alarm(250)  # a child that hangs ends
        results = []
    else:
        results += stream
    report = pinpoint.send(MESSAGE, orders[name], journal=Journal(directory / f"{name}.db"))
    results += report.users.values()
    (directory / f"{name}.results").write_bytes(pickle.dumps(results))
    pinpoint.close()
    if child == 0:
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    send(json.loads(sys.argv[1]))
