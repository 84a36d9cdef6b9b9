from __future__ import annotations

import pytest
from celery import Celery
from postgres_server import PostgresServer

from pinpoint_users.celery import PinpointTasks
from pinpoint_users.local import LocalPinpoint


@pytest.fixture(scope="session")
def server():
    with PostgresServer.started() as server:
        yield server


@pytest.fixture
def url(server):
    """An empty database."""
    return server.new_url()


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "Id": f"e-{number}", "User": {"UserId": f"u-{number}"}}
            for number in range(2_500)
        )
        yield local


@pytest.fixture
def make_app():
    """Makes applications whose broker and results are in memory, and lets go of them at the end."""
    apps = []

    def make_app(**settings):
        app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=False)
        app.conf.update(broker_connection_retry_on_startup=False, worker_hijack_root_logger=False, **settings)
        apps.append(app)
        return app

    yield make_app
    for app in apps:
        app.close()


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
