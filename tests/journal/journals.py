"""What the tests of journals write, and how they run programs that use one."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import attrs

from pinpoint_users import EndpointMessageResult, Outcome, UserResult
from pinpoint_users._journal.record import Record

PASSWORD = "s3cret-w0rd"
WHOLE_USER = frozenset({None})
OK = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
THROTTLED = EndpointMessageResult(delivery_status="THROTTLED", status_code=429)

LOOK_ALIKES = [
    "É",
    "E\u0301",
    "e",
    "E",
    " e",
    "e ",
    "1",
    "01",
    "1.0",
    "",
    "\0",
    "a\0b",
    "a",
    '"',
    "\\",
    "\\u0031",
    "\n",
    "\u2028",
]
"""IDs each of which is one of its own, whatever it looks like."""


def done(user_id):
    return Record(user_id, attempts=1, endpoints={f"{user_id}-sms": OK, f"{user_id}-gcm": THROTTLED})


def in_flight(user_id):
    return Record(user_id, unknown=WHOLE_USER)


def held(*user_ids):
    return {user_id: Record(user_id, in_hand=True) for user_id in user_ids}


def result(user_id, *, attempts=1, maybe_duplicated=False):
    endpoints = {f"{user_id}-sms": OK, f"{user_id}-gcm": OK}
    return UserResult(
        user_id=user_id,
        outcome=Outcome.SUCCESSFUL,
        endpoints=endpoints,
        attempts=attempts,
        maybe_duplicated=maybe_duplicated,
    )


def as_record(result):
    return Record(result.user_id, result.attempts, result.endpoints, maybe_duplicated=result.maybe_duplicated)


def as_read(record, *, is_of_this_run):
    return attrs.evolve(record, is_of_this_run=is_of_this_run)


def run_python(code, *arguments):
    """Runs a program, which finds what is most often needed imported."""
    imports = """
        import os, signal, sys, threading
        from pinpoint_users import EndpointMessageResult, Journal, JournalError
        from pinpoint_users._journal.file import JournalFile, Record
        def open_journal(path):
            return JournalFile(Journal(path), application_id="app", content=b"hello")
        ok = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
    """
    program = textwrap.dedent(imports) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning:__main__", "-c", program, *map(str, arguments)],  # of forks
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
