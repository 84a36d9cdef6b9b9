"""`python -m pinpoint_users`: the command line."""

from __future__ import annotations

import sys

from pinpoint_users.cli import main

if __name__ == "__main__":
    sys.exit(main())
