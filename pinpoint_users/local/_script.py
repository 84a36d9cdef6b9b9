"""The script of faults: the methods of `LocalPinpoint` that let things go wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from pinpoint_users._transport.operations import error_reasons
from pinpoint_users.local import _ses, _text_messaging
from pinpoint_users.local._faults import Faults, Rejection, RequestFault, Throttling
from pinpoint_users.local._reply import ERROR_NAMES


class FaultScript:
    """What a test lets go wrong.

    Faults are met in the order of the calls that script them, each by so many requests; only sends meet them:
    `SendUsersMessages`, `SendMessages` and `SendOTPMessage`, SES v2's `SendEmail` and `SendBulkEmail`, and `SendTextMessage`
    and `SendVoiceMessage` of SMS and voice version 2; and `GetAccount` where it is named.
    """

    def __init__(self) -> None:
        self._faults = Faults()

    def throttle(
        self,
        *,
        endpoint_ids: Collection[str] = (),
        addresses: Collection[str] = (),
        user_ids: Collection[str] = (),
        share: float = 0.0,
        times: int = 1,
        status_code: int = 429,
    ) -> None:
        """Lets endpoints answer THROTTLED the first times that they are sent to.

        An endpoint is chosen by any of the ways given. SES v2 and SMS and voice version 2 know `addresses` and `share` only:
        an entry of `SendBulkEmail` is ACCOUNT_THROTTLED, and what has one recipient is answered as by `limit_rate()`.

        Args:
            endpoint_ids: These endpoints.
            addresses: The endpoints of these addresses, and these addresses where they are sent to directly.
            user_ids: All endpoints of these users.
            share: So many of all endpoints, from 0 to 1; by a checksum of their addresses, so the same ones each time.
            times: How often each is throttled before it goes through.
            status_code: The status code of the result: 429, or the 403 that the service has given for throttled e-mail.
        """
        self._faults.add_throttling(
            Throttling(
                endpoint_ids=frozenset(endpoint_ids),
                addresses=frozenset(addresses),
                user_ids=frozenset(user_ids),
                share=share,
                times=times,
                status_code=status_code,
            )
        )

    def reject(
        self,
        reason: str,
        *,
        addresses: Collection[str] | None = None,
        share: float = 0.0,
        times: int | None = None,
        operation: str | None = None,
    ) -> None:
        """Lets SES v2, or SMS and voice version 2, refuse recipients, or with neither `addresses` nor `share` whole requests.

        Args:
            reason: A status of `SendBulkEmail`'s entries, such as "MESSAGE_REJECTED" or "ACCOUNT_SENDING_PAUSED": a recipient's
                entry has it, and `SendEmail`, or a whole request, answers the error that says the same. Or a reason of SMS and
                voice version 2, such as "DESTINATION_PHONE_NUMBER_OPTED_OUT" or "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": the
                error that has it is answered.
            addresses: Recipients by address.
            share: So many of all addresses, from 0 to 1; by a checksum, so the same ones each time.
            times: How often each address, or the request, is refused; None, the default, is always.
            operation: The operation that refuses, by AWS's name; by default each that may give the reason.

        Raises:
            ValueError: There is no such reason, or the operation doesn't give it.
        """
        operations: frozenset[str] = frozenset()
        if reason in _ses.STATUSES:
            operations |= frozenset(_ses.OPERATIONS)
        if reason in error_reasons():
            operations |= _text_messaging.operations_of(reason)
        if not operations:
            raise ValueError(f"{reason} is neither a status of SES v2 nor a reason of SMS and voice version 2")
        if operation not in {None, *operations}:
            raise ValueError(f"{operation} doesn't give {reason}: {', '.join(sorted(operations))}")
        self._faults.add_rejection(
            Rejection(
                reason=reason,
                operations=operations if operation is None else frozenset({operation}),
                addresses=None if addresses is None and not share else frozenset(addresses or ()),
                share=share,
                times=math.inf if times is None else times,
            )
        )

    def pass_next(self, *, times: int = 1, operation: str | None = None) -> None:
        """Lets the next sends pass as they should, so that the faults scripted after this strike in the middle of a run.

        Args:
            times: How many requests pass.
            operation: As for `fail_next()`.
        """
        self._faults.add(RequestFault(ends="answer", accept=True, operation=operation), times)

    def fail_next(
        self,
        status: int = 500,
        *,
        code: str | None = None,
        times: int = 1,
        accept: bool = False,
        operation: str | None = None,
    ) -> None:
        """Lets the next sends answer an error.

        Args:
            status: 400, 403, 404, 405, 413, 429, 500 or 503. SMS and voice version 2 has 400 for each below 500, and tells them
                apart by the code.
            code: AWS's name of the error, such as the `ExpiredTokenException` of a 403 whose credentials have run out; by
                default the usual one of the status.
            times: How many requests meet it.
            accept: Whether the message goes out all the same, as it may with 500 and 503.
            operation: AWS's name of the operation, such as `SendMessages`, to let others pass; by default any send meets it.

        Raises:
            ValueError: Another status.
        """
        if status not in ERROR_NAMES:
            raise ValueError(f"{status} isn't a status that the service answers: {', '.join(map(str, ERROR_NAMES))}")
        self._faults.add(RequestFault(ends="answer", accept=accept, operation=operation, status=status, code=code), times)

    def answer_next(
        self,
        body: bytes,
        *,
        content_type: str = "application/json",
        times: int = 1,
        accept: bool = True,
        operation: str | None = None,
    ) -> None:
        """Lets the next sends answer with status 200 and this body: empty, cut off, HTML, JSON of another shape.

        Args:
            body: The body, as it goes out.
            content_type: Its type, over HTTP.
            times: How many requests meet it.
            accept: Whether the message goes out.
            operation: As for `fail_next()`.
        """
        fault = RequestFault(ends="answer", accept=accept, operation=operation, body=body, content_type=content_type)
        self._faults.add(fault, times)

    def alter_next(self, change: Callable[[dict[str, Any]], object], *, times: int = 1, operation: str | None = None) -> None:
        """Lets the next sends answer something else than what was done: other statuses, users or members too many or missing.

        The message goes out. An answer that isn't a success stays as it is.

        Args:
            change: Gets the answer as parsed JSON, which it may change, and returns what is answered, as JSON. It is called in
                the thread that answers: the client's, or a server's.
            times: How many requests meet it.
            operation: As for `fail_next()`.
        """
        self._faults.add(RequestFault(ends="answer", accept=True, operation=operation, change=change), times)

    def hang_next(self, *, times: int = 1, accept: bool = True, operation: str | None = None) -> None:
        """Lets the next sends wait for an answer that doesn't come.

        Over HTTP the connection stays open until the client closes it, or `LocalServer.release()` or the server's end drops it;
        in-process, `ReadTimeoutError` is raised at once.

        Args:
            times: How many requests meet it.
            accept: Whether the message goes out.
            operation: As for `fail_next()`.
        """
        self._faults.add(RequestFault(ends="hang", accept=accept, operation=operation), times)

    def drip_next(self, *, seconds_per_byte: float = 1.0, times: int = 1, operation: str | None = None) -> None:
        """Lets the next sends answer a byte at a time, the message having gone out.

        Over HTTP the head of the answer comes at once, and then the body, as it should be, in so many seconds a byte, unless
        the client or `LocalServer.release()` makes an end of it; in-process, `ReadTimeoutError` is raised at once.

        Args:
            seconds_per_byte: The seconds between two bytes.
            times: How many requests meet it.
            operation: As for `fail_next()`.
        """
        fault = RequestFault(ends="drip", accept=True, operation=operation, seconds_per_byte=seconds_per_byte)
        self._faults.add(fault, times)

    def drop_next(
        self, *, times: int = 1, accept: bool = False, before_body: bool = False, operation: str | None = None
    ) -> None:
        """Resets the connection of the next sends without an answer; in-process, `ConnectionLostError` is raised.

        Args:
            times: How many requests meet it.
            accept: Whether the message goes out, before the reset.
            before_body: Whether the reset comes before the body of the request is read; then nothing goes out.
            operation: As for `fail_next()`.

        Raises:
            ValueError: Both `accept` and `before_body`.
        """
        if accept and before_body:
            raise ValueError("accept and before_body exclude each other: a request that isn't read can't be accepted")
        self._faults.add(RequestFault(ends="drop", accept=accept, operation=operation, before_body=before_body), times)

    def refuse_next(self, *, times: int = 1, operation: str | None = None) -> None:
        """Lets the next sends find no connection; in-process, `ConnectionFailedError` is raised. Nothing goes out.

        Over HTTP a request has its connection by the time that it is met, so that it is reset before the body is read;
        `LocalServer.pause()` is what refuses connections.

        Args:
            times: How many requests meet it.
            operation: As for `fail_next()`.
        """
        self._faults.add(RequestFault(ends="refuse", accept=False, operation=operation, before_body=True), times)

    def truncate_next(self, *, times: int = 1, operation: str | None = None) -> None:
        """Drops the connection of the next sends in the middle of the answer, the message having gone out.

        In-process, the client gets half an answer. boto3 doesn't see that the body is shorter than its length, and parses
        nothing out of it.

        Args:
            times: How many requests meet it.
            operation: As for `fail_next()`.
        """
        self._faults.add(RequestFault(ends="truncate", accept=True, operation=operation), times)

    def clear_faults(self) -> None:
        """Forgets every fault that is still to come, throttling and rejections included; `limit_rate()` stays."""
        self._faults.clear()
