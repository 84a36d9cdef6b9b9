"""Sends from the partitions of a Dask collection, as from Spark's `foreachPartition` or Ray's tasks: in many processes.

    python dask_partitions.py postgresql://user@host/database

A partition may be computed twice, when a worker was lost or the same result is asked for again. All share the journal, so
nobody is sent to twice. Here an embedded Pinpoint plays the service, Dask's local cluster plays the machines, and every
partition is computed twice on purpose.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable

import dask.bag
from dask.base import compute
from dask.delayed import delayed
from dask.distributed import Client

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    Journal,
    PinpointUsers,
    SMSMessage,
    read_counts,
)
from pinpoint_users.local import LocalPinpoint

USERS = 1_000

message = DirectMessageConfiguration(sms_message=SMSMessage(body="Your parcel {{parcel}} is on its way."))


def send_partition(rows: Iterable[tuple[str, str]], application_id: str, database: str) -> list[str]:
    """What a worker does with a partition: it makes a client, sends, and tells who wasn't reached."""
    users = ((user_id, EndpointSendConfiguration(substitutions={"parcel": [parcel]})) for user_id, parcel in rows)
    with PinpointUsers(application_id, region_name="eu-west-1") as pinpoint:
        results = pinpoint.stream(message, users, journal=Journal(database, run="parcels-2026-11-26"))
        return [f"{result.user_id}: {result.outcome}" for result in results if not result.is_fine()]


def main() -> None:
    """Sends, and counts at the receiver."""
    database = sys.argv[1]
    rows = dask.bag.from_sequence(((f"u-{number}", f"P-{number}") for number in range(USERS)), npartitions=4)
    with LocalPinpoint() as local, local.serve() as server:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}} for number in range(USERS)
        )
        os.environ |= {**server.environment, "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}
        with Client(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"):
            parts = rows.to_delayed()
            sent = [delayed(send_partition)(part, local.application_id, database) for part in [*parts, *parts]]
            not_reached = compute(*sent)
        received = Counter(delivery.address for delivery in local.deliveries())
    for outcome, count in read_counts(Journal(database, run="parcels-2026-11-26")).items():
        if count:
            print(f"{outcome}: {count:,}")
    print(f"{len(received):,} addresses got one message each, {sum(count > 1 for count in received.values())} more than one")
    print("not reached:", [user for partition in not_reached for user in partition])


if __name__ == "__main__":
    main()
