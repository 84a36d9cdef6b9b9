"""An application's own user table as a directory: one function over plain SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from pinpoint_users import ChannelType
from pinpoint_users.directory import as_directory
from pinpoint_users.endpoints import Endpoint, EndpointUser

database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, phone TEXT, email TEXT, wants_messages INTEGER)")
database.executemany(
    "INSERT INTO users VALUES (?, ?, ?, ?, ?)",
    [
        ("u-1", "Ann", "+12065550100", "ann@example.com", 1),
        ("u-2", "Bob", "+12065550101", None, 0),
        ("u-3", "Cy", None, None, 1),
    ],
)


def endpoints_of(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
    """The endpoints of at most 100 users, by one query."""
    marks = ", ".join("?" * len(user_ids))
    query = f"SELECT id, name, phone, email, wants_messages FROM users WHERE id IN ({marks})"  # noqa: S608 - marks only
    found: dict[str, list[Endpoint]] = {}
    for user_id, name, phone, email, wants_messages in database.execute(query, list(user_ids)):
        user = EndpointUser(user_id=user_id, user_attributes={"Name": [name]})
        found[user_id] = [
            Endpoint(channel_type=ChannelType(channel), address=address, opt_out="NONE" if wants_messages else "ALL", user=user)
            for channel, address in (("SMS", phone), ("EMAIL", email))
            if address
        ]
    return found


directory = as_directory(endpoints_of)

for user, endpoints in directory.endpoints_of(["u-1", "u-2", "u-3"]).items():
    print(user, [f"{endpoint.channel_type} {endpoint.opt_out}" for endpoint in endpoints])
