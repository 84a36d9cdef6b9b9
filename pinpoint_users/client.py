"""The client: three doors to one operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import Self

from pinpoint_users._batching import Users, entries_of, user_id_of
from pinpoint_users._boto3 import BotoTransport, make_client, setting_faults
from pinpoint_users._fields import kind
from pinpoint_users._jobs import Encoder, parse
from pinpoint_users._personalization import Variables, check_content
from pinpoint_users._retry import RetryPolicy
from pinpoint_users._run import Run, Settings
from pinpoint_users._transport import Transport
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import (
    Fault,
    PinpointUsersError,
    RunInterrupted,
    StoppedError,
    UnreadableResponseError,
    UsersError,
    ValidationError,
)
from pinpoint_users.messages.configuration import (
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    TemplateConfiguration,
    TemplateConfigurationBuilder,
)
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.report import SendReport, UserResult
from pinpoint_users.results import SendUsersMessageResponse

__all__ = ["PinpointUsers", "ResultStream"]

_APPLICATION_ID = re.compile(r"[A-Za-z0-9_-]+")

Message = DirectMessageConfiguration | DirectMessageConfigurationBuilder
Templates = TemplateConfiguration | TemplateConfigurationBuilder


class ResultStream(Iterator[UserResult]):
    """The results of a run as they come, each user once; made by `PinpointUsers.stream`.

    Iterating sends. After `close()`, which leaving a `with` block calls, no further request goes out, and iterating on gives
    the results of the requests that were under way. It may be closed and iterated on after Ctrl-C too.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The service's IDs of the requests that it has answered so far."""
        return tuple(self._run.request_ids)

    def close(self) -> None:
        """Sends nothing more and waits for the requests that are under way; iterating on gives what is left."""
        self._run.stop(StoppedError("the run was closed before this user's turn; nothing was sent"))
        _finish(self._run)

    def __next__(self) -> UserResult:
        """The next user's result.

        Raises:
            PinpointUsersError: The run can't go on: credentials, permissions, the application, or the users handed in.
                `.report` has every user that was read and not handed out.
        """
        while not self._run.results and self._run.step():
            pass
        self._raise_if_stopped()
        if not self._run.results:
            raise StopIteration
        return self._run.results.popleft()

    def _raise_if_stopped(self) -> None:
        reason = self._run.stopped_by
        if reason is None or isinstance(reason, StoppedError) or self._is_over:
            return
        _finish(self._run)
        self._is_over = True
        reason.report = SendReport(
            users={result.user_id: result for result in self._run.results}, request_ids=self._run.request_ids
        )
        self._run.results.clear()
        raise reason


