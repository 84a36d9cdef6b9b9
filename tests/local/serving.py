"""A process that serves a file as the command does, again and again: each line that comes in starts another server.

The servers are forks of one process that has imported everything, so that a test can kill many in a short time.
"""

from __future__ import annotations

import os
import sys

import uvicorn  # noqa: F401 - imported once for all servers

import pinpoint_users.local._http  # noqa: F401 - likewise
from pinpoint_users.local.__main__ import main
from pinpoint_users.local._operations import OPERATIONS

if __name__ == "__main__":
    places = [operation.place for operation in OPERATIONS.values()]
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            sys.stdout.write(f"{os.getpid()}\n")
            main(["--data", sys.argv[1]])
        os.waitpid(pid, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()
