"""The embedded Pinpoint in a process of its own: it says its URL, and ends when its standard input is closed."""

from __future__ import annotations

import json
import sys

from benchmarks.audience import APPLICATION_ID, rows
from pinpoint_users.local import LocalPinpoint


def main(users: int) -> None:
    """Serves users of two endpoints each."""
    with LocalPinpoint(application_id=APPLICATION_ID) as local:
        local.add_endpoints(
            {"Id": f"{user_id}-{channel}", "ChannelType": channel, "Address": address, "User": {"UserId": user_id}}
            for number, (user_id, *_) in enumerate(rows(0, users))
            for channel, address in {"SMS": f"+1206{number:07}", "EMAIL": f"{number}@example.com"}.items()
        )
        with local.serve() as server:
            print(json.dumps(server.url), flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
