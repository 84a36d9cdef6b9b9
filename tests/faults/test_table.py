"""The fault table, small: a few hundred users, three seeds or two, and HTTP only where a fault needs it.

`nox -s faults` has the whole of it, over HTTP throughout.
"""

from __future__ import annotations

import pytest
from faults.rows import ROWS
from faults.runs import carry_out
from faults.scripts import Row
from faults.stage import Stage
from faults.tally import Tally
from faults.ways import ASYNCIO, SINGLES, WAYS

from pinpoint_users import Outcome

USERS, SEEDS = 450, range(3)
SIZES = {SINGLES: 120}
"""How many users where there is a request for each endpoint."""
FEW = 30
"""Of these, where requests are refused at random: at the rate that this leads to, more would take minutes."""
SEEDS_BY_DIRECTORY = range(2)
"""The engine is the same by all ways, so a directory's add two seeds each."""
SEEDS_OF = {ASYNCIO: range(1)}
"""From asyncio only how one waits is another: one seed."""
SMALL = [row for row in ROWS if not row.kills]
"""The rows that are small enough; test_kill_and_resume.py has the other one."""


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def in_process(way):
    with Stage(SIZES.get(way, USERS), over_http=False, way=way) as stage:
        yield stage


@pytest.fixture(scope="module")
def over_http(way):
    with Stage(SIZES.get(way, USERS), over_http=True, way=way) as stage:
        yield stage


@pytest.fixture
def http(row, way, request):
    if row.name != "mix" or way is not SINGLES:
        yield request.getfixturevalue("over_http")
        return
    with Stage(FEW, over_http=True, way=way) as stage:
        yield stage


def total(row: Row, on_unknown, in_process: Stage, http: Stage) -> Tally:
    tally = Tally()
    by_default = SEEDS if in_process.way.routes is None else SEEDS_BY_DIRECTORY
    for seed in SEEDS_OF.get(in_process.way, by_default):
        tally.add(carry_out(http if row.needs_http else in_process, row, seed, on_unknown))
    return tally


@pytest.mark.parametrize("row", SMALL, ids=lambda row: row.name)
def test_at_most_once(row, in_process, http):
    tally = total(row, "report", in_process, http)
    assert tally.is_clean, tally
    assert tally.met
    # Of so few users, all may still be looked up in the directory when something stops the run.
    assert row.stops or tally.outcomes[Outcome.SUCCESSFUL] or tally.outcomes[Outcome.PARTIAL]


@pytest.mark.parametrize("row", [row for row in SMALL if row.is_lossy], ids=lambda row: row.name)
def test_at_least_once_if_asked(row, in_process, http):
    tally = total(row, "resend", in_process, http)
    assert tally.is_clean, tally
    assert tally.met
    assert row.stops or tally.outcomes[Outcome.SUCCESSFUL] or tally.outcomes[Outcome.PARTIAL]
