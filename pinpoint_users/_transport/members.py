"""Which members of requests the installed botocore knows."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from pinpoint_users._transport.base import Operation


def unknown_members(service: str, operation: Operation, members: Iterable[str]) -> list[str]:
    """Those of the members of an operation that the installed botocore doesn't have, as it is too old."""
    return [member for member in members if member not in _known(service, operation)]


@functools.cache
def _known(service: str, operation: Operation) -> frozenset[str]:
    from botocore.loaders import Loader  # noqa: PLC0415 - few use members that it may lack

    model = Loader().load_service_model(service, "service-2")
    return frozenset(model["shapes"][model["operations"][operation]["input"]["shape"]]["members"])
