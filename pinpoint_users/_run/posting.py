"""A request to the transport, and what its answer says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pinpoint_users._requests.jobs import Job
from pinpoint_users._run.lanes import NEVER
from pinpoint_users._run.ledger import Answer
from pinpoint_users._run.logs import log_answer
from pinpoint_users._run.run import Run
from pinpoint_users._run.worker_pool import OneAtATime
from pinpoint_users._transport.base import Transport
from pinpoint_users.errors import RequestError


class Posting:
    """Hands requests over, from any thread.

    Args:
        transport: The way to the service.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._computing = OneAtATime()

    def post(self, run: Run[Any], job: Job, clock: Callable[[], float]) -> Answer:
        """What a request came to; whatever is raised is an answer."""
        began = clock()
        ends_at = run.core.ends_at
        if ends_at < NEVER:
            job.departure.watch(lambda: clock() >= ends_at)
        answer: Answer
        try:
            body = self._computing.carry_out(job.body)
            content = self._transport.post_cancellable(job.departure, job.operation, run.application_id, body)
            answer = self._computing.carry_out(partial(job.read, content))
        except RequestError as error:
            answer = job.explain(error)
        except BaseException as error:  # noqa: BLE001 - a transport's own fault; it may strike after the message went out
            answer = RequestError(f"{job.operation}: the transport raised {error!r}; the message may have been sent")
            answer.__cause__ = error
            run.stop(answer)
        log_answer(job, answer, clock() - began)
        return answer
