"""AWS X-Ray's SDK, with what AWS_XRAY_CONTEXT_MISSING says; what it logs is printed too, and makes a difference."""

from __future__ import annotations

import logging

from aws_xray_sdk.core import patch, xray_recorder

logged = []


class _Logged(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())


def start():
    xray_recorder.configure(service="caller", sampling=False)
    logging.getLogger("aws_xray_sdk").addHandler(_Logged())
    patch(["botocore"])


def trace(call):
    segment = xray_recorder.begin_segment("caller")
    subsegment = xray_recorder.begin_subsegment("inner")
    call()
    seen = [[f"{part.name} {part.aws['operation']}", part.parent_id == subsegment.id] for part in subsegment.subsegments]
    unfinished = xray_recorder.current_subsegment() is not subsegment
    xray_recorder.end_subsegment()
    xray_recorder.end_segment()
    assert not unfinished
    assert not segment.in_progress
    return [*seen, *logged]
