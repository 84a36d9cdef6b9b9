"""Users and policies of runs with a journal, and journals as a process leaves them that dies."""

from __future__ import annotations

import shutil

import pytest

from pinpoint_users import Journal, RetryPolicy

USERS = [f"u-{number}" for number in range(350)]
AT_MOST_ONCE = RetryPolicy(base_delay=0.0, max_attempts=50)
AT_LEAST_ONCE = RetryPolicy(on_unknown="resend", base_delay=0.0, max_attempts=50)
of_a_file = pytest.mark.parametrize("kind", ["file"])


def copy(journal, path):
    """The journal as a process would leave it that dies now."""
    shutil.copyfile(journal.path, path)
    return Journal(path)
