"""A sender that is killed again and again: nobody gets a message twice, or nobody goes without, as the policy says.

`nox -s faults` kills it more often and in a larger run.
"""

from __future__ import annotations

import sys

import pytest
from faults.kill_and_resume import kill_and_resume
from faults.stage import Stage
from faults.ways import ADDRESSES, SINGLES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")


@pytest.fixture(scope="module")
def stage():
    with Stage(2_000, over_http=True) as stage:
        yield stage


def test_at_most_once(stage):
    row = kill_and_resume(stage, kills=4, seed=1, on_unknown="report", concurrency=2)
    assert row.is_clean, row
    assert row.kills == 4
    assert row.repeated == 0


def test_at_least_once(stage):
    row = kill_and_resume(stage, kills=4, seed=1, on_unknown="resend", concurrency=2)
    assert row.is_clean, row
    assert row.kills == 4


@pytest.mark.parametrize("on_unknown", ["report", "resend"])
@pytest.mark.parametrize(("way", "users", "in_file"), [(ADDRESSES, 1_000, True), (SINGLES, 120, False)])
def test_over_a_directory(way, users, in_file, on_unknown):
    with Stage(users, over_http=True, way=way) as stage:
        row = kill_and_resume(stage, kills=3, seed=2, on_unknown=on_unknown, concurrency=2, in_file=in_file)
    assert row.is_clean, row
    assert row.kills == 3
    assert on_unknown == "resend" or row.repeated == 0
