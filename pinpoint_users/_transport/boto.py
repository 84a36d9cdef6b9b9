"""The transport over boto3, which signs, finds credentials and Regions, routes, pools connections and names errors.

What boto3 does slowly in Python, our types have done: the body that they wrote takes the place of boto3's in its `before-call`
event, and the answer's bytes are taken in `before-parse`. The handlers act only while this transport makes a call in the same
thread, so a client of the caller's own stays as it is for the caller's calls. Requests by a client of this library's own, from
the second on, go by the fast path (`direct.py`) as long as nobody sees what it goes around.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from botocore.endpoint import convert_to_response_dict
from botocore.parsers import create_parser

from pinpoint_users._transport.base import Operation, Transport, with_request_id
from pinpoint_users._transport.departure import Departure
from pinpoint_users._transport.direct import Pattern, Signing
from pinpoint_users._transport.failures import Moment, Progress, translate_error
from pinpoint_users._transport.internals import Internals
from pinpoint_users._transport.services import PINPOINT, Call, Service
from pinpoint_users.errors import ConfigurationError

_ENDPOINT_ID = b'"EndpointId":'
_REQUEST_ID = "x-amzn-requestid"


class _Body(bytes):
    """A body that doesn't show what is in it: botocore logs its requests and answers at DEBUG."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<body of {len(self):,} bytes>"

    __str__ = __repr__


@attrs.define(eq=False)
class _UnderWay:
    """One call of ours, on its way through botocore in one thread."""

    body: bytes
    progress: Progress
    is_open: bool = False
    """Whether boto3 is given the real parameters, of which it makes the body itself."""
    records: bool = False
    """Whether the request may be the pattern of later ones."""
    answer: bytes | Mapping[str, Any] | None = None
    signing: Signing | None = None
    pattern: Pattern | None = None


