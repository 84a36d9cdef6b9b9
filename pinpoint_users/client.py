"""The client: three ways to send, which are runs of one engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import Self

from pinpoint_users._misuse import NoAsyncContext
from pinpoint_users._rendering.template_store import TemplateSource, TemplateStore
from pinpoint_users._requests.prepared import Given, Message, Preparation, Prepared, Templates
from pinpoint_users._routes.table import RouteTable
from pinpoint_users._routes.users_messages import WholeJob
from pinpoint_users._run.arguments import check_arguments, check_directory, check_missing_variables
from pinpoint_users._run.assembly import DirectoryLookUp, LookUp, ServiceLookUp
from pinpoint_users._run.batching import Users, entries_of
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.directory_desk import DirectoryDesk
from pinpoint_users._run.ending import INTERRUPTED, wound_up
from pinpoint_users._run.lanes import NEVER
from pinpoint_users._run.logs import log_start
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._run.run import Run
from pinpoint_users._run.terms import Choices, MissingVariables, Terms
from pinpoint_users._run.threads import ThreadDriver
from pinpoint_users._shapes.converters import kind
from pinpoint_users._shapes.json_text import load_library
from pinpoint_users._shapes.remedies import as_object
from pinpoint_users._transport.base import Transport
from pinpoint_users.directory.interface import Directory, as_directory
from pinpoint_users.enums import Channels
from pinpoint_users.errors import Fault, PinpointUsersError, StoppedError, ValidationError
from pinpoint_users.journal import Journal
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.report import RunInterrupted, RunStoppedError, SendReport, response_of
from pinpoint_users.responses import SendUsersMessageResponse
from pinpoint_users.routes import Routes
from pinpoint_users.stream import ResultStream

__all__ = ["PinpointUsers"]


_SENT_ONCE = RetryPolicy(max_attempts=1)


class PinpointUsers(NoAsyncContext):
    """Sends one message to any number of users through Amazon Pinpoint, and tells what became of it for each.

    May be shared by threads. Close it, or use it in a `with` block.

    Args:
        application_id: The application (project) to send from.
        session: A boto3 session to make the client with; by default a new one with boto3's usual settings, even after
            `boto3.setup_default_session`.
        client: A boto3 client for `pinpoint` to use as it is; its direct calls stay as they are.
        region_name: The AWS Region; by default as boto3 finds it.
        profile_name: The AWS profile; by default as boto3 finds it.
        endpoint_url: Another address of the service, such as an embedded Pinpoint's: https, or http to this machine. With a
            directory it is that of all services, so one of Pinpoint alone goes into AWS_ENDPOINT_URL_PINPOINT instead.
        transport: Another way to the service, for tests; instead of all of the above.
        retry: What is sent again, how often, after which wait.
        concurrency: Requests that go out at a time, from 1 to 256; as many connections are kept.
        requests_per_second: The most requests that go out in a second, over all runs of this client, for people who share an
            account's quota; by default only the service's throttling limits them, to which the rate adapts.
        connect_timeout: Seconds to wait for a connection, at most 86,400; 5 by default.
        read_timeout: Seconds to wait for an answer, at most 86,400; 30 by default. boto3 itself only bounds the wait between
            two bytes: here the whole answer must have come `connect_timeout + read_timeout` seconds after the request was
            handed over, or the request is given up, its users UNKNOWN.
        allow_plain_http: Whether the address of the service may be http to another machine, unencrypted.

        directory: Where users' endpoints are, since AWS no longer keeps them: an `EndpointDirectory`, of which
            `pinpoint_users.directory` has some; a function that takes at most 100 user IDs and returns a mapping of lists of
            `Endpoint`; or such a mapping. By default Pinpoint looks users up.
        routes: The way out for channels, for users from a directory, such as `{"EMAIL": SES(from_email_address="…")}` of
            `pinpoint_users.routes`, where PUSH stands for every push service. By default push, SMS and voice go by Pinpoint's
            `SendMessages` with addresses, and e-mail by SES.
        keeps_directory: Whether dead tokens are retired in the directory and replaced ones renewed, if it can be written; by
            default they are.
        templates: Where the templates are that `template_configuration` names, since AWS no longer keeps them: a folder, or a
            mapping. By default the service's.

    Raises:
        ValidationError: An argument is wrong, or two exclude each other.
        ConfigurationError: The address of the service in boto3's settings can't be used, such as one of plain http.
        RegionError: No Region is set, or Pinpoint isn't offered in it.
        CredentialsError: There is no profile of that name, or its credentials are incomplete or a login that has ended.

    Source: Amazon Pinpoint API reference, `SendUsersMessages` and `SendMessages`.
    """

    def __init__(
        self,
        application_id: str,
        *,
        session: Any = None,
        client: Any = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        transport: Transport | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - it is frozen
        concurrency: int = 8,
        requests_per_second: float | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        allow_plain_http: bool = False,
        directory: Directory | None = None,
        routes: Routes | None = None,
        keeps_directory: bool = True,
        templates: TemplateSource | None = None,
    ) -> None:
        made_of = {
            "session": session,
            "region_name": region_name,
            "profile_name": profile_name,
            "endpoint_url": endpoint_url,
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "allow_plain_http": None if allow_plain_http is False else allow_plain_http,
        }
        check_arguments(
            application_id, {**made_of, "client": client, "transport": transport}, retry, concurrency, requests_per_second
        )
        load_library()
        self._application_id = application_id
        self._retry = retry
        self._concurrency = concurrency
        self._is_closed = False
        self._preparation = Preparation(None if templates is None else TemplateStore.of(templates))
        self._look_up: LookUp = ServiceLookUp(requests_per_second)
        check_directory(directory, routes, keeps_directory)
        source, table = None if directory is None else as_directory(directory), RouteTable(routes)
        if transport is None:
            from pinpoint_users._transport.opening import open_transport  # noqa: PLC0415 - botocore takes a tenth of a second

            transport = open_transport(client, made_of, concurrency, None if source is None else table.clients)
        if source is not None:
            desk = DirectoryDesk(source, keeps=keeps_directory)
            self._look_up = DirectoryLookUp(desk, table, requests_per_second, transport.max_send_rate)
        self._transport = transport
        self._drivers: dict[int, ThreadDriver] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Threads hold a driver, but not its client: where nobody can send any more, they end.
        driver = getattr(self, "_drivers", {}).get(os.getpid())
        if driver is not None and not self._is_closed:
            driver.let_go()

    def close(self) -> None:
        """Stops what is being sent, waits for the requests that are out, and frees threads and connections.

        A run that goes on in another thread raises `RunStoppedError`, with every user in its report. A boto3 client of your own
        stays open.
        """
        self._is_closed = True
        driver = self._drivers.get(os.getpid())
        if driver is not None:
            driver.close()
        self._transport.close()

    def send(
        self,
        message: Message,
        users: Users,
        *,
        template_configuration: Templates | None = None,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
        deadline: float | None = None,
        journal: Journal | None = None,
        max_wait: float = 0.5,
        missing_variables: MissingVariables = "refuse",
        channels: Channels | None = None,
        first_of: Channels | None = None,
    ) -> SendReport:
        """Sends a message to any number of users and waits until all are done.

        Requests hold at most 100 users and 7 MB. A user ID that comes again is sent to once and is in `duplicates`.

        Args:
            message: The message, or its unfinished builder.
            users: User IDs, or pairs of an ID and an `EndpointSendConfiguration`, or a mapping of such pairs.
            template_configuration: The stored templates to use.
            context: Attributes for all users, in the push payload and the service's events.
            trace_id: An ID to find the message by in the service's events.
            deadline: Seconds that the run may take; by default any. After that it stops, and requests that are still out are
                given up with an UNKNOWN outcome.
            journal: A file in which the run keeps what it has done; a later run with it goes on where this one ended.
            max_wait: The most seconds that a user from a slow iterator waits for others to fill a request; 0.5 by default.
            missing_variables: What becomes of users who lack a variable that every channel of the message uses: "refuse", the
                default, sends them nothing and tells why; "empty" leaves the variable out of the text, as the service does.
            channels: The channels that the message goes to, such as `["SMS", "PUSH"]`; by default all that it has something
                for. PUSH stands for every push service.
            first_of: Takes a directory: each user gets the message by the first of these channels that reaches, and by the next
                one only if it is certain that the earlier one got nothing (opted out, inactive, a permanent failure, throttled
                to the end); never after an unknown outcome. By default all channels at once.

        Returns:
            Every user exactly once, in the order of the input.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong. Nothing was sent.
            JournalError: The journal can't be used. Nothing was sent.
            RunStoppedError: The run ended early; `.report` has every user, those sent to and those not, and `.reason` is why:
                `ConfigurationError` (no request can succeed: credentials, permissions, the application, the request itself),
                `UsersError` or `ValidationError` (of users from an iterator), `DeadlineExceededError`, `StalledError`,
                `JournalError`, `StoppedError` (the client was closed).
            RunInterrupted: Ctrl-C. `.report` has every user. Ctrl-C once more gives up the requests that are still out.
        """
        driver = self._open()
        terms = Terms(
            template_configuration=template_configuration,
            context=context,
            trace_id=trace_id,
            deadline=deadline,
            journal=journal,
            max_wait=max_wait,
            missing_variables=missing_variables,
            channels=channels,
            first_of=first_of,
        )
        run = self._run(message, users, terms)
        try:
            driver.start(run)
            driver.finish(run)
            report, reason = run.core.report(), run.core.cut_short_by
        except KeyboardInterrupt:
            raise wound_up(driver, run, RunInterrupted) from None
        except BaseException as error:  # of a signal handler or of the users' iterator, such as SystemExit
            raise error from wound_up(driver, run, lambda report: RunStoppedError(report, run.core.stopped_by or INTERRUPTED))
        if reason is not None:
            raise RunStoppedError(report, reason) from reason
        return report

    def stream(
        self,
        message: Message,
        users: Users,
        *,
        template_configuration: Templates | None = None,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
        deadline: float | None = None,
        journal: Journal | None = None,
        max_wait: float = 0.5,
        missing_variables: MissingVariables = "refuse",
        channels: Channels | None = None,
        first_of: Channels | None = None,
        unique: bool = False,
    ) -> ResultStream:
        """Sends a message to any number of users in constant memory; results come as requests are answered.

        Users are read from the iterable as requests have room for them, and no further. A user ID that comes again is sent to
        again, unless `unique` or a journal tells that it was there before.

        Args:
            message: The message, or its unfinished builder.
            users: User IDs, or pairs of an ID and an `EndpointSendConfiguration`, or a mapping of such pairs.
            template_configuration: The stored templates to use.
            context: Attributes for all users, in the push payload and the service's events.
            trace_id: An ID to find the message by in the service's events.
            deadline: Seconds that the run may take, from this call on; by default any. After that it stops, and requests that
                are still out are given up with an UNKNOWN outcome.
            journal: A file in which the run keeps what it has done; a later run with it goes on where this one ended.
            max_wait: The most seconds that a user from a slow iterator waits for others to fill a request; 0.5 by default.
            missing_variables: What becomes of users who lack a variable that every channel of the message uses: "refuse", the
                default, sends them nothing and tells why; "empty" leaves the variable out of the text, as the service does.
            channels: The channels that the message goes to, such as `["SMS", "PUSH"]`; by default all that it has something
                for. PUSH stands for every push service.
            first_of: Takes a directory: each user gets the message by the first of these channels that reaches, and by the next
                one only if it is certain that the earlier one got nothing (opted out, inactive, a permanent failure, throttled
                to the end); never after an unknown outcome. By default all channels at once.
            unique: Whether a user ID that comes again is passed over and kept in the stream's `duplicates`. The IDs so far are
                held in memory, some 150 bytes each; a journal does the same without that.

        Returns:
            An iterator of results; iterating it sends.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong. Nothing was sent.
            JournalError: The journal can't be used. Nothing was sent.
        """
        driver = self._open()
        terms = Terms(
            template_configuration=template_configuration,
            context=context,
            trace_id=trace_id,
            deadline=deadline,
            journal=journal,
            max_wait=max_wait,
            missing_variables=missing_variables,
            channels=channels,
            first_of=first_of,
        )
        run = self._run(message, users, terms, is_stream=True, deduplicates=unique)
        return ResultStream(driver, run, keeps=self)

    def send_users_messages(
        self,
        request: SendUsersMessageRequest | SendUsersMessageRequestBuilder,
        *,
        missing_variables: MissingVariables = "refuse",
    ) -> SendUsersMessageResponse:
        """Sends one request to at most 100 users, once; nothing is sent again.

        Args:
            request: The message and its users.
            missing_variables: What becomes of users who lack a variable that every channel of the message uses: "refuse", the
                default, sends nothing and tells why; "empty" leaves the variable out of the text, as the service does.

        Returns:
            The answer as it came, throttled endpoints included.

        Raises:
            ValidationError: A variable of the text has no value for some user; nothing was sent.
            RequestError: The request failed; `.sent` tells whether the message may have gone out. With a directory, where one
                call may be several requests: nobody has a result.
        """
        driver = self._open()
        check_missing_variables(missing_variables)
        if isinstance(request, SendUsersMessageRequestBuilder):
            request = request.build()
        if not isinstance(request, SendUsersMessageRequest):
            what = f"must be a SendUsersMessageRequest, not {kind(request)}{as_object(SendUsersMessageRequest, request)}"
            raise ValidationError("send_users_messages", [Fault("request", what)])
        given = Given(
            request.message_configuration,
            request.template_configuration,
            request.context,
            request.trace_id,
            missing_variables,
        )
        prepared = self._preparation.prepare(given)
        lacks = prepared.variables.faults(request.users).values()
        if lacks:
            raise ValidationError("SendUsersMessageRequest", [fault for lack in lacks for fault in lack.faults])
        if self._look_up.desk is not None:
            core = self._core(prepared, _SENT_ONCE, has_journal=False, keeps_results=True, deduplicates=True)
            self._finish_once(driver, self._new_run(core, iter(request.users.items()), is_in_memory=True))
            return response_of(core.report(), self._application_id)
        job = WholeJob(prepared.encoder, request.users)
        core = self._core(prepared, _SENT_ONCE, has_journal=False, keeps_results=False)
        core.add(job, self._transport.monotonic())
        core.feed([], end=True)
        self._finish_once(driver, self._new_run(core, iter(()), is_in_memory=True))
        if job.response is not None:
            return job.response
        raise next(result.error for result in core.take_results() if result.error is not None)

    def _finish_once(self, driver: ThreadDriver, run: Run) -> None:
        try:
            driver.start(run)
            driver.finish(run)
        except BaseException:
            driver.stop(run, StoppedError("the request was interrupted before its turn; nothing was sent"))
            raise

    def _run(self, message: Message, users: Users, terms: Terms, *, is_stream: bool = False, deduplicates: bool = True) -> Run:
        terms.check(has_directory=self._look_up.desk is not None)
        entries, is_in_memory = entries_of(users)
        given = Given(
            message,
            terms.template_configuration,
            terms.context,
            terms.trace_id,
            terms.missing_variables,
            terms.chosen_channels,
        )
        prepared = self._preparation.prepare(given)
        file = None
        if terms.journal is not None:
            from pinpoint_users._journal.file import JournalFile  # noqa: PLC0415 - hashlib, pathlib: few runs have a journal

            file = JournalFile(terms.journal, application_id=self._application_id, content=prepared.content())
        core = self._core(
            prepared,
            self._retry,
            terms.choices,
            has_journal=file is not None,
            deduplicates=deduplicates,
            keeps_results=not is_stream,
            reads_to_end=is_in_memory,
            ends_at=NEVER if terms.deadline is None else self._transport.monotonic() + terms.deadline,
        )
        return self._new_run(
            core, entries, is_in_memory=is_in_memory, is_stream=is_stream, journal=file, max_wait=terms.max_wait
        )

    def _core(self, prepared: Prepared, policy: RetryPolicy, choices: Choices = (), **how: Any) -> RunCore:
        timeout = NEVER if self._transport.timeout is None else self._transport.timeout
        return self._look_up.core(prepared, policy, choices, timeout=timeout, **how)

    def _new_run(self, core: RunCore, entries: Iterator[Any], **how: Any) -> Run:
        log_start(self._application_id)
        began, desk = self._transport.monotonic(), self._look_up.desk
        return Run(core, application_id=self._application_id, entries=entries, began=began, directory=desk, **how)

    def _open(self) -> ThreadDriver:
        """The driver of this process, made when something is first sent.

        Threads don't go with a fork, and locks and queues are to be of the kind that is there by then, such as gevent's.
        """
        if self._is_closed:
            raise PinpointUsersError("this client is closed: make another, or send inside its `with` block")
        process = os.getpid()
        driver = self._drivers.get(process)
        if driver is None:
            if self._drivers:
                self._look_up.renew()
            driver = self._drivers.setdefault(process, ThreadDriver(self._transport, self._concurrency))
        if self._is_closed:  # by another thread, which didn't see this driver: its runs are stopped like all others
            driver.close()
        driver.open()
        return driver
