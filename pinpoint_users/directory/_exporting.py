"""Writing endpoints as Pinpoint exports them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, cast

from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.writing import wire_writer
from pinpoint_users.endpoints import Endpoint

_ORDER = (
    "ChannelType",
    "Address",
    "EndpointStatus",
    "OptOut",
    "Location",
    "Demographic",
    "EffectiveDate",
    "Attributes",
    "Metrics",
    "User",
    "ApplicationId",
    "Id",
    "CreationDate",
    "CohortId",
    "RequestId",
)
"""The keys as Pinpoint's files have them; the last two, and metrics, in files of ours."""


def exported(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint in AWS's shape, its members in the export's order."""
    members = wire_writer(Endpoint)(endpoint)
    user = members.get("User")
    if user:
        members["User"] = {name: user[name] for name in ("UserId", "UserAttributes") if name in user}
    return {name: members[name] for name in _ORDER if name in members}


def write_export(path: str | os.PathLike[str], endpoints: Iterable[Endpoint]) -> int:
    """Writes a line for each endpoint, and tells how many there are."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with _opened(part, compressed=path.name.endswith(".gz")) as file:
            for endpoint in endpoints:
                file.write(write_json(exported(endpoint)) + b"\n")
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _opened(path: Path, *, compressed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "wb")) if compressed else path.open("wb")
