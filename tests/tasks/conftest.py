from __future__ import annotations

import itertools
import queue
from types import SimpleNamespace

import psycopg
import pytest
from celery import Celery, signals
from celery._state import _set_task_join_will_block
from celery.contrib.testing.worker import start_worker
from postgres_server import PostgresServer

from pinpoint_users.celery import PinpointTasks
from pinpoint_users.local import LocalPinpoint

_numbers = itertools.count()


@signals.setup_logging.connect
def _leave_logging_alone(**_how):
    """Celery sets nothing up where this is connected: a worker would set the level of all loggers of the process for good."""


@pytest.fixture(scope="session")
def database():
    with PostgresServer.started() as server:
        yield server.new_url()


@pytest.fixture
def url(database):
    """An empty database."""
    with psycopg.connect(database) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return database


@pytest.fixture(scope="session")
def service():
    with LocalPinpoint() as local:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "Id": f"e-{number}", "User": {"UserId": f"u-{number}"}}
            for number in range(2_500)
        )
        yield local


@pytest.fixture
def local(service):
    """An embedded service with 2,500 users, to whom nothing was sent."""
    service.clear_faults()
    service.clear_deliveries()
    return service


def application(**settings):
    """An application whose broker and results are in memory."""
    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.update(
        broker_connection_retry_on_startup=False,
        broker_transport_options={"polling_interval": 0.01},
        task_default_queue=f"tasks-{next(_numbers)}",  # as all brokers in memory are one
        **settings,
    )
    return app


@pytest.fixture
def make_app():
    """Makes applications, and lets go of them at the end."""
    apps = []

    def make_app(**settings):
        apps.append(application(**settings))
        return apps[-1]

    yield make_app
    for app in apps:
        app.close()


@pytest.fixture(scope="module")
def staff(database):
    """Tasks with a worker, which is a thread, as it takes seconds to end; `make_client` is each test's."""
    app = application()
    staff = SimpleNamespace(app=app, ended=queue.SimpleQueue())

    def make_client():
        return staff.make_client()

    def end(task_id, **_more):
        staff.ended.put(task_id)

    staff.tasks = PinpointTasks(app, client=make_client, journal=database)

    signals.task_postrun.connect(end, weak=False)
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60):
        yield staff
    signals.task_postrun.disconnect(end)
    _set_task_join_will_block(blocks=False)  # a worker says so of its whole process
    app.close()


@pytest.fixture
def worker(staff, url, local):
    """The tasks, with a client of the embedded service."""
    staff.make_client = local.client
    yield staff
    staff.tasks.close()


@pytest.fixture
def make_tasks(local, url, make_app):
    """Makes the tasks of an application, which the test closes."""
    made = []

    def make_tasks(app=None, **how):
        tasks = PinpointTasks(app or make_app(task_always_eager=True), **{"client": local.client, "journal": url, **how})
        made.append(tasks)
        return tasks

    yield make_tasks
    for tasks in made:
        tasks.close()


@pytest.fixture
def retries():
    """Why tasks are tried again."""
    reasons = []

    def retried(reason, **_more):
        reasons.append(type(reason.exc))

    signals.task_retry.connect(retried, weak=False)
    yield reasons
    signals.task_retry.disconnect(retried)
