"""The command line: `pinpoint-users`, or `python -m pinpoint_users`."""
