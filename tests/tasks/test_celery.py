"""Audiences sent by Celery: tasks run where they are handed out, or by a worker in a thread, with the broker in memory."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter

import pytest
from celery import Celery, signals
from celery.exceptions import TimeLimitExceeded
from celery.exceptions import TimeoutError as CeleryTimeoutError
from tasks.audience import MESSAGE, PERSONAL, Watched, got, users

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    Journal,
    Outcome,
    RawEmail,
    RunStoppedError,
    SMSMessage,
    Template,
    TemplateConfiguration,
    ValidationError,
    read_counts,
)
from pinpoint_users.endpoints import Endpoint

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


def test_a_task_that_goes_on_after_its_hard_time_limit_is_waited_for(make_app, make_tasks, monkeypatch):
    monkeypatch.setattr("pinpoint_users.celery._LONGEST_WAIT", 0.01)
    app = make_app()
    run = make_tasks(app).send_audience(MESSAGE, ["u-1"], run="parcels")
    (task_id,) = run.task_ids
    app.backend.mark_as_failure(task_id, TimeLimitExceeded(3))
    with pytest.raises(CeleryTimeoutError):
        run.wait(timeout=0.02)
    done = threading.Timer(0.05, app.backend.mark_as_done, (task_id, {}))
    done.start()
    assert not any(run.wait().values())
    assert app.AsyncResult(task_id).state == "SUCCESS"
    done.join()


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
    assert published == ["('parcels', 1,000 users)"] * 2
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


def test_variables_are_demanded_by_default_and_the_log_names_them(make_tasks, local, caplog):
    run = make_tasks().send_audience(PERSONAL, ["u-1"], run="codes")
    assert run.counts()[Outcome.NOT_SENT] == 1
    assert not local.deliveries()
    (record,) = [record for record in caplog.records if getattr(record, "event", None) == "users_refused"]
    assert record.users == 1
    assert record.problem.startswith("lacks 'code', which the text uses")
    assert "u-1" not in record.getMessage()


def test_a_raw_email_is_handed_out_as_it_is(make_tasks, local):
    data = "Subject: Grüße, {{name}}\n\nÄ".encode() + b"\xff"
    message = DirectMessageConfiguration(email_message=EmailMessage(raw_email=RawEmail(data=data)))
    local.add_endpoint(user_id="by mail", channel_type="EMAIL", address="ann@example.com")
    own = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
    run = make_tasks().send_audience(message, {"by mail": own}, run="mail")
    assert run.counts()[Outcome.NOT_SENT] == 0
    (delivery,) = local.deliveries()
    assert delivery.title == "Grüße, Ann"


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


# --- a task of one's own


def test_what_it_raises_is_readable_in_a_result_backend_that_writes_json(local):
    local.fail_next(403)
    with local.client() as pinpoint, pytest.raises(RunStoppedError) as stopped:
        pinpoint.send(MESSAGE, ["u-1"])
    with pytest.raises(ValidationError) as refused:
        SMSMessage(body=5)
    for error, reason in ((stopped.value, "AccessDeniedError"), (refused.value, "a string")):
        backend = Celery(backend="cache+memory://").backend
        read = backend.exception_to_python(json.loads(json.dumps(backend.prepare_exception(error, "json"))))
        assert type(error).__name__ in str(read)
        assert reason in str(read)
