"""Sending by Celery: an audience is split into tasks for any number of workers, with one journal that all of them share."""

from __future__ import annotations

import json
import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn

import attrs

from pinpoint_users._clock import monotonic

try:
    from celery import Celery, signals
    from celery.exceptions import Reject, SoftTimeLimitExceeded, TimeLimitExceeded
    from celery.exceptions import TimeoutError as CeleryTimeoutError
    from celery.utils.time import get_exponential_backoff_interval
    from kombu.serialization import prepare_accept_content
except ImportError as _missing:
    raise ImportError(
        f"pinpoint_users.celery needs Celery ({_missing}), which comes with the extra `celery`: in a clone, "
        "pip install '.[celery]'"
    ) from _missing

from pinpoint_users._requests.prepared import Message, Templates
from pinpoint_users._run.batching import Users, entries_of, read_entries
from pinpoint_users._run.logs import log_refused
from pinpoint_users._run.terms import MissingVariables, Terms
from pinpoint_users._shapes.converters import counted, kind
from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.client import PinpointUsers
from pinpoint_users.enums import Channels, Outcome
from pinpoint_users.errors import (
    ConfigurationError,
    Fault,
    JournalError,
    PinpointUsersError,
    RunNotFoundError,
    ValidationError,
)
from pinpoint_users.journal import Journal
from pinpoint_users.journal_report import read_counts, read_report
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest
from pinpoint_users.report import RunStoppedError, SendReport

__all__ = ["AudienceRun", "PinpointTasks"]

_USERS_PER_TASK = 1_000
_LONGEST_REST = 600
_RESTS = 2_223
"""Seconds that the longest rests of a task take together: 1, 2, 4, … 512, 600, 600."""
_SHORTEST_WAIT = 0.001
_LONGEST_WAIT = 0.5
_names: weakref.WeakKeyDictionary[Celery, set[str]] = weakref.WeakKeyDictionary()


