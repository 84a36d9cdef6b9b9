"""Workers with one journal, of which some are killed: no endpoint is sent to by two of them, and each tells the whole truth.

`nox -s workers` kills more of them in larger runs.
"""

from __future__ import annotations

import sys

import pytest
from faults.section import WORKERS_HEADING, placed
from faults.stage import Stage
from faults.workers import kill_workers, section

pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")


@pytest.mark.parametrize("on_unknown", ["report", "resend"])
def test_workers_that_are_killed(postgres_server, on_unknown):
    with Stage(1_500, over_http=True) as stage:
        killed = kill_workers(stage, postgres_server.new_url(), kills=2, seed=1, on_unknown=on_unknown, lease=1.0)
    assert killed.tally.is_clean, killed
    assert on_unknown == "resend" or killed.repeated == 0
    assert placed(WORKERS_HEADING, section([killed]), f"# A\n{section([])}\n## B\n") == f"# A\n{section([killed])}\n## B\n"
    assert str(killed) in section([killed])
