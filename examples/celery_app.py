"""A Celery application that sends to an audience by workers, of which there may be any number on any machines.

    PINPOINT_APPLICATION_ID=… JOURNAL=postgresql://… celery -A celery_app worker   # on each machine
    PINPOINT_APPLICATION_ID=… JOURNAL=postgresql://… python celery_app.py 10000    # hands out, and waits for the end

`BROKER` is where Redis is, by default on this machine. Credentials and the Region are found as by boto3.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from celery import Celery

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.celery import PinpointTasks

BROKER = os.environ.get("BROKER", "redis://127.0.0.1:6379/0")

app = Celery("celery_app", broker=BROKER, backend=BROKER)
app.conf.update(broker_connection_retry_on_startup=True, worker_prefetch_multiplier=1)


def make_client() -> PinpointUsers:
    """Called once in each process of a worker."""
    return PinpointUsers(os.environ["PINPOINT_APPLICATION_ID"])


pinpoint = PinpointTasks(app, client=make_client, journal=os.environ["JOURNAL"])
message = DirectMessageConfiguration(sms_message=SMSMessage(body="Your parcel {{parcel}} is on its way."))


def recipients(number: int) -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """Users as they come, from a database's cursor, say."""
    for one in range(number):
        yield f"u-{one}", EndpointSendConfiguration(substitutions={"parcel": [f"P-{one}"]})


def main() -> None:
    """Hands out, and tells what came of it. Who runs it again, for whatever reason, sends to nobody again."""
    run = pinpoint.send_audience(message, recipients(int(sys.argv[1])), run="parcels-2026-11-26")
    print(f"{run.handed_out:,} users in {len(run.task_ids)} tasks")
    for outcome, count in run.wait().items():
        if count:
            print(f"{outcome}: {count:,}")


if __name__ == "__main__":
    main()