class BotoTransport(Transport):
    """Sends through a boto3 client.

    botocore's own retries are off for these calls, whatever the client's settings: it would send a message again that may have
    been delivered.

    Args:
        client: A boto3 client for the service.
        owned: Whether `close()` closes the client too.
        fast_path: Whether requests may go by the fast path while nobody sees what it goes around.
        service: The service.
    """

    def __init__(self, client: Any, *, owned: bool, fast_path: bool = False, service: Service = PINPOINT) -> None:
        self._service = service
        self._client = client
        self._owned = owned
        self._thread = threading.local()
        self._is_closed = False
        self._in_flight: set[_UnderWay] = set()
        self._process_id = os.getpid()
        self._patterns: dict[tuple[Operation, str], Pattern] = {}
        timeouts = client.meta.config.connect_timeout, client.meta.config.read_timeout
        self.timeout = None if None in timeouts else sum(timeouts)
        self._internals = Internals.of(client, service)
        # Several transports may share a client, so each has handlers of its own.
        self._handlers: dict[str, Callable[..., None]] = {
            "before-call": self._put_body,
            "before-sign": self._note_signing,
            "before-send": self._note_sending,
            "before-parse": self._take_answer,
            "needs-retry": self._never_retry,
        }
        for event, handler, unique_id in self._registrations():
            client.meta.events.register_first(event, handler, unique_id=unique_id)
        self._fast_path = self._internals if fast_path else None
        if self._fast_path is not None:
            self._fast_path.note_handlers()

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        """Sends one request, once, and waits for its answer.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """
        return self.post_cancellable(Departure(), operation, application_id, body)

    def post_cancellable(
        self, departure: Departure, operation: Operation, application_id: str, body: bytes
    ) -> bytes | Mapping[str, Any]:
        """`post`, for a request that may be cancelled: then it comes no further than a connection, on which nothing is written.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """
        call = _UnderWay(_Body(body), Progress(departure))
        outer = sys.exc_info()[1]
        self._in_flight.add(call)  # before it is known whether this is closed: see `close`
        try:
            self._check_usable(operation)
            self._observe(call.progress)
            return self._send(call, operation, application_id)
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - botocore's errors have several roots, and any may strike; it is raised on
            failed = translate_error(operation, call.progress.moment, error, outer=outer)
            raise failed from failed.__cause__
        finally:
            self._observe(None)
            self._in_flight.discard(call)
            self._drop_handlers()

    def max_send_rate(self) -> float | None:
        """The most recipients a second that SES takes of the account, as its `GetAccount` says.

        Raises:
            RequestError: It doesn't answer, or refuses to.
        """
        try:
            quota: Mapping[str, Any] = self._client.get_account().get("SendQuota", {})
        except Exception as error:  # noqa: BLE001 - as for `post`
            failed = translate_error("GetAccount", Moment.PREPARING, error)
            raise failed from failed.__cause__
        rate = quota.get("MaxSendRate")
        return rate if isinstance(rate, (int, float)) and rate > 0 else None

    def _check_usable(self, operation: Operation) -> None:
        if self._is_closed:
            raise ConfigurationError(f"{operation}: this client is closed: nothing was sent; make another")
        if self._internals is None and os.getpid() != self._process_id:
            raise ConfigurationError(
                f"{operation}: this client was made before fork(), and its connections are the parent process's: "
                "nothing was sent; make another in each process"
            )

    def _observe(self, progress: Progress | None) -> None:
        if self._internals is not None:
            self._internals.watch.observe(progress)

    def _send(self, call: _UnderWay, operation: Operation, application_id: str) -> bytes | Mapping[str, Any]:
        if self._fast_path is not None and self._fast_path.is_unobserved():
            pattern = self._patterns.get((operation, application_id))
            if pattern is not None:
                return self._by_fast_path(self._fast_path, pattern, call, operation)
            call.records = True
        return self._by_boto3(call, operation, application_id)

    def _by_boto3(self, call: _UnderWay, operation: Operation, application_id: str) -> bytes | Mapping[str, Any]:
        """Sends by boto3's whole way."""
        sees_real = self._internals is None or self._internals.wants_parameters(operation)
        call.is_open = sees_real or _ENDPOINT_ID in call.body  # by which botocore finds the address
        form = self._service.calls[operation]
        self._thread.call = call
        try:
            send = getattr(self._client, form.method)
            output = send(**form.parameters(application_id, call.body if call.is_open else None))
        finally:
            self._thread.call = None
            if call.pattern is not None:
                self._patterns[operation, application_id] = call.pattern
        return _unwrapped(output, form) if call.answer is None else call.answer

    def _by_fast_path(
        self, internals: Internals, pattern: Pattern, call: _UnderWay, operation: Operation
    ) -> bytes | Mapping[str, Any]:
        """Sends as boto3 did before."""
        request = pattern.request(call.body)
        call.progress.reach(Moment.HANDED_OVER)
        # Here moto answers, and whatever else botocore has for all of its clients.
        answers = self._client.meta.events.emit(f"before-send.{self._service.name}.{operation}", request=request)
        answer = next((answer for _, answer in answers if answer is not None), None)
        if answer is None:
            answer = internals.send(request)
        if answer.status_code == 200:
            return with_request_id(operation, answer.content, answer.headers.get(_REQUEST_ID))
        return self._parsed(answer, operation)

    def _parsed(self, answer: Any, operation: Operation) -> Mapping[str, Any]:
        """What boto3 makes of an answer whose status isn't 200.

        Raises:
            botocore.exceptions.ClientError: It is an error.
        """
        model = self._client.meta.service_model.operation_model(operation)
        response = convert_to_response_dict(answer, model)
        response["body"] = _Body(response["body"])
        service = self._client.meta.service_model
        protocol = getattr(service, "resolved_protocol", None) or service.metadata["protocol"]  # of older botocores
        parsed: dict[str, Any] = create_parser(protocol).parse(response, model.output_shape)
        self._raise_if_error(answer, parsed, operation)
        return _unwrapped(parsed, self._service.calls[operation])

    def _raise_if_error(self, answer: Any, parsed: Mapping[str, Any], operation: str) -> None:
        if answer.status_code >= 300:
            raise self._client.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation)

    def close(self) -> None:
        """Closes the client's connections at once, if the client is this library's own; drops the handlers otherwise."""
        self._is_closed = True
        self._drop_handlers()
        if self._owned:
            if self._internals is not None:
                self._internals.close()
            self._client.close()

    def _drop_handlers(self) -> None:
        """Takes the handlers back as soon as this is closed and nothing is under way, which botocore would otherwise retry."""
        if self._is_closed and not self._in_flight:
            for event, _, unique_id in self._registrations():
                self._client.meta.events.unregister(event, unique_id=unique_id)

    def _registrations(self) -> Iterator[tuple[str, Callable[..., None], str]]:
        """The events of botocore, what handles each, and the name by which it is taken back."""
        for operation in self._service.calls:
            for event, handler in self._handlers.items():
                yield f"{event}.{self._service.name}.{operation}", handler, f"pinpoint-users-{id(self)}-{event}-{operation}"

    def _call(self) -> _UnderWay | None:
        return getattr(self._thread, "call", None)

    def _put_body(self, *, params: dict[str, Any], **_: Any) -> None:
        call = self._call()
        if call is not None:
            params["body"] = _Body(params["body"]) if call.is_open else call.body

    def _note_signing(
        self, *, request: Any, signing_name: str, region_name: str, signature_version: object, request_signer: Any, **_: Any
    ) -> None:
        call = self._call()
        if call is not None and call.records:
            call.signing = Signing.of(request, request_signer, signing_name, region_name, signature_version)

    def _note_sending(self, *, request: Any, **_: Any) -> None:
        call = self._call()
        if call is not None:
            call.progress.reach(Moment.HANDED_OVER)
            if call.signing is not None:
                call.pattern = Pattern.of(request, call.signing)

    def _take_answer(self, *, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        call = self._call()
        if call is None:
            return
        if response_dict["status_code"] == 200:
            request_id = response_dict["headers"].get(_REQUEST_ID)
            call.answer = with_request_id(operation_model.name, response_dict["body"], request_id)
            response_dict["body"] = b"{}"
        else:
            response_dict["body"] = _Body(response_dict["body"])

    def _never_retry(self, *, operation: Any, response: Any, caught_exception: BaseException | None, **_: Any) -> None:
        """Ends the call before botocore's own handlers can ask for another attempt."""
        if self._call() is None:
            return
        if caught_exception is not None:
            raise caught_exception
        self._raise_if_error(response[0], response[1], operation.name)


def _unwrapped(output: Mapping[str, Any], form: Call) -> Mapping[str, Any]:
    """The answer in what boto3 makes of one."""
    if form.wrapper is None:
        return {"RequestId": output.get("ResponseMetadata", {}).get("RequestId"), **output}
    answer: Mapping[str, Any] = output[form.wrapper]
    return answer
