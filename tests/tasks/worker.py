"""A worker of Celery's, made to be killed."""

from __future__ import annotations

import json
import sys

import attrs
import boto3
from celery import Celery

from pinpoint_users import PinpointUsers, RetryPolicy
from pinpoint_users._journal import lease
from pinpoint_users.celery import PinpointTasks


@attrs.frozen(kw_only=True)
class Orders:
    """What workers and who hands out tasks are told."""

    broker: str
    journal: str
    url: str
    """The service's."""
    application_id: str
    concurrency: int
    lease: float
    """Seconds for which a worker that died keeps its users."""
    visibility_timeout: float
    """Seconds after which the broker takes a worker for lost."""


def shop(orders: Orders) -> PinpointTasks:
    """The tasks of an application."""
    app = Celery("shop", broker=orders.broker, backend=orders.broker, set_as_current=False)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": orders.visibility_timeout,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 2,  # else a worker that dies in giving tasks back keeps all others from it for five minutes
        },
        worker_prefetch_multiplier=1,
    )

    def make_client() -> PinpointUsers:
        return PinpointUsers(
            orders.application_id,
            session=boto3.Session(aws_access_key_id="made-up", aws_secret_access_key="made-up", region_name="eu-west-1"),
            endpoint_url=orders.url,
            retry=RetryPolicy(base_delay=0.01, max_delay=0.05, max_attempts=20),
            concurrency=orders.concurrency,
        )

    tasks = PinpointTasks(app, client=make_client, journal=orders.journal)
    tasks.app = app
    return tasks


if __name__ == "__main__":
    told = Orders(**json.loads(sys.argv[1]))
    lease.SECONDS = told.lease
    shop(told).app.worker_main(
        ["worker", "--pool=prefork", "--concurrency=1", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    )
