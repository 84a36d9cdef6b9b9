"""The client: three doors to one operation."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users._rate.limiter import RateLimit
from pinpoint_users._requests.jobs import Encoder, parse
from pinpoint_users._requests.preflight import Variables, check_content
from pinpoint_users._run.arguments import check_arguments, check_run
from pinpoint_users._run.batching import Users, entries_of, once
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._run.threads import Run, Settings
from pinpoint_users._run.worker_pool import Workers
from pinpoint_users._shapes.serialization import to_wire
from pinpoint_users._transport.aws_client import make_client
from pinpoint_users._transport.base import Transport
from pinpoint_users.errors import (
    PinpointUsersError,
    RunInterrupted,
    StoppedError,
    UnreadableResponseError,
    UsersError,
    ValidationError,
)
from pinpoint_users.journal import Journal
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.report import SendReport
from pinpoint_users.results import SendUsersMessageResponse
from pinpoint_users.stream import ResultStream

__all__ = ["PinpointUsers"]


Message = DirectMessageConfiguration | DirectMessageConfigurationBuilder
Templates = TemplateConfiguration | TemplateConfigurationBuilder


class PinpointUsers:
    """Sends one message to any number of users through Amazon Pinpoint, and tells what became of it for each.

    May be shared by threads. Close it, or use it in a `with` block.

    Args:
        application_id: The application (project) to send from.
        session: A boto3 session to make the client with; by default a new one with boto3's usual settings, even after
            `boto3.setup_default_session`.
        client: A boto3 client for `pinpoint` to use as it is; its direct calls stay as they are.
        region_name: The AWS Region; by default as boto3 finds it.
        profile_name: The AWS profile; by default as boto3 finds it.
        endpoint_url: Another address of the service, such as an embedded Pinpoint's: https, or http to this machine.
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

    Raises:
        ValidationError: An argument is wrong, or two exclude each other.
        ConfigurationError: The address of the service in boto3's settings can't be used, such as one of plain http.
        RegionError: No Region is set, or Pinpoint isn't offered in it.
        CredentialsError: There is no profile of that name.

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
        self._application_id = application_id
        self._retry = retry
        self._concurrency = concurrency
        self._workers = Workers(concurrency)
        self._limit = RateLimit(requests_per_second)
        self._is_closed = False
        self._prepared: _Prepared | None = None
        if transport is None:
            from pinpoint_users._transport.boto import BotoTransport  # noqa: PLC0415 - botocore takes a tenth of a second

            transport = BotoTransport(
                client or make_client(**made_of, concurrency=concurrency),
                owned=client is None,
                fast_path=client is None and session is None,
            )
        self._transport = transport

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Waits for the requests that are under way and frees threads and connections; a client of your own stays open."""
        self._is_closed = True
        self._workers.close()
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

        Returns:
            Every user exactly once, in the order of the input.

        Raises:
            ValidationError: The message, or a user, is wrong. Of a collection, nothing was sent.
            ConfigurationError: No request can succeed: credentials, permissions, the application, the request as a whole.
            UsersError: Reading the users raised an error.
            DeadlineExceededError: The deadline has passed.
            JournalError: The journal can't be used.
            RunInterrupted: Ctrl-C. As with the errors, `.report` holds every user: those sent and those not.
        """
        order: dict[str, None] = {}
        duplicates: list[str] = []
        entries = once(entries_of(users), order, duplicates)
        run = self._run(
            message,
            entries,
            template_configuration=template_configuration,
            context=context,
            trace_id=trace_id,
            deadline=deadline,
            journal=journal,
        )
        try:
            try:
                run.finish()
                report = _report_or_raise(run, order, duplicates)
                run.close()
                return report  # noqa: TRY300 - until here Ctrl-C is told what is known of each user
            except KeyboardInterrupt:
                run.stop(StoppedError("the run was interrupted before this user's turn; nothing was sent"))
                run.finish()
                if isinstance(users, (Mapping, list, tuple)):  # whose reading the interrupt may have parted
                    order, duplicates = {}, []
                    deque(once(entries_of(users), order, duplicates), maxlen=0)
                raise RunInterrupted(_report(run, order, duplicates)) from None
        except BaseException:
            run.close()
            raise

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
            unique: Whether a user ID that comes again is passed over and kept in the stream's `duplicates`. The IDs so far are
                held in memory, some 150 bytes each; a journal does the same without that.

        Returns:
            An iterator of results; iterating it sends.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong. Nothing was sent.
            JournalError: The journal can't be used. Nothing was sent.
        """
        entries = entries_of(users)
        duplicates: list[str] = []
        if unique and journal is None:
            entries = once(entries, {}, duplicates)
        run = self._run(
            message,
            entries,
            template_configuration=template_configuration,
            context=context,
            trace_id=trace_id,
            deadline=deadline,
            journal=journal,
        )
        return ResultStream(run, duplicates if journal is None else run.ledger.duplicates)

    def send_users_messages(
        self, request: SendUsersMessageRequest | SendUsersMessageRequestBuilder
    ) -> SendUsersMessageResponse:
        """Sends one request to at most 100 users, once; nothing is sent again.

        Args:
            request: The message and its users.

        Returns:
            The answer as it came, throttled endpoints included.

        Raises:
            ValidationError: A variable of the text has no value for some user; nothing was sent.
            RequestError: The request failed; `.sent` tells whether the message may have gone out.
        """
        self._check_open()
        if isinstance(request, SendUsersMessageRequestBuilder):
            request = request.build()
        prepared = self._prepare(
            request.message_configuration, request.template_configuration, request.context, request.trace_id
        )
        lacks = prepared.variables.faults(request.users).values()
        if lacks:
            raise ValidationError("SendUsersMessageRequest", [fault for lack in lacks for fault in lack.faults])
        body = prepared.encoder.body("Users", request.users)
        while (wait := self._limit.take(self._transport.monotonic())) > 0:
            self._transport.sleep(wait)
        answer = self._transport.post("SendUsersMessages", self._application_id, body)
        try:
            return SendUsersMessageResponse.from_dict(parse(answer))
        except UnreadableResponseError as error:
            error.answer = answer
            raise
        except ValidationError as error:
            unreadable = UnreadableResponseError(f"{error}; the message may have been sent all the same")
            unreadable.answer = answer
            raise unreadable from error

    def _run(
        self,
        message: Message,
        entries: Iterator[Any],
        *,
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
        deadline: float | None,
        journal: Journal | None,
    ) -> Run:
        self._check_open()
        check_run(deadline, journal)
        prepared = self._prepare(message, template_configuration, context, trace_id)
        file = None
        if journal is not None:
            from pinpoint_users._journal.file import JournalFile  # noqa: PLC0415 - hashlib, pathlib: few runs have a journal

            file = JournalFile(journal, application_id=self._application_id, content=_content(prepared.common))
        settings = Settings(
            application_id=self._application_id,
            encoder=prepared.encoder,
            variables=prepared.variables,
            transport=self._transport,
            policy=self._retry,
            concurrency=self._concurrency,
            limit=self._limit,
            workers=self._workers,
            deadline=deadline,
            journal=file,
        )
        self._workers.open()
        return Run(settings, entries)

    def _prepare(
        self,
        message: Message,
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> _Prepared:
        of = (message, template_configuration, context, trace_id)
        prepared = self._prepared
        # Whoever sends one-time passwords sends the same message, to one user at a time; a frozen one stays as it was.
        if prepared is None or any(given is not known for given, known in zip(of, prepared.of, strict=True)):
            prepared = _Prepared.of_message(*of)
            is_frozen = isinstance(message, DirectMessageConfiguration) and template_configuration is None and context is None
            self._prepared = prepared if is_frozen else None
        return prepared

    def _check_open(self) -> None:
        if self._is_closed:
            raise PinpointUsersError("this client is closed: make another, or send inside its `with` block")


@attrs.frozen(eq=False, repr=False)
class _Prepared:
    """What is made of a message before it is sent, once for all of its users."""

    of: tuple[object, ...]
    """What was handed in."""
    common: SendUsersMessageRequest
    encoder: Encoder
    variables: Variables

    @classmethod
    def of_message(
        cls,
        message: Message,
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> Self:
        """Checks a message and what goes with it.

        Raises:
            ValidationError: Something is wrong with it.
        """
        builder = SendUsersMessageRequest.builder(message_configuration=message, users={})
        if template_configuration is not None:
            builder = builder.template_configuration(template_configuration)
        if context is not None:
            builder = builder.context(context)
        if trace_id is not None:
            builder = builder.trace_id(trace_id)
        common = builder.build()
        check_content(common.message_configuration, common.template_configuration)
        of = (message, template_configuration, context, trace_id)
        return cls(of, common, Encoder(common), Variables(common.message_configuration))


def _content(common: SendUsersMessageRequest) -> bytes:
    """What a journal knows a message by: all that every user gets, but the ID for tracing."""
    members = {name: value for name, value in to_wire(common).items() if name not in {"TraceId", "Users"}}
    return json.dumps(members, sort_keys=True).encode()


def _report_or_raise(run: Run, order: Mapping[str, None], duplicates: list[str]) -> SendReport:
    reason = run.stopped_by
    if reason is None:
        return _report(run, order, duplicates)
    if not isinstance(reason, UsersError):
        run.read_on(reason)
    reason.report = _report(run, order, duplicates)
    raise reason


def _report(run: Run, order: Mapping[str, None], duplicates: list[str]) -> SendReport:
    ledger = run.ledger
    if run.stopped_by is not None:  # users whose reading was interrupted
        come = {result.user_id for result in ledger.results}
        ledger.turn_away([user_id for user_id in order if user_id not in come], run.stopped_by)
    by_id = {result.user_id: result for result in ledger.results}
    return SendReport(users={user_id: by_id[user_id] for user_id in order}, request_ids=run.request_ids, duplicates=duplicates)
