"""The tasks of an application: what stops them, their clients, and what is refused."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading

import pytest
from celery import Celery, signals
from celery.exceptions import SoftTimeLimitExceeded
from tasks.audience import MESSAGE, PERSONAL, Watched, got, users

from pinpoint_users import (
    AccessDeniedError,
    JournalError,
    Outcome,
    PinpointUsersError,
    ValidationError,
)
from pinpoint_users.celery import PinpointTasks
from pinpoint_users.endpoints import Endpoint

# --- what stops a task


def test_credentials_fail_a_task_and_going_on_is_handing_out_again(worker, local, retries):
    worker.make_client = lambda: local.client(concurrency=1)
    local.pass_next()
    local.fail_next(403)
    run = worker.tasks.send_audience(MESSAGE, users(1_000), run="parcels")
    with pytest.raises(AccessDeniedError):
        run.wait(timeout=60)
    assert run.counts()[Outcome.SUCCESSFUL] == 100
    again = worker.tasks.send_audience(MESSAGE, users(1_000), run="parcels")
    assert again.wait(timeout=60)[Outcome.SUCCESSFUL] == 1_000
    assert set(got(local).values()) == {1}
    assert not retries


def test_another_message_fails_a_task(make_tasks, retries):
    tasks = make_tasks()
    tasks.send_audience(MESSAGE, ["u-1"], run="parcels")
    with pytest.raises(JournalError, match="another message"):
        tasks.send_audience(PERSONAL, ["u-1"], run="parcels", missing_variables="empty")
    assert not retries


def test_a_journal_out_of_reach_is_tried_again_and_again(make_tasks, retries):
    tasks = make_tasks(journal="postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(JournalError, match="see that the server is there"):
        tasks.send_audience(MESSAGE, ["u-1"], run="parcels")
    assert retries == [JournalError] * 12


@pytest.mark.parametrize(
    ("visible", "rests"),
    [
        (400, [1, 2, 4, 8, 16, 32, 64, 128, *[200] * 10]),
        (7_200, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        (None, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
    ],
)
def test_a_rest_ends_before_the_broker_gives_the_task_to_others(make_app, make_tasks, monkeypatch, visible, rests):
    """Else each of them would try it again, and so on."""
    monkeypatch.setattr("random.randrange", lambda stop: stop - 1)
    found = []

    def retried(reason, **_more):
        found.append(reason.when)

    signals.task_retry.connect(retried, weak=False)
    app = make_app(task_always_eager=True)
    app.conf.broker_transport_options = {"visibility_timeout": visible}
    tasks = make_tasks(app, journal="postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(JournalError):
        tasks.send_audience(MESSAGE, ["u-1"], run="parcels")
    signals.task_retry.disconnect(retried)
    assert found == rests


def test_a_task_that_the_broker_does_not_take_back_comes_again(worker, local, monkeypatch):
    answers = [OSError("away"), {"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]}]
    publish, published = worker.app.amqp.send_task_message, []

    def look_up(_user_ids):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    def refuse_the_second(*task, **how):
        published.append(task)
        if len(published) == 2:
            raise OSError("the broker is away")
        publish(*task, **how)

    worker.make_client = lambda: local.client(directory=look_up)
    monkeypatch.setattr(worker.app.amqp, "send_task_message", refuse_the_second)
    run = worker.tasks.send_audience(MESSAGE, ["u-1"], run="parcels")
    assert run.wait(timeout=60)[Outcome.SUCCESSFUL] == 1
    assert len(published) == 2


def test_a_directory_out_of_reach_is_tried_again(make_tasks, local, retries):
    answers = [OSError("away"), {"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]}]

    def look_up(_user_ids):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    run = make_tasks(client=lambda: local.client(directory=look_up)).send_audience(MESSAGE, ["u-1"], run="parcels")
    assert run.counts()[Outcome.SUCCESSFUL] == 1
    assert [reason.__name__ for reason in retries] == ["DirectoryError"]


def test_a_task_that_is_tried_again_still_shows_no_user(worker, local):
    answers = [OSError("away"), {"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]}]
    shown = []

    def look_up(_user_ids):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    def publish(headers, **_more):
        shown.append((headers["argsrepr"], headers["kwargsrepr"]))

    worker.make_client = lambda: local.client(directory=look_up)
    signals.before_task_publish.connect(publish, weak=False)
    try:
        run = worker.tasks.send_audience(MESSAGE, ["u-1"], run="parcels", channels=["SMS"])
        assert run.wait(timeout=60)[Outcome.SUCCESSFUL] == 1
    finally:
        signals.before_task_publish.disconnect(publish)
    assert shown == [("('parcels', 1 user)", "{}")] * 2


def test_what_is_found_wrong_only_by_a_worker_fails_the_task(worker):
    run = worker.tasks.send_audience(MESSAGE, ["u-1"], run="parcels", first_of=["SMS", "EMAIL"])
    with pytest.raises(PinpointUsersError, match="first_of: takes a directory"):
        run.wait(timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGUSR1")
def test_a_soft_time_limit_lets_requests_finish_and_the_task_goes_on_later(make_tasks, local, retries):
    def over(_number, _frame):
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGUSR1, over)
    watched = Watched(local, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        run = make_tasks(client=watched.client).send_audience(MESSAGE, users(1_000), run="parcels")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert run.counts()[Outcome.SUCCESSFUL] == 1_000
    assert set(got(local).values()) == {1}
    assert retries == [SoftTimeLimitExceeded]


# --- clients


def test_a_process_has_one_client_until_it_is_closed(make_tasks, local):
    made = []

    def make():
        made.append(local.client())
        return made[-1]

    tasks = make_tasks(client=make)
    assert not made
    for number in range(2):
        tasks.send_audience(MESSAGE, [f"u-{number}"], run="parcels")
    assert len(made) == 1
    signals.worker_process_shutdown.send(sender=None, pid=os.getpid(), exitcode=0)
    with pytest.raises(PinpointUsersError, match="closed"):
        made[0].send(MESSAGE, ["u-3"])
    tasks.send_audience(MESSAGE, ["u-4"], run="parcels")
    assert len(made) == 2


def test_threads_share_a_client(make_app, make_tasks, local):
    made = []
    both = threading.Barrier(2)

    def make():
        client = local.client()
        made.append(client)
        both.wait(60)
        return client

    app = make_app(task_always_eager=True)
    tasks = make_tasks(app, client=make)

    def carry_out(user):  # Celery itself doesn't let threads run eager tasks at a time
        request = json.dumps({"MessageConfiguration": MESSAGE.to_dict(), "Users": {user: {}}})
        app.tasks["pinpoint_users.send"].apply(("parcels", request)).get(disable_sync_subtasks=False)

    threads = [threading.Thread(target=carry_out, args=[user]) for user in ("u-1", "u-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tasks.send_audience(MESSAGE, ["u-3"], run="parcels")
    assert len(made) == 2
    tasks.close()
    for client in made:
        with pytest.raises(PinpointUsersError, match="closed"):
            client.send(MESSAGE, ["u-4"])


# --- arguments


def test_what_is_wrong_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        PinpointTasks("shop", client=3, journal="run.db", name="")
    assert [str(fault).partition(",")[0] for fault in caught.value.faults] == [
        "app: must be a Celery application",
        "client: must be a function that makes a client",
        "journal: must be the URL of a database that all workers reach",
        "name: must be a text of at least one character",
    ]


def test_a_client_itself_is_none_that_processes_share(make_app, local, url):
    with local.client() as client, pytest.raises(ValidationError, match=r"write client=lambda: PinpointUsers\(…\)"):
        PinpointTasks(make_app(), client=client, journal=url)


def test_instances_have_names_of_their_own(make_app, make_tasks, local):
    app = make_app(task_always_eager=True)
    first = make_tasks(app)
    with pytest.raises(ValidationError, match=r"name: 'pinpoint_users.send' is another's"):
        make_tasks(app)
    second = make_tasks(app, name="shop.news")
    first.send_audience(MESSAGE, ["u-1"], run="parcels")
    second.send_audience(MESSAGE, ["u-2"], run="news")
    assert set(got(local)) == {"e-1", "e-2"}
    assert {"pinpoint_users.send", "shop.news"} <= set(app.tasks)


def test_tasks_are_of_their_application_alone(make_app, make_tasks):
    make_tasks()
    assert "pinpoint_users.send" not in make_app().tasks


@pytest.mark.parametrize("run", ["", None, "r" * 201])
def test_a_run_has_a_name(make_tasks, run):
    with pytest.raises(ValidationError, match="run"):
        make_tasks().send_audience(MESSAGE, ["u-1"], run=run)


@pytest.mark.parametrize(("argument", "value"), [("missing_variables", "no"), ("channels", ["FAX"]), ("first_of", "SMS")])
def test_a_wrong_argument_is_told_before_anything_is_handed_out(make_tasks, local, argument, value):
    with pytest.raises(ValidationError, match=argument):
        make_tasks().send_audience(MESSAGE, ["u-1"], run="parcels", **{argument: value})
    assert not local.deliveries()


def test_a_wrong_message_is_told_before_anything_is_handed_out(make_tasks):
    with pytest.raises(ValidationError, match="message_configuration"):
        make_tasks().send_audience("hello", ["u-1"], run="parcels")


def test_who_lacks_celery_is_told_of_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "celery", None)
    monkeypatch.delitem(sys.modules, "pinpoint_users.celery")
    with pytest.raises(ImportError, match="extra `celery`"):
        importlib.import_module("pinpoint_users.celery")


def test_an_application_of_celerys_is_one(make_app):
    assert isinstance(make_app(), Celery)
