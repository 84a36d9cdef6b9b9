"""This package to e-mail by SES, to addresses of a directory in a file of SQLite."""

from __future__ import annotations

from benchmarks.audience import FROM, MESSAGE, mailboxes
from benchmarks.sides.ours_to_addresses import ToDirectory
from pinpoint_users import DirectMessageConfiguration
from pinpoint_users.routes import SES


def connect(url: str, concurrency: int) -> ToDirectory:
    """Makes the client."""
    message = DirectMessageConfiguration.from_dict({"EmailMessage": MESSAGE["EmailMessage"]})
    return ToDirectory(url, concurrency, message, mailboxes, routes={"EMAIL": SES(from_email_address=FROM)})
