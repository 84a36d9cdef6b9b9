"""What the clients have in common: arguments checked, runs put together, one engine for them all.

A client adds how its callers wait. What may take long here is `draft` and `draft_request`, which nothing of a caller's thread
or task is needed for: they read collections of users, open journals, and may ask SES for its rate.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import attrs

from pinpoint_users._journal.opening import open_journal
from pinpoint_users._requests.prepared import Given, Message, Preparation, Prepared
from pinpoint_users._routes.users_messages import WholeJob
from pinpoint_users._run.arguments import check_arguments, check_directory, check_missing_variables
from pinpoint_users._run.assembly import LookUp, ServiceLookUp, own_limit
from pinpoint_users._run.batching import Users, entries_of
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.lanes import NEVER
from pinpoint_users._run.logs import log_start
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._run.run import N, Run, with_end
from pinpoint_users._run.terms import Choices, MissingVariables, Terms
from pinpoint_users._run.threads import ThreadDriver
from pinpoint_users._run.worker_pool import InterruptSafeEvent
from pinpoint_users._shapes.converters import kind
from pinpoint_users._shapes.json_text import load_library
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._shapes.remedies import as_object
from pinpoint_users._transport.base import Transport
from pinpoint_users.errors import Fault, PinpointUsersError, ValidationError
from pinpoint_users.journal import Journal
from pinpoint_users.messages.request import SendUsersMessageRequest, SendUsersMessageRequestBuilder
from pinpoint_users.rate import RateLimit
from pinpoint_users.report import response_of
from pinpoint_users.responses import SendUsersMessageResponse

if TYPE_CHECKING:
    from pinpoint_users._rendering.template_store import TemplateSource
    from pinpoint_users._run.rate_desk import RateDesk
    from pinpoint_users.directory.interface import Directory
    from pinpoint_users.routes import Routes

Request: TypeAlias = SendUsersMessageRequest | SendUsersMessageRequestBuilder
_SENT_ONCE = RetryPolicy(max_attempts=1)
_JOURNAL_PATIENCE = 1.0
"""Seconds for which a run that is to end at once waits for each answer of its journal's server. A file is always waited for."""


@attrs.frozen(eq=False)
class Draft:
    """A run that is ready but for its caller, whose context it takes along when it is made."""

    core: RunCore
    how: Mapping[str, Any]

    def run(self, news: N, **more: Any) -> Run[N]:
        """The run. To be made where the caller is.

        Args:
            news: Wakes the caller.
            more: What else a run is told.
        """
        log_start(self.how["application_id"])
        return Run(self.core, news=news, **{**self.how, **more})

    def discard(self) -> None:
        """Lets go of what a run without a caller would hold."""
        journal = self.how.get("journal")
        if journal is not None:
            journal.close()


@attrs.frozen(eq=False)
class RequestDraft(Draft):
    """The run of one request."""

    response: Callable[[], SendUsersMessageResponse]
    """Gives the answer when the run is done, or raises why there is none."""


