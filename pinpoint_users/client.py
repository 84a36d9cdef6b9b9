"""The client: three ways to send, which are runs of one engine."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import Self

from pinpoint_users._misuse import NoAsyncContext
from pinpoint_users._requests.prepared import Message, Templates
from pinpoint_users._run.base_client import BaseClient
from pinpoint_users._run.batching import Users
from pinpoint_users._run.cursor import Cursor
from pinpoint_users._run.ending import REQUEST_INTERRUPTED, carried_out, wait_through, wound_up
from pinpoint_users._run.terms import MissingVariables, Terms
from pinpoint_users._run.worker_pool import InterruptSafeEvent
from pinpoint_users.enums import Channels
from pinpoint_users.journal import Journal
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.report import RunInterrupted, SendReport
from pinpoint_users.responses import SendUsersMessageResponse
from pinpoint_users.stream import ResultStream

__all__ = ["PinpointUsers"]


class PinpointUsers(BaseClient, NoAsyncContext):
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops what is being sent, waits for the requests that are out, and frees threads and connections.

        A run that goes on in another thread raises `RunStoppedError`, with every user in its report. A boto3 client of your own
        stays open.
        """
        self._shut()

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
            RunInterrupted: Ctrl-C. `.report` has every user. Ctrl-C once more gives up the requests that are still out.
        """
        driver = self._open()
        terms = Terms(
            template_configuration, context, trace_id, deadline, journal, max_wait, missing_variables, channels, first_of
        )
        run = self._ready(message, users, terms)
        try:
            return carried_out(driver, run)
        except RunInterrupted:
            raise
        except KeyboardInterrupt:  # before it began, or again and again
            raise wound_up(driver, run, RunInterrupted) from None

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
        run = self._ready(message, users, terms, is_stream=True, deduplicates=unique)
        return ResultStream(Cursor(driver, run), keeps=self)

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
        draft = self._draft_request(request, missing_variables)
        run = draft.run(InterruptSafeEvent())
        try:
            driver.start(run)
            wait_through(driver.turns(run), run.news)
        except BaseException:
            driver.stop(run, REQUEST_INTERRUPTED, at_once=True)
            raise
        return draft.response()
