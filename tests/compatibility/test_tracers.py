"""Tracers, as published: each sees every request below the caller's span, and its headers go out, as with boto3 itself."""

from __future__ import annotations

import json

import pytest
from running import run_program

HEADERS = {
    "opentelemetry": "x-amzn-trace-id",
    "xray": "x-amzn-trace-id",
    "ddtrace": "traceparent",
    "newrelic": "traceparent",
}
CASES = [
    ("opentelemetry", "opentelemetry.instrumentation.botocore", {}),
    *[
        ("xray", "aws_xray_sdk", {"AWS_XRAY_CONTEXT_MISSING": missing})
        for missing in ("LOG_ERROR", "RUNTIME_ERROR", "IGNORE_ERROR")
    ],
    ("ddtrace", "ddtrace", {}),
    ("newrelic", "newrelic", {}),
]


@pytest.mark.parametrize("when", ["first", "late"])
@pytest.mark.parametrize(
    ("tracer", "package", "settings"),
    [pytest.param(*case, id=" ".join([case[0], *case[2].values()])) for case in CASES],
)
def test_a_tracer_sees_every_request(tracer, package, settings, when):
    pytest.importorskip(package)
    lines = [json.loads(line) for line in run_program("traced.py", tracer, when, settings=settings).splitlines()]
    (_, by_boto3, headers), *ours = lines
    assert [way for way, *_ in ours] == [
        f"{of}, {way}" for of in ("own", "client") for way in ("send", "stream", "one request")
    ]
    assert [rest for _, *rest in ours] == [[by_boto3, headers]] * 6
    assert len(by_boto3) == 1
    assert by_boto3[0][-1] is True
    assert HEADERS[tracer] in headers[0]