class BaseClient:
    """A client, but for how its callers wait."""

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
        rate: RateLimit | None = None,
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
        name, ways = type(self).__name__, {**made_of, "client": client, "transport": transport}
        check_arguments(
            name, application_id, ways, retry, concurrency=concurrency, requests_per_second=requests_per_second, rate=rate
        )
        load_library()
        self._application_id = application_id
        self._retry = retry
        self._concurrency = concurrency
        self._is_closed = False
        self._has_templates = templates is not None
        store = None
        if templates is not None:
            from pinpoint_users._rendering.template_store import TemplateStore  # noqa: PLC0415 - few clients have templates

            store = TemplateStore.of(templates)
        self._preparation = Preparation(store)
        self._rates: RateDesk | None = None
        if rate is not None:
            from pinpoint_users._run.rate_desk import RateDesk  # noqa: PLC0415 - few clients share their rate

            self._rates = RateDesk(rate)
        new_limit = own_limit if self._rates is None else self._rates.limit
        self._look_up: LookUp = ServiceLookUp(requests_per_second, new_limit)
        check_directory(name, directory, routes, keeps_directory)
        checked = None
        if directory is not None:
            from pinpoint_users._run.directory_assembly import CheckedDirectory  # noqa: PLC0415 - with what few clients need

            checked = CheckedDirectory.of(directory, routes, keeps=keeps_directory)
        if transport is None:
            from pinpoint_users._transport.opening import open_transport  # noqa: PLC0415 - botocore takes a tenth of a second

            transport = open_transport(client, made_of, concurrency, None if checked is None else checked.clients)
        if checked is not None:
            self._look_up = checked.look_up(requests_per_second, transport.max_send_rate, new_limit)
        self._transport = transport
        self._drivers: dict[int, ThreadDriver] = {}

    def __del__(self) -> None:
        # Threads hold a driver, but not its client: where nobody can send any more, they end.
        driver = getattr(self, "_drivers", {}).get(os.getpid())
        if driver is not None and not self._is_closed:
            driver.let_go()

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"{name} can't be pickled or copied, as it has threads and connections: make one in each process")

    def _shut(self) -> None:
        """Stops what is being sent, waits for the requests that are out, and frees threads and connections."""
        self._is_closed = True
        driver = self._drivers.get(os.getpid())
        if driver is not None:
            driver.close()
        self._transport.close()

    def _is_quick(self, users: object = (), journal: Journal | None = None) -> bool:
        """Whether a run is put together in next to no time: from few users, without a journal, a directory or templates."""
        is_small = not isinstance(users, Collection) or len(users) <= MAX_USERS
        return is_small and journal is None and self._look_up.desk is None and not self._has_templates

    def _ends_at(self, terms: Terms) -> float:
        """When a run on these terms ends that begins now.

        Raises:
            ValidationError: One of the terms is wrong.
        """
        terms.check(has_directory=self._look_up.desk is not None)
        return NEVER if terms.deadline is None else self._transport.monotonic() + terms.deadline

    def _draft(
        self,
        message: Message,
        users: Users,
        terms: Terms,
        *,
        ends_at: float,
        is_stream: bool = False,
        deduplicates: bool = True,
    ) -> Draft:
        """Puts a run together.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong.
            JournalError: The journal can't be used.
        """
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
        journal = None
        try:
            if terms.journal is not None:
                content, within = prepared.content(), terms.deadline
                journal = open_journal(terms.journal, application_id=self._application_id, content=content, within=within)
            core = self._core(
                prepared,
                self._retry,
                terms.choices,
                has_journal=journal is not None,
                deduplicates=deduplicates,
                keeps_results=not is_stream,
                reads_to_end=is_in_memory,
                ends_at=ends_at,
                journal_patience=_JOURNAL_PATIENCE if terms.journal is not None and terms.journal.is_shared else NEVER,
            )
            how = self._how(entries, is_in_memory=is_in_memory, is_stream=is_stream, journal=journal, max_wait=terms.max_wait)
            return Draft(core, how)
        except BaseException:  # Ctrl-C, say, whose traceback would keep the journal in use
            if journal is not None:
                journal.close()
            raise

    def _ready(self, message: Message, users: Users, terms: Terms, **how: bool) -> Run[InterruptSafeEvent]:
        """A run whose caller is this thread.

        Raises:
            ValidationError: The message, or a user of a collection, is wrong.
            JournalError: The journal can't be used.
        """
        draft = None
        try:
            draft = self._draft(message, users, terms, ends_at=self._ends_at(terms), **how)
            return draft.run(InterruptSafeEvent())
        except BaseException:  # likewise
            if draft is not None:
                draft.discard()
            raise

    def _draft_request(self, request: Request, missing_variables: MissingVariables) -> RequestDraft:
        """Puts the run of one request together.

        Raises:
            ValidationError: It isn't one, or a variable of the text has no value for some user.
        """
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
            how = self._how(iter(request.users.items()), is_in_memory=True)
            return RequestDraft(core, how, lambda: response_of(core.report(), self._application_id))
        job = WholeJob(prepared.encoder, request.users)
        core = self._core(prepared, _SENT_ONCE, has_journal=False, keeps_results=False)
        core.add(job, self._transport.monotonic())
        core.feed([], end=True)
        return RequestDraft(core, self._how(iter(()), is_in_memory=True), lambda: _response_of(job, core))

    def _core(self, prepared: Prepared, policy: RetryPolicy, choices: Choices = (), **how: Any) -> RunCore:
        timeout = NEVER if self._transport.timeout is None else self._transport.timeout
        return self._look_up.core(prepared, policy, choices, timeout=timeout, **how)

    def _how(self, entries: Iterator[Any], **how: Any) -> dict[str, Any]:
        return {
            "application_id": self._application_id,
            "entries": with_end(entries),
            "began": self._transport.monotonic(),
            "directory": self._look_up.desk,
            **how,
        }

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
                if self._rates is not None:
                    self._rates.renew()
                self._look_up.renew()
            driver = self._drivers.setdefault(process, ThreadDriver(self._transport, self._concurrency, self._rates))
        if self._is_closed:  # by another thread, which didn't see this driver: its runs are stopped like all others
            driver.close()
        driver.open()
        return driver


def _response_of(job: WholeJob, core: RunCore) -> SendUsersMessageResponse:
    if job.response is not None:
        return job.response
    raise next(result.error for result in core.take_results() if result.error is not None)
