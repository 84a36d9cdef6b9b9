"""AWS Lambda: a handler of Amazon SQS's events that sends what the records hold.

Logs go to the logger `pinpoint_users` as a run's do: a record's `event` is `sqs_record_returned` or `sqs_event_handled`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias, TypedDict

import attrs

from pinpoint_users._clock import monotonic
from pinpoint_users._run.retry import retry_targets
from pinpoint_users._shapes.converters import kind
from pinpoint_users._shapes.reading import from_json
from pinpoint_users.client import PinpointUsers
from pinpoint_users.enums import Outcome, Sent
from pinpoint_users.errors import Fault, InHandError, JournalError, ValidationError
from pinpoint_users.journal import Journal
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest
from pinpoint_users.report import RunStoppedError
from pinpoint_users.user_result import UserResult

__all__ = ["BatchItemFailure", "JournalOf", "LambdaContext", "SQSBatchResponse", "SQSHandler"]

JournalOf: TypeAlias = Journal | Callable[[SendUsersMessageRequest], Journal]
"""A journal for all records, or a function that gives each request's."""

_LOGGER = logging.getLogger("pinpoint_users")
_WINDING_UP = 3.0
"""Seconds before Lambda's end from which on nothing more is sent, at most; it is a quarter of a shorter time."""
_OTHERS = ("what isn't known",)
"""Stands for endpoints of a user that may have got the message."""
_GIVING_UP = 1 / 6
"""The share of them that is left for Lambda when requests without an answer are given up."""


class LambdaContext(Protocol):
    """What Lambda hands a handler besides the event, as far as it is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """The milliseconds until Lambda ends the invocation."""
        ...


class BatchItemFailure(TypedDict):
    """A record that SQS is to deliver again."""

    itemIdentifier: str
    """The record's `messageId`."""


class SQSBatchResponse(TypedDict):
    """What a handler answers, where the event source mapping has `ReportBatchItemFailures`."""

    batchItemFailures: list[BatchItemFailure]
    """The records that SQS is to deliver again; it deletes all others."""


@attrs.frozen(eq=False)
class _Record:
    """A record of an event. A poison one has no request."""

    message_id: str
    group: str | None
    """The message group of a FIFO queue's record, else None."""
    request: SendUsersMessageRequest | None = None
    key: object = None
    """Equal for records that may be sent by one run."""
    journal: Journal | None = None


@attrs.frozen
class _Window:
    """Until when an invocation sends, and until when it waits for answers, by the monotonic clock."""

    stops_at: float
    ends_at: float


