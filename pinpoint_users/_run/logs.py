"""What a run tells the logger `pinpoint_users`: what happened, in fields, and nothing of what was sent or to whom.

A record's `event` is `run_started`, `request_answered`, `request_failed`, `rate_alone`, `rate_shared`, `run_stopped` or
`run_ended`, of Celery's tasks `users_refused` too; what else it has stands at the functions. Texts of requests' errors are left
out: the service's may quote what it was sent.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pinpoint_users._requests.jobs import Job, Readings
from pinpoint_users.errors import PinpointUsersError, RequestError, StoppedError, ValidationError

if TYPE_CHECKING:
    import logging


_DEBUG = 10
"""`logging.DEBUG`, which building messages doesn't need to import."""


@functools.cache
def _logger() -> logging.Logger:
    import logging  # noqa: PLC0415 - milliseconds, which building messages doesn't need

    logger = logging.getLogger("pinpoint_users")
    logger.addHandler(logging.NullHandler())
    return logger


def _emit(log: Callable[..., None], text: str, *arguments: object, **fields: object) -> None:
    """A record. A handler or filter that raises must not cost anybody an outcome: it is told as logging tells it."""
    try:
        log(text, *arguments, extra=fields)
    except BaseException as error:  # it is a handler's own
        if fields["event"] == "run_started" and not isinstance(error, Exception):  # where the caller is, whom Ctrl-C may strike
            raise
        import logging  # noqa: PLC0415 - as above
        import traceback  # noqa: PLC0415 - likewise

        if logging.raiseExceptions and sys.stderr is not None:
            traceback.print_exc()


def log_start(application_id: str) -> None:
    """INFO: `application_id`."""
    _emit(_logger().info, "run started", event="run_started", application_id=application_id)


def log_answer(job: Job, answer: Readings | PinpointUsersError, seconds: float) -> None:
    """DEBUG or WARNING: `operation`, `attempt`, `users` (how many), `seconds`; of an error also those of `_about`.

    Of an answer also `throttled` (how many endpoints).
    """
    is_error = isinstance(answer, PinpointUsersError)
    if not is_error and not _logger().isEnabledFor(_DEBUG):
        return
    fields: dict[str, object] = {
        "operation": job.operation,
        "attempt": job.attempt,
        "users": job.user_count,
        "seconds": seconds,
    }
    if isinstance(answer, PinpointUsersError):
        fields |= _about(answer)
        _emit(_logger().warning, "%(operation)s failed: %(error)s", fields, event="request_failed", **fields)
    else:
        fields["throttled"] = answer.throttled
        _emit(_logger().debug, "%(operation)s answered after %(seconds).3f s", fields, event="request_answered", **fields)


def log_rate_alone(error: PinpointUsersError, requests_per_second: float | None) -> None:
    """WARNING: `error` (the class), `requests_per_second` that this process goes on with; None is without a limit."""
    fields = {"error": type(error).__name__, "requests_per_second": requests_per_second}
    text = "%s; until it can be, this process goes on with its last share, requests per second: %s"
    _emit(_logger().warning, text, error, requests_per_second, event="rate_alone", **fields)


def log_rate_shared() -> None:
    """INFO: the store of the rate is back."""
    _emit(_logger().info, "the rate is shared again", event="rate_shared")


def log_stop(reason: PinpointUsersError) -> None:
    """ERROR, or INFO where the caller stopped it: those of `_about`."""
    fields = _about(reason)
    log = _logger().info if isinstance(reason, StoppedError) else _logger().error
    _emit(log, "run stopped: %(error)s", fields, event="run_stopped", **fields)


def log_left() -> None:
    """WARNING: the event loop of a run's caller was closed before the run had ended."""
    text = (
        "the event loop was closed during a run, which sends nothing more: await it, or close the client, before the loop ends"
    )
    _emit(_logger().warning, text, event="run_left")


def log_end(*, requests: int, seconds: float) -> None:
    """INFO: `requests` (how many the service answered), `seconds`."""
    fields = {"requests": requests, "seconds": seconds}
    _emit(_logger().info, "run ended after %(seconds).3f s", fields, event="run_ended", **fields)


def _about(error: PinpointUsersError) -> dict[str, object]:
    """`error` (the class), `sent`, and of a request's error `status_code`, `code`, `request_id` and `retry_after`."""
    about: dict[str, object] = {"error": type(error).__name__, "sent": str(error.sent)}
    if isinstance(error, RequestError):
        about |= {"status_code": error.status_code, "code": error.code, "request_id": error.request_id}
        about["retry_after"] = error.retry_after
    return about


def log_refused(errors: Iterable[PinpointUsersError | None]) -> None:
    """WARNING for each fault by which users were sent nothing, such as the want of a variable: `users`, how many; `problem`."""
    faults = (fault for error in errors if isinstance(error, ValidationError) for fault in error.faults)
    for problem, users in Counter(fault.problem for fault in faults).items():
        fields = {"users": users, "problem": problem}
        _emit(_logger().warning, "nothing was sent to %(users)d users: %(problem)s", fields, event="users_refused", **fields)
