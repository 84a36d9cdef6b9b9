"""Audiences sent by Celery: tasks run where they are handed out, or by a worker in a thread, with the broker in memory."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
from collections import Counter

import pytest
from celery import Celery, signals
from celery.exceptions import SoftTimeLimitExceeded
from celery.exceptions import TimeoutError as CeleryTimeoutError

from pinpoint_users import (
    AccessDeniedError,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    PinpointUsersError,
    SMSMessage,
    Template,
    TemplateConfiguration,
    Transport,
    ValidationError,
    read_counts,
)
from pinpoint_users.celery import PinpointTasks
from pinpoint_users.endpoints import Endpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
PERSONAL = DirectMessageConfiguration(sms_message=SMSMessage(body="Your code is {{code}}"))


class Watched(Transport):
    """The embedded service's transport, which keeps the requests, and does something before the first one."""

    def __init__(self, local, before=lambda: None):
        self.local = local
        self.before = before
        self.requests = []

    def post(self, operation, application_id, body):
        request = json.loads(body)
        self.requests.append({**request})
        if len(self.requests) == 1:
            self.before()
        request.pop("TemplateConfiguration", None)  # the embedded service has no such template
        return self.local.transport.post(operation, application_id, json.dumps(request).encode())

    def client(self):
        return PinpointUsers(self.local.application_id, transport=self, concurrency=1)


@pytest.fixture
def retries():
    """Why tasks are tried again."""
    reasons = []

    def retried(reason, **_more):
        reasons.append(type(reason.exc))

    signals.task_retry.connect(retried, weak=False)
    yield reasons
    signals.task_retry.disconnect(retried)


def users(number):
    return (f"u-{one}" for one in range(number))


def got(local):
    return Counter(delivery.endpoint_id for delivery in local.deliveries())


# --- an audience


def test_an_audience_is_sent_to_in_tasks_of_a_thousand(make_tasks, local):
    run = make_tasks().send_audience(MESSAGE, users(2_500), run="parcels")
    assert (run.run, run.handed_out, run.task_ids) == ("parcels", 2_500, ())
    assert run.counts()[Outcome.SUCCESSFUL] == run.wait()[Outcome.SUCCESSFUL] == len(run.report().users) == 2_500
    assert set(got(local).values()) == {1}


def test_a_worker_carries_it_out_and_the_run_is_waited_for(worker, local):
    run = worker.tasks.send_audience(MESSAGE, users(1_001), run="parcels")
    assert repr(run) == "<AudienceRun 'parcels': 1,001 users handed out in 2 tasks>"
    assert run.wait(timeout=60)[Outcome.SUCCESSFUL] == 1_001
    assert run.wait()[Outcome.SUCCESSFUL] == 1_001
    assert set(got(local).values()) == {1}


def test_a_task_tells_what_it_came_to(worker):
    run = worker.tasks.send_audience(MESSAGE, ["u-1", "u-2", "nobody"], run="parcels")
    run.wait(timeout=60)
    (task_id,) = run.task_ids
    assert worker.app.AsyncResult(task_id).result == {"SUCCESSFUL": 2, "FAILED": 1}


def test_others_follow_it_by_the_journal(make_tasks, url):
    make_tasks().send_audience(MESSAGE, users(3), run="parcels")
    assert read_counts(Journal(url, run="parcels"))[Outcome.SUCCESSFUL] == 3


def test_a_run_that_no_worker_has_begun_can_be_followed(make_app, make_tasks):
    run = make_tasks(make_app()).send_audience(MESSAGE, ["u-1"], run="parcels")
    assert not any(run.counts().values())
    assert not run.report().users
    with pytest.raises(CeleryTimeoutError):
        run.wait(timeout=0.01)


def test_an_application_without_results_says_so(make_app, make_tasks):
    run = make_tasks(make_app(result_backend="disabled")).send_audience(MESSAGE, ["u-1"], run="parcels")
    with pytest.raises(NotImplementedError, match="No result backend"):
        run.wait()


def test_nobody_is_an_audience_too(make_tasks):
    run = make_tasks().send_audience(MESSAGE, [], run="parcels")
    assert not any(run.wait().values())


def test_users_are_read_as_they_are_handed_out(make_app, make_tasks):
    published = []

    def publish(headers, **_more):
        published.append(headers["argsrepr"])

    def read():
        for number in range(2_000):
            assert len(published) == number // 1_000
            yield f"u-{number}"

    signals.before_task_publish.connect(publish, weak=False)
    try:
        run = make_tasks(make_app()).send_audience(MESSAGE, read(), run="parcels")
    finally:
        signals.before_task_publish.disconnect(publish)
    assert published == ["('parcels', 1000 users)"] * 2
    assert len(run.task_ids) == 2


@pytest.mark.parametrize(("many", "sent"), [(list, 0), (iter, 1_000)])
def test_a_wrong_user_is_refused(make_tasks, local, many, sent):
    with pytest.raises(ValidationError, match="a user ID must be a string"):
        make_tasks().send_audience(MESSAGE, many([*users(1_000), 7]), run="parcels")
    assert len(got(local)) == sent


# --- what goes with it