class SQSHandler:
    """A handler of SQS's events: `handler = SQSHandler(PinpointUsers("…"), journal=Journal("…"))` in a function's module.

    The body of a record is AWS's JSON of a `SendUsersMessageRequest`, `{"MessageConfiguration": …, "Users": {…}}`, as
    `json.dumps(request.to_dict(), default=bytes.decode)` writes it; a raw e-mail is text, as here, or base64. Of a queue that
    is subscribed to an SNS topic, the subscription has raw message delivery, so that no envelope of SNS's is around it.
    Records of one event that have the same message and journal are one run.

    SQS delivers a record at least once, and the journal makes that once: users who are done in it aren't sent to again, so a
    record that comes twice is done. All execution environments have to reach it: a file in `/tmp` is that of one alone. It is
    that of one message, as always; where records have different messages, hand in a function that names a journal for each,
    such as by `request.trace_id`.

    The answer names the records that may be tried again, which SQS delivers once more or moves to its dead-letter queue:

    - a user of it, or a part of the user's endpoints, was not sent to, or is still throttled: all that certainly didn't go.
      What the service refused for good (opted out, no endpoints, a permanent failure) is done, and so is a user whose outcome
      is UNKNOWN, unless the client's `RetryPolicy` resends those, or, with a directory, the run was cut short;
    - its journal can't be used now, such as a file that another process uses, or a server that went away in mid-run; or another
      worker has a user in hand, as one that was killed has for 30 seconds;
    - it can't be read, or its message can't be sent. Such a record fails each time and alone, until it is in the dead-letter
      queue: `SendUsersMessageRequest.from_dict(json.loads(body))` tells what is wrong.

    Records of a FIFO queue are sent one after another, and after the first of a message group that fails, the later ones of
    that group are returned too, unsent.

    Three seconds before the invocation's end, or at a quarter of its time if that is less, nothing more is sent, and what
    hasn't gone is returned; half a second before it, requests without an answer are given up. So let the function's timeout be
    some times as long as a request takes, and the queue's visibility timeout six times the function's, as AWS advises.

    It takes `FunctionResponseTypes: [ReportBatchItemFailures]` in the event source mapping: without it, SQS takes every record
    for done.

    Args:
        client: Sends. Made when the module is imported, it lives through freezes: connections that the service closed meanwhile
            are made anew, and credentials that expired are renewed.
        journal: Who has the message already; a function that raises returns its record.

    Raises:
        ValidationError: An argument is of the wrong type.

    Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Handling errors for an SQS event source".
    """

    def __init__(self, client: PinpointUsers, *, journal: JournalOf) -> None:
        faults: list[Fault] = []
        if not isinstance(client, PinpointUsers):
            faults.append(Fault("client", f"must be a PinpointUsers, not {kind(client)}"))
        if not isinstance(journal, Journal) and not callable(journal):
            faults.append(Fault("journal", f"must be a Journal, or a function that gives one, not {kind(journal)}"))
        if faults:
            raise ValidationError("SQSHandler", faults)
        self._client = client
        self._journal = journal

    def __call__(self, event: Mapping[str, Any], context: LambdaContext) -> SQSBatchResponse:
        """Sends what an event's records hold.

        Args:
            event: What Lambda hands in for SQS.
            context: Tells how much time is left.

        Returns:
            The records that may be tried again.

        Raises:
            ValidationError: The event isn't one of SQS.
            PinpointUsersError: The client is closed.
        """
        now, seconds = monotonic(), context.get_remaining_time_in_millis() / 1000
        left = min(_WINDING_UP, seconds / 4)
        window = _Window(now + seconds - left, now + seconds - left * _GIVING_UP)
        records = [self._read(record) for record in _records_of(event)]
        returned: dict[str, None] = {}
        closed: set[str] = set()
        for batch in _batches(records):
            group = batch[0].group
            again = _left(batch) if group in closed else self._handle(batch, window)
            returned.update(dict.fromkeys(record.message_id for record in again))
            if again and group is not None:
                closed.add(group)
        fields = {"event": "sqs_event_handled", "records": len(records), "returned": len(returned)}
        _LOGGER.info("SQS event of %(records)d records handled, %(returned)d returned", fields, extra=fields)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in returned]}

    def _read(self, record: Mapping[str, Any]) -> _Record:
        message_id = record["messageId"]
        is_fifo = record["eventSourceARN"].endswith(".fifo")
        group = record["attributes"]["MessageGroupId"] if is_fifo else None
        try:
            body = json.loads(record["body"])
            request = from_json(SendUsersMessageRequest, body)
            journal = self._journal_of(request)
        except Exception as error:  # noqa: BLE001 - whatever a record is like, it must not keep others from going
            _log_returned(message_id, error)
            return _Record(message_id, group)
        common = json.dumps({**body, "Users": None}, sort_keys=True)
        return _Record(message_id, group, request, (common, journal), journal)

    def _journal_of(self, request: SendUsersMessageRequest) -> Journal:
        if isinstance(self._journal, Journal):
            return self._journal
        journal = self._journal(request)
        if not isinstance(journal, Journal):
            raise TypeError(f"the function for journals gave {kind(journal)}")
        return journal

    def _handle(self, batch: list[_Record], window: _Window) -> list[_Record]:
        """Sends what records hold that are alike; those of them that may be tried again."""
        request, journal = batch[0].request, batch[0].journal
        if request is None:
            return batch
        results: dict[str, UserResult] = {}
        reason: Exception | None = None
        try:
            for result in self._send(request, _users_of(batch), journal, window):
                results[result.user_id] = result
        except RunStoppedError as error:
            results.update(error.report.users)
            reason = error.reason
        except (ValidationError, JournalError) as error:
            reason = error
        # With a directory, of a user of whom something is unknown more may be left, which goes by another request.
        has_parts = self._client._look_up.desk is not None  # noqa: SLF001 - of this package
        is_cut_short = has_parts and (reason is not None or monotonic() >= window.stops_at)
        done = {user_id for user_id, result in results.items() if self._is_done(result, is_cut_short=is_cut_short)}
        again = [record for record in batch if not _users_of([record]).keys() <= done]
        for record in again:
            _log_returned(record.message_id, reason)
        return again

    def _send(
        self,
        request: SendUsersMessageRequest,
        users: Mapping[str, EndpointSendConfiguration],
        journal: Journal | None,
        window: _Window,
    ) -> Iterator[UserResult]:
        now = monotonic()
        if now >= window.stops_at:
            return
        stream = self._client.stream(
            request.message_configuration,
            users,
            template_configuration=request.template_configuration,
            context=request.context,
            trace_id=request.trace_id,
            deadline=window.ends_at - now,
            journal=journal,
        )
        stop = threading.Timer(window.stops_at - now, stream.stop)
        stop.daemon = True
        stop.start()
        try:
            with stream:
                yield from stream
        finally:
            stop.cancel()

    def _is_done(self, result: UserResult, *, is_cut_short: bool) -> bool:
        """Whether nothing of a user may be tried again."""
        if result.outcome in {Outcome.NOT_SENT, Outcome.THROTTLED}:
            return False
        is_unknown = result.outcome is Outcome.UNKNOWN
        policy = self._client._retry  # noqa: SLF001 - of this package
        if is_unknown and (policy.on_unknown == "resend" or is_cut_short or not _may_have_gone(result)):
            return False
        if not is_unknown and result.error is not None:  # a part of the user may go yet
            return False
        return not result.endpoints or not retry_targets(policy, result.endpoints, _OTHERS if is_unknown else ())


