"""The operations of Pinpoint, SES v2, and SMS and voice version 2, as botocore's models have them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import attrs

_OVER_PATHS = ("pinpoint", "sesv2")
"""The services that tell operations by method and path."""
_TEXT_MESSAGING = "pinpoint-sms-voice-v2"
"""The service that tells them by a header."""


@functools.cache
def _model(service: str) -> Mapping[str, Any]:
    from botocore.loaders import Loader  # noqa: PLC0415 - who sends in the same process may do without botocore

    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return model


@attrs.frozen
class Place:
    """Where HTTP finds an operation, as botocore's model has it."""

    method: str
    path: str
    """The path, with parameters in braces."""
    status: int
    """The status of a success."""
    target: str | None
    """The header `X-Amz-Target`, where it tells the operation."""


@functools.cache
def place_of(service: str, operation: str) -> Place:
    """Where HTTP finds an operation of a service, both by AWS's names."""
    model = _model(service)
    http = model["operations"][operation]["http"]
    prefix = model["metadata"].get("targetPrefix")
    target = None if prefix is None else f"{prefix}.{operation}"
    return Place(http["method"], http["requestUri"], http.get("responseCode", 200), target)


@functools.cache
def _operations() -> list[tuple[tuple[str, str], str, re.Pattern[str]]]:
    found = []
    for service in _OVER_PATHS:
        for name, operation in _model(service)["operations"].items():
            uri = operation["http"]["requestUri"].rstrip("/")
            pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(uri)))
            found.append(((service, name), operation["http"]["method"], pattern))
    return sorted(found, key=lambda each: each[2].pattern.count("[^/]+"))


def operation_at(method: str, path: str) -> tuple[str, str] | None:
    """The service and AWS's name of the operation at a method and path; None if there is none.

    The models are read at the first call.
    """
    return next((found for found, at, pattern in _operations() if at == method and pattern.fullmatch(path.rstrip("/"))), None)


def operation_named(target: str) -> str | None:
    """AWS's name of the operation that the header `X-Amz-Target` names; None if there is none."""
    prefix, _, name = target.partition(".")
    model = _model(_TEXT_MESSAGING)
    return name if prefix == model["metadata"]["targetPrefix"] and name in model["operations"] else None


@functools.cache
def input_of(operation: str) -> tuple[str, Mapping[str, Any]]:
    """The name of the shape that the body of an operation has, and all shapes of its service by name."""
    model = next(model for model in map(_model, (*_OVER_PATHS, _TEXT_MESSAGING)) if operation in model["operations"])
    return _body(model, model["operations"][operation]["input"]["shape"]), model["shapes"]


def members_of_answer(service: str, operation: str) -> Mapping[str, Any]:
    """The members of the body that an operation answers."""
    model = _model(service)
    members: Mapping[str, Any] = model["shapes"][_body(model, model["operations"][operation]["output"]["shape"])]["members"]
    return members


def _body(model: Mapping[str, Any], name: str) -> str:
    """The shape of the body, which is a member where the model says so."""
    shape = model["shapes"][name]
    return shape["members"][shape["payload"]]["shape"] if "payload" in shape else name


@functools.cache
def error_reasons() -> Mapping[str, str]:
    """Every reason that SMS and voice version 2 gives for an error, and the name of the error that gives it."""
    return {
        reason: name.removesuffix("Reason")
        for name, shape in _model(_TEXT_MESSAGING)["shapes"].items()
        if name.endswith("ExceptionReason")
        for reason in shape["enum"]
    }
