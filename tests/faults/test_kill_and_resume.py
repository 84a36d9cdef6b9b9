"""A sender that is killed again and again: nobody gets a message twice, or nobody goes without, as the policy says.

`nox -s faults` kills it more often and in a larger run.
"""

from __future__ import annotations

import sys

import pytest
from faults.kill_and_resume import kill_and_resume
from faults.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")


@pytest.fixture(scope="module")
def stage():
    with Stage(2_000, over_http=True) as stage:
        yield stage


def test_at_most_once(stage):
    row = kill_and_resume(stage, kills=4, seed=1, on_unknown="report", concurrency=2)
    assert row.is_clean, row
    assert row.repeated == 0


def test_at_least_once(stage):
    row = kill_and_resume(stage, kills=4, seed=1, on_unknown="resend", concurrency=2)
    assert row.is_clean, row
