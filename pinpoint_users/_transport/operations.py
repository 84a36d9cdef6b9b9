"""The operations of Pinpoint, SES v2, and SMS and voice version 2, as botocore's models have them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

_OVER_PATHS = ("pinpoint", "sesv2")
"""The services that tell operations by method and path."""
_TEXT_MESSAGING = "pinpoint-sms-voice-v2"
"""The service that tells them by a header."""


@functools.cache
def _model(service: str) -> Mapping[str, Any]:
    from botocore.loaders import Loader  # noqa: PLC0415 - who sends in the same process may do without botocore

    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return model


@functools.cache
def _operations() -> list[tuple[str, str, re.Pattern[str]]]:
    found = []
    for service in _OVER_PATHS:
        for name, operation in _model(service)["operations"].items():
            uri = operation["http"]["requestUri"].rstrip("/")
            pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(uri)))
            found.append((name, operation["http"]["method"], pattern))
    return sorted(found, key=lambda each: each[2].pattern.count("[^/]+"))


def operation_at(method: str, path: str) -> str | None:
    """AWS's name of the operation at a method and path; None if there is none. The models are read at the first call."""
    return next((name for name, at, pattern in _operations() if at == method and pattern.fullmatch(path.rstrip("/"))), None)


def operation_named(target: str) -> str | None:
    """AWS's name of the operation that the header `X-Amz-Target` names; None if there is none."""
    prefix, _, name = target.partition(".")
    model = _model(_TEXT_MESSAGING)
    return name if prefix == model["metadata"]["targetPrefix"] and name in model["operations"] else None


@functools.cache
def input_of(operation: str) -> tuple[str, Mapping[str, Any]]:
    """The name of the shape that an operation takes, and all shapes of its service by name."""
    model = next(model for model in map(_model, (*_OVER_PATHS, _TEXT_MESSAGING)) if operation in model["operations"])
    return model["operations"][operation]["input"]["shape"], model["shapes"]


@functools.cache
def error_reasons() -> Mapping[str, str]:
    """Every reason that SMS and voice version 2 gives for an error, and the name of the error that gives it."""
    return {
        reason: name.removesuffix("Reason")
        for name, shape in _model(_TEXT_MESSAGING)["shapes"].items()
        if name.endswith("ExceptionReason")
        for reason in shape["enum"]
    }
