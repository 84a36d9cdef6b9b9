"""Pinpoint's operations as botocore's model has them."""

from __future__ import annotations

import functools
import re

from botocore.loaders import Loader


@functools.cache
def _operations() -> list[tuple[str, str, re.Pattern[str]]]:
    model = Loader().load_service_model("pinpoint", "service-2")
    found = []
    for name, operation in model["operations"].items():
        uri = operation["http"]["requestUri"].rstrip("/")
        found.append((name, operation["http"]["method"], re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(uri)))))
    return sorted(found, key=lambda each: each[2].pattern.count("[^/]+"))


def operation_at(method: str, path: str) -> str | None:
    """AWS's name of the operation at a method and path; None if there is none. The model is read at the first call."""
    return next((name for name, at, pattern in _operations() if at == method and pattern.fullmatch(path.rstrip("/"))), None)