def test_users_have_what_is_their_own(make_tasks, local):
    own = EndpointSendConfiguration(substitutions={"code": ["1"]}, context={"__type__": "datetime", "__value__": "2026"})
    watched = Watched(local)
    make_tasks(client=watched.client).send_audience(PERSONAL, [("u-1", own)], run="codes")
    (request,) = watched.requests
    assert request["Users"] == {"u-1": own.to_dict()}
    assert [delivery.body for delivery in local.deliveries()] == ["Your code is 1"]


def test_the_first_of_two_configurations_counts(make_tasks, local):
    twice = [("u-1", EndpointSendConfiguration(substitutions={"code": [code]})) for code in "12"]
    assert make_tasks().send_audience(PERSONAL, twice, run="codes").handed_out == 1
    assert [delivery.body for delivery in local.deliveries()] == ["Your code is 1"]


def test_what_all_users_get_goes_with_each_task(make_tasks, local):
    watched = Watched(local)
    templates = TemplateConfiguration(sms_template=Template(name="codes"))
    make_tasks(client=watched.client).send_audience(
        PERSONAL.to_builder(),
        ["u-1"],
        run="codes",
        template_configuration=templates,
        context={"campaign": "c-1"},
        trace_id="t-1",
        missing_variables="empty",
    )
    (request,) = watched.requests
    assert request == {
        "MessageConfiguration": PERSONAL.to_dict(),
        "TemplateConfiguration": templates.to_dict(),
        "Context": {"campaign": "c-1"},
        "TraceId": "t-1",
        "Users": {"u-1": {}},
    }


def test_variables_are_demanded_by_default(make_tasks, local):
    run = make_tasks().send_audience(PERSONAL, ["u-1"], run="codes")
    assert run.counts()[Outcome.NOT_SENT] == 1
    assert not local.deliveries()


@pytest.mark.parametrize(
    ("how", "channels"), [({"channels": {"SMS"}}, ["SMS"]), ({"first_of": ["SMS", "GCM"]}, ["SMS"]), ({}, ["GCM", "SMS"])]
)
def test_channels_are_chosen(make_tasks, local, how, channels):
    found = [Endpoint(channel_type="SMS", address="+12065550100"), Endpoint(channel_type="GCM", address="token")]
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"), gcm_message=GCMMessage(body="hello"))
    make_tasks(client=lambda: local.client(directory={"u-1": found})).send_audience(message, ["u-1"], run="parcels", **how)
    assert sorted(delivery.channel_type for delivery in local.deliveries()) == channels


def test_tasks_are_json_whatever_the_application_says(make_app, make_tasks):
    app = make_app(task_serializer="pickle", accept_content=["pickle", "application/json"])
    own = EndpointSendConfiguration(substitutions={"code": ["secret"]})
    make_tasks(app).send_audience(PERSONAL, {"u-1": own}, run="codes", channels=["SMS"])
    with app.connection() as connection, contextlib.closing(connection.SimpleQueue(app.conf.task_default_queue)) as queue:
        message = queue.get()
        message.ack()
    assert message.content_type == "application/json"
    args, how, _ = message.payload
    assert how == {"channels": ["SMS"]}
    assert json.loads(args[1]) == {"MessageConfiguration": PERSONAL.to_dict(), "Users": {"u-1": own.to_dict()}}
    assert "secret" not in str(message.headers)
    assert "u-1" not in str(message.headers)


def test_an_application_that_accepts_no_json_is_refused(make_app, make_tasks):
    tasks = make_tasks(make_app(accept_content=["pickle"]))
    with pytest.raises(ValidationError, match='accept_content must have "json"'):
        tasks.send_audience(MESSAGE, ["u-1"], run="parcels")


# --- nobody twice


def test_handing_out_again_sends_to_nobody_again(make_tasks, local):
    tasks = make_tasks()
    tasks.send_audience(MESSAGE, users(10), run="parcels")
    assert tasks.send_audience(MESSAGE, users(20), run="parcels").counts()[Outcome.SUCCESSFUL] == 20
    assert set(got(local).values()) == {1}


def test_another_run_sends_again(make_tasks, local):
    tasks = make_tasks()
    for day in ("monday", "tuesday"):
        tasks.send_audience(MESSAGE, ["u-1"], run=day)
    assert got(local) == {"e-1": 2}


def test_a_broker_that_delivers_twice_sends_nothing_twice(worker, local):
    published = []

    def publish(body, headers, properties, **_more):
        published.append((body, headers, properties))

    signals.before_task_publish.connect(publish, weak=False)
    try:
        run = worker.tasks.send_audience(MESSAGE, users(1_500), run="parcels")
    finally:
        signals.before_task_publish.disconnect(publish)
    with worker.app.connection() as connection, connection.Producer(serializer="json") as again:
        for body, headers, properties in published:
            again.publish(body, routing_key=worker.app.conf.task_default_queue, headers=headers, **properties)
    carried_out = Counter()
    while [*map(carried_out.get, run.task_ids)] != [2, 2]:
        carried_out[worker.ended.get(timeout=60)] += 1
    assert run.counts()[Outcome.SUCCESSFUL] == 1_500
    assert set(got(local).values()) == {1}


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
    assert shown == [("('parcels', 1 users)", "{}")] * 2


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