class PinpointUsers:
    """Sends one message to any number of users through Amazon Pinpoint, and tells what became of it for each.

    May be shared by threads. Close it, or use it in a `with` block.

    Args:
        application_id: The application (project) to send from.
        session: A boto3 session to make the client with; by default boto3's usual settings.
        client: A boto3 client for `pinpoint` to use as it is; its direct calls stay as they are.
        region_name: The AWS Region; by default as boto3 finds it.
        profile_name: The AWS profile; by default as boto3 finds it.
        endpoint_url: Another address of the service, such as an embedded Pinpoint's: https, or http to this machine.
        transport: Another way to the service, for tests; instead of all of the above.
        retry: What is sent again, how often, after which wait.
        concurrency: Requests that go out at a time, from 1 to 256; as many connections are kept.
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
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        allow_plain_http: bool = False,
    ) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - building messages needs no threads

        made_of = {
            "session": session,
            "region_name": region_name,
            "profile_name": profile_name,
            "endpoint_url": endpoint_url,
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "allow_plain_http": None if allow_plain_http is False else allow_plain_http,
        }
        _check_arguments(application_id, {**made_of, "client": client, "transport": transport}, retry, concurrency)
        self._application_id = application_id
        self._retry = retry
        self._concurrency = concurrency
        self._executor = ThreadPoolExecutor(concurrency, thread_name_prefix="pinpoint-users")
        self._is_closed = False
        if transport is None:
            transport = BotoTransport(client or make_client(**made_of, concurrency=concurrency), owned=client is None)
        self._transport = transport

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Waits for the requests that are under way and frees threads and connections; a client of your own stays open."""
        self._is_closed = True
        self._executor.shutdown()
        self._transport.close()

    def send(
        self,
        message: Message,
        users: Users,
        *,
        template_configuration: Templates | None = None,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
    ) -> SendReport:
        """Sends a message to any number of users and waits until all are done.

        Requests hold at most 100 users and 7 MB. A user ID that comes again is sent to once and is in `duplicates`.

        Args:
            message: The message, or its unfinished builder.
            users: User IDs, or pairs of an ID and an `EndpointSendConfiguration`, or a mapping of such pairs.
            template_configuration: The stored templates to use.
            context: Attributes for all users, in the push payload and the service's events.
            trace_id: An ID to find the message by in the service's events.

        Returns:
            Every user exactly once, in the order of the input.

        Raises:
            ValidationError: The message, or a user, is wrong. Of a collection, nothing was sent.
            ConfigurationError: No request can succeed: credentials, permissions, the application, the request as a whole.
            UsersError: Reading the users raised an error.
            RunInterrupted: Ctrl-C. As with the errors, `.report` holds every user: those sent and those not.
        """
        order: dict[str, None] = {}
        duplicates: list[str] = []
        entries = _once(entries_of(users), order, duplicates)
        run = self._run(message, entries, template_configuration, context, trace_id)
        try:
            _finish(run)
        except KeyboardInterrupt:
            run.stop(StoppedError("the run was interrupted before this user's turn; nothing was sent"))
            _finish(run)
            if isinstance(users, (Mapping, list, tuple)):
                run.read_on()
            raise RunInterrupted(_report(run, order, duplicates)) from None
        reason = run.stopped_by
        if reason is None:
            return _report(run, order, duplicates)
        if not isinstance(reason, UsersError):
            run.read_on()
        reason.report = _report(run, order, duplicates)
        raise reason

    def stream(
        self,
        message: Message,
        users: Users,
        *,
        template_configuration: Templates | None = None,
        context: Mapping[str, str] | None = None,
        trace_id: str | None = None,
    ) -> ResultStream:
        """Sends a message to any number of users in constant memory; results come as requests are answered.

        Users are read from the iterable as requests have room for them, and no further. A user ID that comes again is sent to
        again: use `send` where that may happen.

        Args:
            message: The message, or its unfinished builder.
            users: User IDs, or pairs of an ID and an `EndpointSendConfiguration`, or a mapping of such pairs.
            template_configuration: The stored templates to use.
            context: Attributes for all users, in the push payload and the service's events.
            trace_id: An ID to find the message by in the service's events.

        Returns:
            An iterator of results; iterating it sends.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong. Nothing was sent.
        """
        return ResultStream(self._run(message, entries_of(users), template_configuration, context, trace_id))

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
        check_content(request.message_configuration, request.template_configuration)
        variables = Variables(request.message_configuration)
        lacks = [variables.fault(user_id, configuration) for user_id, configuration in request.users.items()]
        faults = [fault for lack in lacks if lack is not None for fault in lack.faults]
        if faults:
            raise ValidationError("SendUsersMessageRequest", faults)
        body = Encoder(request).body("Users", request.users)
        answer = parse(self._transport.post("SendUsersMessages", self._application_id, body))
        try:
            return SendUsersMessageResponse.from_dict(answer)
        except ValidationError as error:
            raise UnreadableResponseError(
                f"{error}; the message may have been sent all the same: {json.dumps(answer)}"
            ) from error

    def _run(
        self,
        message: Message,
        entries: Iterator[Any],
        template_configuration: Templates | None,
        context: Mapping[str, str] | None,
        trace_id: str | None,
    ) -> Run:
        self._check_open()
        builder = SendUsersMessageRequest.builder(message_configuration=message, users={})
        if template_configuration is not None:
            builder = builder.template_configuration(template_configuration)
        if context is not None:
            builder = builder.context(context)
        if trace_id is not None:
            builder = builder.trace_id(trace_id)
        common = builder.build()
        check_content(common.message_configuration, common.template_configuration)
        settings = Settings(
            application_id=self._application_id,
            encoder=Encoder(common),
            variables=Variables(common.message_configuration),
            transport=self._transport,
            policy=self._retry,
            concurrency=self._concurrency,
            executor=self._executor,
        )
        return Run(settings, entries)

    def _check_open(self) -> None:
        if self._is_closed:
            raise PinpointUsersError("this client is closed: make another, or send inside its `with` block")


def _check_arguments(application_id: str, ways: Mapping[str, object], retry: RetryPolicy, concurrency: int) -> None:
    faults = []
    if not isinstance(application_id, str) or not _APPLICATION_ID.fullmatch(application_id):
        problem = "must be the ID of an application (project): letters, digits, - and _"
        faults.append(
            Fault("application_id", problem if isinstance(application_id, str) else f"{problem}; not {kind(application_id)}")
        )
    given = [name for name, way in ways.items() if way is not None]
    for alone in ("transport", "client"):
        if alone in given and len(given) > 1:
            faults.append(
                Fault(alone, f"can't go with {', '.join(name for name in given if name != alone)}: it is used as it is")
            )
            break
    if "session" in given and "profile_name" in given:
        faults.append(Fault("profile_name", "can't go with session, which has a profile of its own"))
    faults += setting_faults(**ways)
    if not isinstance(retry, RetryPolicy):
        faults.append(Fault("retry", f"must be a RetryPolicy, not {kind(retry)}"))
    if type(concurrency) is not int or not 1 <= concurrency <= 256:
        faults.append(Fault("concurrency", "must be an int from 1 to 256"))
    if faults:
        raise ValidationError("PinpointUsers", faults)


def _finish(run: Run) -> None:
    while run.step():
        pass


def _once(entries: Iterator[Any], order: dict[str, None], duplicates: list[str]) -> Iterator[Any]:
    """The users in their order, without those that come again."""

    def is_new(entry: Any) -> bool:
        user_id = user_id_of(entry)
        if user_id in order:
            duplicates.append(user_id)
            return False
        if user_id is not None:
            order[user_id] = None
        return True

    return filter(is_new, entries)


def _report(run: Run, order: Mapping[str, None], duplicates: list[str]) -> SendReport:
    by_id = {result.user_id: result for result in run.results}
    for user_id in order:
        if user_id not in by_id:
            by_id[user_id] = UserResult(user_id=user_id, outcome=Outcome.NOT_SENT, error=run.stopped_by)
    return SendReport(users={user_id: by_id[user_id] for user_id in order}, request_ids=run.request_ids, duplicates=duplicates)