class PinpointTasks:
    """The task of a Celery application that sends a message to a part of an audience.

    To be made where the application is, in workers as in what hands out tasks:

        app = Celery("shop", broker="redis://…", backend="redis://…")
        pinpoint = PinpointTasks(app, client=make_client, journal="postgresql://…")

    A task is acknowledged when it is done (`acks_late`), and goes to another worker when its own is lost, or at a hard time
    limit. One that comes twice sends nothing twice: its users are in the journal, and those whom another worker has in hand are
    waited for. A soft time limit, a run that stalls and what is out of reach for a while (the journal's server, the directory)
    let it be tried again, 12 times at most, after up to 1, 2, 4, … 600 seconds; where the broker has a `visibility_timeout` of
    less than 20 minutes, after half of that at most, and so more often. Where waiting doesn't help, as with credentials, it
    fails at once with that error. Users of tasks that failed aren't lost: `send_audience` once more, with the same run, sends
    to whoever was left.

    Tasks are messages in JSON, whatever serializer the application has, and Celery's events and logs show no user.

    Args:
        app: The application.
        client: Makes a client, such as a function that returns `PinpointUsers("application-id", region_name="eu-west-1")`. Each
            process of a worker calls it once, when its first task comes, and closes the client when it ends.
        journal: The PostgreSQL database in which runs keep what they have done, as `Journal` takes it.
        name: The task's name, for `task_routes` and such; another one for each of several instances with one application.

    Raises:
        ValidationError: An argument is wrong, or the application has another task of that name by this class.
    """

    def __init__(
        self, app: Celery, *, client: Callable[[], PinpointUsers], journal: str, name: str = "pinpoint_users.send"
    ) -> None:
        _check(app, client, journal, name)
        self._app = app
        self._make_client = client
        self._journal = journal
        self._clients: dict[int, PinpointUsers] = {}
        _names.setdefault(app, set()).add(name)
        self._task: Any = app.task(  # types of Celery's know but a part of what a task takes
            name=name,
            shared=False,
            typing=False,  # Celery misreads the signature of a method
            serializer="json",
            acks_late=True,
            reject_on_worker_lost=True,
            acks_on_failure_or_timeout=False,
            acks_on_timeout=False,  # from Celery 5.7 on
            ignore_result=False,
        )(self._carry_out)
        for end in (signals.worker_process_shutdown, signals.worker_shutdown):
            # Older releases take the methods of two instances for one receiver, unless it is said.
            end.connect(self._worker_ends, weak=False, dispatch_uid=f"pinpoint_users-{id(self)}")

    def send_audience(
        self,
        message: Message,
        users: Users,
        *,
        run: str,
        template_configuration: Templates | None = None,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
        missing_variables: MissingVariables = "refuse",
        channels: Channels | None = None,
        first_of: Channels | None = None,
    ) -> AudienceRun:
        """Hands out tasks of at most 1,000 users each, and doesn't wait for them; the users are read as they are handed out.

        If it is broken off, by an error of the users' iterator, say, call it again with the same run: nobody who was sent to is
        sent to again.

        Args:
            message: The message, or its unfinished builder.
            users: User IDs, or pairs of an ID and an `EndpointSendConfiguration`, or a mapping of such pairs.
            run: The run's name, at most 200 characters, such as "parcels-2026-11-26". One message has one run.
            template_configuration: The stored templates to use.
            context: Attributes for all users, in the push payload and the service's events.
            trace_id: An ID to find the message by in the service's events.
            missing_variables: What becomes of users who lack a variable that every channel of the message uses: "refuse", the
                default, sends them nothing, and the worker's log tells why; "empty" leaves the variable out of the text, as the
                service does.
            channels: The channels that the message goes to; by default all that it has something for.
            first_of: For clients with a directory: each user gets the message by the first of these channels that reaches. By
                default all channels at once.

        Returns:
            The run, to follow it by.

        Raises:
            ValidationError: An argument is wrong, or the application accepts no JSON: nothing was handed out. Or a user from an
                iterator is wrong: those before were.
            kombu.exceptions.OperationalError: The broker can't be reached; how long that is tried is Celery's
                `task_publish_retry_policy`. Tasks before were handed out.
        """
        journal = Journal(self._journal, run=run)
        terms = Terms(template_configuration, context, trace_id, None, journal, 0.5, missing_variables, channels, first_of)
        terms.check(has_directory=True)
        if "application/json" not in (prepare_accept_content(self._app.conf.accept_content) or ()):
            raise ValidationError("PinpointTasks", [Fault("app", 'accept_content must have "json", as tasks are JSON')])
        request = _common(message, terms)
        named = {"channels": channels, "first_of": first_of}
        how: dict[str, object] = {name: list(words) for name, words in named.items() if words is not None}
        if missing_variables != "refuse":
            how["missing_variables"] = missing_variables
        handed_out, task_ids = 0, []
        for part in _parts(users):
            request["Users"] = {user_id: configuration.to_dict() for user_id, configuration in part.items()}
            result = self._task.apply_async(
                args=(run, write_json(request).decode()),
                kwargs=how,
                **_shown(run, len(part)),
            )
            handed_out += len(part)
            if self._app.conf.task_always_eager:
                result.get(disable_sync_subtasks=False)  # of a task that is over, and that no result backend has
            else:
                task_ids.append(result.id)
        return AudienceRun(run=run, handed_out=handed_out, task_ids=tuple(task_ids), app=self._app, journal=journal)

    def close(self) -> None:
        """Closes this process's client, if there is one. Workers do so when they end; the next task makes another."""
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _worker_ends(self, **_signal: object) -> None:
        self.close()

    def _client(self) -> PinpointUsers:
        """The client of this process. A worker with threads has one for all of them."""
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            made = self._make_client()
            client = self._clients.setdefault(process, made)
            if client is not made:  # another thread was faster
                made.close()
        return client

    def _carry_out(self, run: str, request: str, **how: Any) -> dict[str, int]:
        """Sends to the users of a task, and tells how many came to which outcome."""
        sent = json.loads(request)
        number = len(sent["Users"])
        try:
            report = self._send(run, sent, how)
        except ValidationError as error:
            raise PinpointUsersError(str(error)) from error  # as its faults don't come through a result backend in JSON
        except (JournalError, RunStoppedError, SoftTimeLimitExceeded) as error:
            reason = error.reason if isinstance(error, RunStoppedError) else error
            if not _may_pass(error, reason):
                raise reason from error
            self._retry(reason, **_shown(run, number))
        log_refused(user.error for user in report.not_sent)  # in no journal, and so in no other report
        return {str(outcome): count for outcome, count in report.counts.items() if count}

    def _retry(self, reason: Exception, **shown: str) -> NoReturn:
        """Lets the task be tried again later.

        Raises:
            Exception: What tells Celery so, or the reason, if it was tried often enough.
        """
        longest = _longest_rest(self._app)
        rest = get_exponential_backoff_interval(1, self._task.request.retries, longest, full_jitter=True)
        try:
            raise self._task.retry(exc=reason, countdown=rest, max_retries=_retries(longest), **shown) from reason
        except Reject as error:  # the broker doesn't take it, and Celery would drop the task
            raise Reject(error.args[0], requeue=True) from error

    def _send(self, run: str, request: dict[str, Any], how: dict[str, Any]) -> SendReport:
        users = request.pop("Users")
        common = from_wire(SendUsersMessageRequest, {**request, "Users": {}})
        return self._client().send(
            common.message_configuration,
            {user_id: EndpointSendConfiguration.from_dict(own) for user_id, own in users.items()},
            template_configuration=common.template_configuration,
            context=common.context,
            trace_id=common.trace_id,
            journal=Journal(self._journal, run=run),
            **how,
        )


