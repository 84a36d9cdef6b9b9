"""A function as AWS Lambda runs it: one client for all calls, and a process that may stand still before, in and after each.

Each line of the input is the number of a call; its outcomes are printed.
"""

from __future__ import annotations

import os
import sys

import _setup  # noqa: F401 - first of all

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage

message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


def main(url, timeout, bundle):
    seconds = float(timeout)
    os.environ["AWS_CA_BUNDLE"] = bundle
    with PinpointUsers("app", endpoint_url=url, connect_timeout=seconds, read_timeout=seconds) as pinpoint:
        for line in sys.stdin:
            report = pinpoint.send(message, [f"u-{line.strip()}"])
            sys.stdout.write(" ".join(str(result.outcome) for result in report.users.values()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
