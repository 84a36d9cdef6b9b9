"""The client for asyncio: the same three ways to send, of the same engine, by whoever waits in an event loop.

What carries a run out are the threads of the client, as for `PinpointUsers`, so that boto3's credentials, hooks, proxies and
tracers are the same; what is in the loop are the caller's turns, short ones. See `docs/asyncio.md`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import Any, TypeAlias

from typing_extensions import Self

from pinpoint_users._misuse import NoSyncContext, NoSyncIterator
from pinpoint_users._requests.prepared import Message, Templates
from pinpoint_users._run.base_client import BaseClient, Draft
from pinpoint_users._run.batching import Configuration, Users
from pinpoint_users._run.cursor import BELONGS_TO_ONE, Cursor, warn_of_unused
from pinpoint_users._run.ending import INTERRUPTED, REQUEST_INTERRUPTED
from pinpoint_users._run.tasks import (
    HANDED_OUT,
    HomeLoop,
    Inflow,
    drafted,
    in_thread,
    outlast,
    reported,
    run_of,
    take_turns,
    wound_up,
)
from pinpoint_users._run.terms import MissingVariables, Terms
from pinpoint_users._run.threads import ThreadDriver
from pinpoint_users.enums import Channels
from pinpoint_users.journal import Journal
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.report import RunStoppedError, SendReport
from pinpoint_users.responses import SendUsersMessageResponse
from pinpoint_users.user_result import UserResult

__all__ = ["AsyncPinpointUsers", "AsyncResultStream"]

AsyncUsers: TypeAlias = Users | AsyncIterable[str | tuple[str, Configuration]]
"""Whom to send to: as for `PinpointUsers`, or an async iterable of the same."""


class AsyncPinpointUsers(BaseClient, NoSyncContext):
    """Sends one message to any number of users through Amazon Pinpoint, and tells what became of it for each.

    Belongs to the event loop in which it is first used, and may be shared by its tasks. Close it, or use it in an `async with`
    block.

    Args:
        application_id: The application (project) to send from.
        session: A boto3 session to make the client with; by default a new one with boto3's usual settings, even after
            `boto3.setup_default_session`.
        client: A boto3 client for `pinpoint` to use as it is; its direct calls stay as they are.
        region_name: The AWS Region; by default as boto3 finds it.
        profile_name: The AWS profile; by default as boto3 finds it.
        endpoint_url: Another address of the service, such as an embedded Pinpoint's: https, or http to this machine. With a
            directory it is that of all services, so one of Pinpoint alone goes into AWS_ENDPOINT_URL_PINPOINT instead. No
            proxy is asked for a server of this machine's own.
        transport: Another way to the service, for tests; instead of all of the above.
        retry: What is sent again, how often, after which wait.
        concurrency: Requests that go out at a time, from 1 to 256; as many connections are kept.
        requests_per_second: The most requests that go out in a second, over all runs of this client, for people who share an
            account's quota; by default only the service's throttling limits them, to which the rate adapts.
        rate: Where other processes share the rate: `RateLimit.shared("redis://…")`. `requests_per_second` is then that of all
            together, and so is the rate that is found where the service throttles; by default this client has its own.
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

    @cached_property
    def _home(self) -> HomeLoop:
        return HomeLoop()

    async def __aenter__(self) -> Self:
        self._home.check()
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        shut = in_thread(self._shut)
        await outlast(error, lambda: asyncio.shield(shut))

    async def aclose(self) -> None:
        """Stops what is being sent, waits for the requests that are out, and frees threads and connections.

        A run that goes on in another task raises `RunStoppedError`, with every user in its report. A boto3 client of your own
        stays open.
        """
        await asyncio.shield(in_thread(self._shut))

    async def send(
        self,
        message: Message,
        users: AsyncUsers,
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
                for. PUSH stands for every push service. Without a directory APNs' channels can't be told apart: one of them
                is all of them.
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
            asyncio.CancelledError: The task was cancelled. No further request went out, and those under way were finished;
                `RunStoppedError.behind(error).report` has every user. A second cancel gives up the requests that are still out.
        """
        driver = self._open()
        terms = Terms(
            template_configuration, context, trace_id, deadline, journal, max_wait, missing_variables, channels, first_of
        )
        self._home.check()
        make = partial(self._draft, message, _to_read_at_once(users), terms, ends_at=self._ends_at(terms))
        draft = await drafted(make, is_quick=self._is_quick(users, journal))
        run, _ = run_of(draft, driver, users)
        try:
            driver.start(run)
            await take_turns(driver.turns(run), run.news)
            report, reason = await reported(run), run.core.cut_short_by
        except GeneratorExit:  # nobody is left to wait in this loop
            driver.stop(run, INTERRUPTED)
            raise
        except BaseException as error:
            raise error from await wound_up(driver, run, error)
        if reason is not None:
            raise RunStoppedError(report, reason) from reason
        return report

    def stream(
        self,
        message: Message,
        users: AsyncUsers,
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
    ) -> AsyncResultStream:
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
                for. PUSH stands for every push service. Without a directory APNs' channels can't be told apart: one of them
                is all of them.
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
            template_configuration, context, trace_id, deadline, journal, max_wait, missing_variables, channels, first_of
        )
        how: dict[str, Any] = {"ends_at": self._ends_at(terms), "is_stream": True, "deduplicates": unique}
        make = partial(self._draft, message, _to_read_at_once(users), terms, **how)
        draft = partial(drafted, make, is_quick=self._is_quick(users, journal))
        return AsyncResultStream(driver, draft, users, home=self._home, keeps=self)

    async def send_users_messages(
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
        self._home.check()
        draft = await drafted(partial(self._draft_request, request, missing_variables), is_quick=self._is_quick())
        run, _ = run_of(draft, driver, ())
        try:
            driver.start(run)
            await take_turns(driver.turns(run), run.news)
        except BaseException:
            driver.stop(run, REQUEST_INTERRUPTED, at_once=True)
            raise
        return draft.response()


class AsyncResultStream(NoSyncIterator, AsyncIterator[UserResult]):
    """The results of a run as they come, each user once; made by `AsyncPinpointUsers.stream`.

    Iterating sends. After `aclose()`, which leaving an `async with` block calls, no further request goes out, and iterating on
    gives the results that are left. It may be closed and iterated on after its task was cancelled too. It belongs to one task
    at a time. One that is dropped without either gives a `ResourceWarning`.
    """

    def __init__(
        self, driver: ThreadDriver, draft: Callable[[], Awaitable[Draft]], users: AsyncUsers, *, home: HomeLoop, keeps: object
    ) -> None:
        self._keeps = keeps
        self._home = home
        self._driver = driver
        self._draft = draft
        self._users = users
        self._inflow: Inflow | None = None
        self._cursor: Cursor | None = None
        self._handed_out = 0
        self._has_begun = False
        self._is_opening = False
        self._is_stopped = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        # Before there is a run nothing is under way.
        await outlast(None if self._cursor is None else error, self.aclose)

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The service's IDs of the requests that it has answered so far."""
        return () if self._cursor is None else tuple(self._cursor.run.core.request_ids)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """User IDs that came again so far and were not sent to again: with `unique=True` or a journal, otherwise none."""
        return () if self._cursor is None else tuple(self._cursor.run.core.seen.duplicates)

    def stop(self) -> None:
        """Sends nothing more, and doesn't wait: iterating on gives the results of what is under way, and those that are left.

        May be called from a signal handler and from any thread.
        """
        self._is_stopped = True
        if self._cursor is not None:
            self._cursor.stop()

    async def aclose(self) -> None:
        """Sends nothing more and waits for the requests that are under way; iterating on gives what is left.

        Raises:
            RuntimeError: The stream is being read elsewhere; it ends there when what is under way has come back.
        """
        self.stop()
        cursor = await self._open()
        await take_turns(cursor.closing(), cursor.run.news)

    def __del__(self) -> None:
        if not self._has_begun:
            warn_of_unused(self, "async for")
        elif self._cursor is not None:
            self._cursor.drop()
            if self._inflow is not None:
                self._inflow.drop()

    async def __anext__(self) -> UserResult:
        """The next user's result.

        Raises:
            RunStoppedError: The run can't go on, or the client was closed; `.report` has every user that wasn't handed out.
        """
        cursor = self._cursor or await self._open()
        if self._handed_out >= HANDED_OUT:  # else a loop over many results would let nobody else have a turn
            self._handed_out = 0
            await cursor.run.news.pause()  # before a result is taken: a cancel may strike here
        result = cursor.advance()
        if result is None:
            self._home.check()
            await take_turns(cursor.turns(asyncio.current_task()), cursor.run.news)
            result = cursor.current()
            if result is None:
                raise StopAsyncIteration
        self._handed_out += 1
        cursor.handed_out = result
        return result

    async def _open(self) -> Cursor:
        """Puts the run together when the first result is asked for, as that may take long."""
        self._has_begun = True
        self._home.check()
        if self._is_opening:
            raise RuntimeError(BELONGS_TO_ONE)
        if self._cursor is None:
            self._is_opening = True
            try:
                draft = await self._draft()
            finally:
                self._is_opening = False
            run, self._inflow = run_of(draft, self._driver, self._users)
            self._cursor = Cursor(self._driver, run)
            if self._is_stopped:
                self._cursor.stop()
        return self._cursor


def _to_read_at_once(users: AsyncUsers) -> Users:
    """The users, if they can be read without the loop: what is async is read by a task."""
    return iter(()) if isinstance(users, AsyncIterable) else users