def _may_have_gone(result: UserResult) -> bool:
    """Whether a request of this run or an earlier one, and no other worker, makes a user's outcome unknown.

    Where the journal couldn't be read, or another worker has the user in hand, nothing may have gone, or nothing may yet.
    """
    error = result.error
    return error is None or (error.sent is not Sent.NOT_SENT and not isinstance(error, InHandError))


def _records_of(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The records of an event.

    Raises:
        ValidationError: It isn't one of SQS, as where another trigger calls the function.
    """
    records: Any = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list) or not all(_is_of_sqs(record) for record in records):
        raise ValidationError("SQSHandler", [Fault("event", "isn't an event of Amazon SQS: look at the function's triggers")])
    return records


def _is_of_sqs(record: object) -> bool:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:sqs":
        return False
    return all(isinstance(record.get(name), str) for name in ("messageId", "eventSourceARN"))


def _batches(records: Iterable[_Record]) -> Iterator[list[_Record]]:
    """The records that are handled together: alike ones, or in a FIFO queue one after another."""
    alike: dict[object, list[_Record]] = {}
    for record in records:
        if record.group is not None or record.request is None:
            yield [record]
        else:
            alike.setdefault(record.key, []).append(record)
    yield from alike.values()


def _users_of(batch: Iterable[_Record]) -> dict[str, EndpointSendConfiguration]:
    users: dict[str, EndpointSendConfiguration] = {}
    for record in batch:
        for user_id, own in record.request.users.items() if record.request is not None else ():
            users.setdefault(user_id, own)
    return users


def _left(batch: list[_Record]) -> list[_Record]:
    """Records of a message group of which an earlier one has failed."""
    for record in batch:
        _log_returned(record.message_id, None)
    return batch


def _log_returned(message_id: str, reason: Exception | None) -> None:
    fields = {
        "event": "sqs_record_returned",
        "message_id": message_id,
        "error": None if reason is None else type(reason).__name__,
    }
    _LOGGER.warning("SQS record %(message_id)s is returned: %(error)s", fields, extra=fields)
