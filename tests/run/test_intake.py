"""Users before their turn: how many are read ahead and looked up at a time, and when somebody is to look for work."""

from __future__ import annotations

import pytest
from run.machine_of_core import NOTHING, World

from pinpoint_users import RetryPolicy
from pinpoint_users._journal.record import Record
from pinpoint_users._run.actions import Lookup, Read, Send, Wait
from pinpoint_users._run.ledger import Persist

USERS = [(f"u-{number}", NOTHING) for number in range(1_300)]
FREE = 12


@pytest.fixture
def core():
    return World(RetryPolicy(), has_journal=True, deduplicates=False).core


def taken(core, count):
    """Lets so many things be done, and tells what."""
    return [core.next(0.0, free=FREE) for _ in range(count)]


def test_who_comes_while_a_look_up_is_out_is_looked_up_together(core):
    core.feed(USERS[:100], end=False)
    (first,) = taken(core, 1)
    for start, end in ((100, 200), (200, 900), (900, 1_100)):
        (action,) = taken(core, 1)
        assert isinstance(action, Read)
        assert action.count == 1_100 - start, "users are woken for again and again"
        core.feed(USERS[start:end], end=False)
    (action,) = taken(core, 1)
    assert isinstance(action, Wait), "two look-ups at a time, or more users than the next one may be of"
    assert action.until > 0.0
    assert core.until(0.0, free=FREE) > 0.0, "somebody is to look for work, and there is none"
    assert core.found(first, {}, {}, 0.0)
    assert not core.found(first, {}, {}, 0.0)
    assert core.until(0.0, free=FREE) == 0.0
    persist, second = taken(core, 2)
    assert [job.user_count for job in persist.beginning] == [100]
    assert list(second.batch) == [user_id for user_id, _ in USERS[100:1_100]]
    core.found(second, {user_id: Record(user_id, in_hand=True) for user_id in list(second.batch)[::2]}, {}, 0.0)
    core.persisted(persist)
    assert core.until(0.0, free=FREE) == 0.0, "what is in the journal is to go out, and nobody looks"
    done = taken(core, 10)
    assert len([action for action in done if isinstance(action, Persist)]) == 1, "what may begin at once is written bit by bit"
    sent = [action.job.user_count for action in done if isinstance(action, Send)]
    begun = [job.user_count for action in done if isinstance(action, Persist) for job in action.beginning]
    assert sent == [100]
    assert set(begun) == {100}
    assert not [action for action in done if isinstance(action, Lookup)]


def test_requests_that_may_begin_while_a_write_is_out_do_so_in_one_turn(core):
    core.feed(USERS[:100], end=False)
    (first,) = taken(core, 1)
    core.feed(USERS[100:600], end=True)
    core.found(first, {}, {}, 0.0)
    persist, second = taken(core, 2)
    core.found(second, {}, {}, 0.0)
    assert core.next(0.0, free=FREE).until > 0.0, "somebody is to look at once for what could have begun by now"
    core.persisted(persist)
    _, persist = taken(core, 2)
    assert [job.user_count for job in persist.beginning] == [100] * 5


def test_no_more_are_looked_up_than_may_go_out(core):
    core.feed(USERS[:300], end=True)
    action = core.next(0.0, free=2)
    assert len(action.batch) == 200