@attrs.frozen(kw_only=True, repr=False, eq=False)
class AudienceRun:
    """A run that Celery's workers carry out. Other processes follow it by `read_counts(Journal("postgresql://…", run=…))`."""

    run: str
    """The run's name."""
    handed_out: int
    """The users in the tasks that were handed out. Who was handed in twice may be counted twice."""
    task_ids: tuple[str, ...]
    """The IDs of the tasks; none with `task_always_eager`, where all are done."""
    _app: Celery = attrs.field(alias="app")
    _journal: Journal = attrs.field(alias="journal")

    def counts(self) -> Mapping[Outcome, int]:
        """How many users came to which outcome so far, in constant memory. Users whose task hasn't begun aren't among them.

        Returns:
            Each outcome with the number of its users, 0 included. Who is in flight is UNKNOWN until the answer has come.

        Raises:
            JournalError: The journal can't be read.
        """
        try:
            return read_counts(self._journal)
        except RunNotFoundError:  # no task has begun
            return dict.fromkeys(Outcome, 0)

    def report(self) -> SendReport:
        """What became of every user so far, in the order of the users' IDs, all in memory.

        Raises:
            JournalError: The journal can't be read.
        """
        try:
            return read_report(self._journal)
        except RunNotFoundError:
            return SendReport()

    def wait(self, timeout: float | None = None) -> Mapping[Outcome, int]:
        """Waits until every task is done. Takes that the application has a result backend.

        A task whose process is killed at the hard time limit goes on in another one, and is waited for.

        Args:
            timeout: The most seconds that it waits; by default any.

        Returns:
            What `counts` says then.

        Raises:
            PinpointUsersError: A task failed: why. Others may go on.
            celery.exceptions.TimeoutError: The time is over. The tasks go on.
            celery.exceptions.TaskRevokedError: A task was revoked. Handing out again sends to its users.
            NotImplementedError: The application has no result backend.
            JournalError: The journal can't be read.
        """
        ends_at = None if timeout is None else monotonic() + timeout
        for task_id in self.task_ids:
            while not self._is_done(task_id, ends_at):
                time.sleep(_LONGEST_WAIT)
        return self.counts()

    def _is_done(self, task_id: str, ends_at: float | None) -> bool:
        """Waits for a task; False if it goes on elsewhere, as its process was killed at the hard time limit."""
        left = None if ends_at is None else max(_SHORTEST_WAIT, ends_at - monotonic())
        try:
            self._app.AsyncResult(task_id).get(timeout=left)
        except TimeLimitExceeded as error:
            if left is not None and left <= _LONGEST_WAIT:
                raise CeleryTimeoutError("the task goes on after its hard time limit") from error
            return False
        return True

    def __repr__(self) -> str:
        tasks = counted(len(self.task_ids), "task")
        return f"<AudienceRun {self.run!r}: {counted(self.handed_out, 'user')} handed out in {tasks}>"


