"""The service behind both doors: an operation by name, its parameters and its body in, a reply out."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections import Counter
from collections.abc import Callable

from pinpoint_users._shapes.limits import MAX_PAYLOAD
from pinpoint_users.directory.rules import now
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._call import Call, Parameters
from pinpoint_users.local._endpoints import TooManyEndpointsError
from pinpoint_users.local._faults import Faults, RequestFault
from pinpoint_users.local._operations import OPERATIONS, SENDS
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._reply import ErrorReplyError, Reply, as_json, broken_reply, error_reply, refusal_text
from pinpoint_users.local._store import Store

_UNANSWERED = frozenset({"hang", "drop", "refuse"})


class Service:
    """Amazon Pinpoint, SES v2, and SMS and voice version 2, as far as they are here, behind one kind of door.

    Args:
        store: What it keeps.
        faults: What is to go wrong.
        clock: The door's time, in seconds.
    """

    def __init__(self, store: Store, faults: Faults, clock: Callable[[], float]) -> None:
        self.quota: Quota = Quota(clock)
        """What it takes in a second."""
        self._store = store
        self._faults = faults
        self._lock = threading.Lock()
        self._counts: Counter[int | None] = Counter()

    @property
    def store(self) -> Store:
        """What it keeps."""
        return self._store

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._faults

    def meet(self, operation: str) -> RequestFault | None:
        """What goes wrong with a request, which is known as soon as it comes: the quota goes before the script."""
        if operation not in SENDS:
            return self._faults.take(operation, only_by_name=True) if operation == "GetAccount" else None
        if self.quota.takes_request():
            return self._faults.take(operation)
        words = OPERATIONS[operation].dialect.rate_exceeded
        return RequestFault(ends="answer", accept=False, operation=None, status=429, message=words)

    def call(self, operation: str, parameters: Parameters, body: bytes, fault: RequestFault | None) -> Reply:
        """Carries out one request.

        Args:
            operation: AWS's name, a key of `OPERATIONS`.
            parameters: The parameters of the path and the query, by AWS's names.
            body: The body of the HTTP request.
            fault: What `meet()` said of it.
        """
        request_id = str(uuid.uuid4())
        if fault is None:
            reply = self._answer(operation, parameters, body, request_id)
        else:
            planned = self._answer(operation, parameters, body, request_id) if fault.accept else None
            reply = broken_reply(fault, planned, request_id, OPERATIONS[operation].dialect)
            if planned is not None:
                with self._store.transaction():
                    self._store.exchanges.change(request_id, (reply.ends, reply.status, reply.body))
        if operation in SENDS:
            with self._lock:
                self._counts[None if reply.ends in _UNANSWERED else reply.status] += 1
        return reply

    def counts(self) -> Counter[int | None]:
        """How many sends were answered with each status; those without an answer under None."""
        with self._lock:
            return self._counts.copy()

    def clear_counts(self) -> None:
        """Starts counting anew."""
        with self._lock:
            self._counts.clear()

    def _answer(self, name: str, parameters: Parameters, body: bytes, request_id: str) -> Reply:
        operation = OPERATIONS[name]
        dialect = operation.dialect
        try:
            _check_size(body, "request", operation.max_body)
            with self._store.transaction():
                call = Call(
                    operation=name,
                    parameters=parameters,
                    body=body,
                    request_id=request_id,
                    store=self._store,
                    faults=self._faults,
                    quota=self.quota,
                )
                answer = as_json(operation.carry_out(call))
                _check_size(answer, "answer", MAX_PAYLOAD)
                if name in SENDS:
                    self._store.exchanges.put(request_id, now(), name, body, ("answer", 200, answer))
        except ErrorReplyError as refusal:
            return error_reply(
                refusal.status, refusal.message, request_id, refusal.code, dialect=dialect, members=refusal.members
            )
        except ValidationError as error:
            return error_reply(400, refusal_text(error), request_id)
        except TooManyEndpointsError as error:
            return error_reply(400, str(error), request_id)
        except (RecursionError, UnicodeEncodeError, sqlite3.Error) as error:
            return error_reply(*_told(error), request_id, dialect=dialect)
        return Reply(status=200, body=answer, content_type=dialect.content_type, request_id=request_id)


def _told(error: Exception) -> tuple[int, str]:
    """The status and the words for what a request comes to wherever it may be."""
    if isinstance(error, RecursionError):
        return 400, "The message is nested too deeply."
    if isinstance(error, UnicodeEncodeError):
        return 400, "A string holds a lone surrogate, which isn't text."
    return 500, f"The embedded service can't keep what came: {error}"


def _check_size(payload: bytes, name: str, most: int) -> None:
    if len(payload) > most:
        raise ErrorReplyError(413, f"The {name} is {len(payload):,} bytes or more, at most {most:,} are allowed.")
