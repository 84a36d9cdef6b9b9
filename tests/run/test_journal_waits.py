"""A journal that doesn't answer, in a run that is to end at once: it is waited for with patience, and then no longer."""

from __future__ import annotations

import pytest
from run.machine_of_core import NOTHING, PATIENCE, STOPPED, World

from pinpoint_users import Outcome, RetryPolicy
from pinpoint_users._run.actions import Done, Lookup
from pinpoint_users._run.ledger import Persist
from pinpoint_users.user_result import unpacked


@pytest.fixture
def core():
    return World(RetryPolicy(), has_journal=True, deduplicates=False).core


def come_out(core):
    packed = [unpacked(*each) for batch in core.take_packed() for each in batch.items()]
    return {result.user_id: (result.outcome, result.error) for result in [*core.take_results(), *packed]}


def test_a_look_up_that_is_out_is_given_up(core):
    core.feed([("u-1", NOTHING)], end=True)
    lookup = core.next(0.0, free=1)
    assert isinstance(lookup, Lookup)
    core.stop(STOPPED)
    assert core.expired(0.0, at_once=True) == (0, 0)
    assert core.expired(PATIENCE - 0.1, at_once=True) == (0, 0)
    assert not come_out(core)
    assert core.expired(PATIENCE, at_once=True) == (0, 1)
    assert come_out(core) == {"u-1": (Outcome.UNKNOWN, STOPPED)}  # the journal may know anything of the user
    assert isinstance(core.next(PATIENCE, free=1), Done)
    assert not core.found(lookup, {}, {}, PATIENCE)


def test_a_write_that_is_out_is_given_up_and_what_it_was_to_begin_with_it(core):
    core.feed([("u-1", NOTHING)], end=True)
    lookup = core.next(0.0, free=1)
    assert core.found(lookup, {}, {}, 0.0)
    persist = core.next(0.0, free=1)
    assert isinstance(persist, Persist)
    core.stop(STOPPED)
    assert core.expired(0.0, at_once=True) == (0, 0)
    assert core.expired(PATIENCE, at_once=True) == (0, 1)
    assert isinstance(core.next(PATIENCE, free=1), Done)
    assert come_out(core) == {"u-1": (Outcome.NOT_SENT, STOPPED)}
    assert not core.persisted(persist)