def _check(app: object, client: object, journal: str, name: object) -> None:
    faults = []
    if not isinstance(app, Celery):
        faults.append(Fault("app", f"must be a Celery application, not {kind(app)}"))
    if not callable(client):
        remedy = ": write client=lambda: PinpointUsers(…), as each process of a worker makes its own"
        faults.append(Fault("client", f"must be a function that makes a client, not {kind(client)}{remedy}"))
    try:
        Journal(journal, run="run")
    except ValidationError:
        url = "postgresql://user@host/database"
        faults.append(Fault("journal", f'must be the URL of a database that all workers reach, such as "{url}"'))
    if not isinstance(name, str) or not name:
        faults.append(Fault("name", "must be a text of at least one character"))
    elif isinstance(app, Celery) and name in _names.get(app, ()):
        faults.append(Fault("name", f"{name!r} is another's with this application: give each a name of its own"))
    if faults:
        raise ValidationError("PinpointTasks", faults)


def _common(message: Message, terms: Terms) -> dict[str, Any]:
    """What all users of a run get, as the service's request has it."""
    builder = SendUsersMessageRequest.builder(message_configuration=message, users={})
    if terms.template_configuration is not None:
        builder = builder.template_configuration(terms.template_configuration)
    if terms.context is not None:
        builder = builder.context(terms.context)
    if terms.trace_id is not None:
        builder = builder.trace_id(terms.trace_id)
    return to_wire(builder.build())


def _parts(users: Users) -> Iterator[dict[str, EndpointSendConfiguration]]:
    """The users of a task at a time."""
    entries, _ = entries_of(users)
    before = 0
    while chunk := [*islice(entries, _USERS_PER_TASK)]:
        pairs, fault = read_entries(chunk, before)
        before += len(chunk)
        if fault is not None:
            raise fault
        part: dict[str, EndpointSendConfiguration] = {}
        for user_id, configuration in pairs:
            part.setdefault(user_id, configuration)
        yield part


def _shown(run: str, users: int) -> dict[str, str]:
    """How a task's arguments are shown in events, whose receivers are to see nothing of users."""
    return {"argsrepr": f"({run!r}, {counted(users, 'user')})", "kwargsrepr": "{}"}


def _longest_rest(app: Celery) -> int:
    """The most seconds after which a task is tried again.

    Until then a worker has it, and the broker gives it to further ones when its time is over: each would try it again.
    """
    visible = app.conf.broker_transport_options.get("visibility_timeout")
    return max(1, min(_LONGEST_REST, int(visible / 2))) if isinstance(visible, (int, float)) else _LONGEST_REST


def _retries(longest: int) -> int:
    """How often a task is tried again: until the rests have taken as long together as they otherwise do."""
    number, rests = 0, 0
    while rests < _RESTS:
        rests += min(2**number, longest)
        number += 1
    return number


def _may_pass(error: Exception, reason: Exception) -> bool:
    """Whether it may go otherwise later. A journal that refuses from the beginning, for what it is of, says so of itself."""
    if isinstance(error, JournalError):
        return error.__cause__ is not None
    return not isinstance(reason, (ConfigurationError, ValidationError))
