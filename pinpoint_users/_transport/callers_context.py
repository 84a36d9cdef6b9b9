"""What a call takes along from its caller's thread to those that send: context variables, and what tracers keep by thread.

OpenTelemetry and ddtrace keep the current span in a context variable. X-Ray's SDK keeps it in a thread's own storage, and New
Relic's agent in a table of threads: without it the one complains of every request, or raises, and the other sees none. Neither
is imported here: what isn't imported yet has no span.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_Carry = Callable[[], contextlib.AbstractContextManager[Any]]


class CallersContext:
    """The context of the thread that makes it, for others to run something in."""

    def __init__(self) -> None:
        self._variables = contextvars.copy_context()
        self._carries = [carry for carry in (_xray_entity(), _new_relic_trace()) if carry is not None]

    def run(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Calls a function as the caller's thread would. From several threads at a time."""
        variables = self._variables.copy()
        if not self._carries:
            return variables.run(function, *arguments)
        with contextlib.ExitStack() as stack:
            for carry in self._carries:
                stack.enter_context(carry())
            return variables.run(function, *arguments)


def _xray_entity() -> _Carry | None:
    """X-Ray's current segment or subsegment."""
    recorder = getattr(sys.modules.get("aws_xray_sdk.core"), "xray_recorder", None)
    local = getattr(getattr(recorder, "context", None), "_local", None)
    if not isinstance(local, threading.local):  # asyncio's goes by tasks
        return None
    # Not by `get_trace_entity()`, which may log an error, or raise one, where there is none.
    entities = getattr(local, "entities", None)
    entity = entities[-1] if entities else getattr(local, "segment", None)  # the one that AWS Lambda has opened
    return None if entity is None else lambda: _with_xray_entity(recorder, local, entity)


@contextlib.contextmanager
def _with_xray_entity(recorder: Any, local: threading.local, entity: Any) -> Iterator[None]:
    if not entity.in_progress:  # a stream may outlive it, and it takes no more
        yield
        return
    before = dict(vars(local))
    recorder.set_trace_entity(entity)
    try:
        yield
    finally:
        vars(local).clear()
        vars(local).update(before)


def _new_relic_trace() -> _Carry | None:
    """New Relic's current trace."""
    current_trace = getattr(sys.modules.get("newrelic.api.time_trace"), "current_trace", None)
    context_of = getattr(sys.modules.get("newrelic.core.context"), "ContextOf", None)
    if current_trace is None or context_of is None:
        return None
    trace, make = current_trace(), context_of
    return None if trace is None else lambda: make(trace=trace)
