"""The engine's core, driven by Hypothesis without a thread: whatever comes in whatever order, the promises hold."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from run.machine_of_core import LOSSES, REFUSALS, STATUSES, STOPPED, World

from pinpoint_users import RetryPolicy

ids = st.lists(st.sampled_from([f"u{letter}" for letter in "abcdefgh"]), max_size=6)
kinds = st.sampled_from(["200", "200", "200", "somebody missing", *REFUSALS, *LOSSES])
statuses = st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5)


class CoreMachine(RuleBasedStateMachine):
    """A run, or with a journal several, one after another."""

    @initialize(
        on_unknown=st.sampled_from(["report", "resend"]),
        scope=st.sampled_from(["endpoint", "user"]),
        attempts=st.integers(1, 4),
        has_journal=st.booleans(),
        deduplicates=st.booleans(),
    )
    def begin(self, on_unknown, scope, attempts, has_journal, deduplicates):
        policy = RetryPolicy(on_unknown=on_unknown, scope=scope, max_attempts=attempts)
        self.world = World(policy, has_journal, deduplicates)

    @rule(user_ids=ids, end=st.booleans())
    def feed(self, user_ids, end):
        if not self.world.core.has_ended:
            self.world.feed(user_ids, end=end)

    @rule()
    def step(self):
        if not self.world.is_done:
            self.world.step()

    @precondition(lambda self: self.world.sends)
    @rule(data=st.data(), kind=kinds, each=statuses, is_delivered=st.booleans())
    def answer(self, data, kind, each, is_delivered):
        self.world.answer(data.draw(st.sampled_from(self.world.sends)), kind, each, is_delivered=is_delivered)

    @precondition(lambda self: self.world.persists)
    @rule(fails=st.integers(0, 9).map(lambda number: number == 9))
    def persist(self, fails):
        self.world.persist(self.world.persists[0], fails=fails)

    @precondition(lambda self: self.world.lookups)
    @rule(data=st.data(), fails=st.integers(0, 9).map(lambda number: number == 9))
    def look_up(self, data, fails):
        self.world.look_up(data.draw(st.sampled_from(self.world.lookups)), fails=fails)

    @rule(seconds=st.sampled_from([0.01, 1.0, 31.0, 400.0]))
    def time_passes(self, seconds):
        self.world.now += seconds
        self.world.core.expired(self.world.now)

    @rule(is_deadline=st.booleans())
    def stop(self, is_deadline):
        if is_deadline:
            self.world.now = 1e6
            self.world.core.expired(self.world.now)
        else:
            self.world.core.stop(STOPPED)

    @rule()
    def give_up_at_once(self):
        self.world.core.stop(STOPPED)
        self.world.core.expired(self.world.now, at_once=True)

    @precondition(lambda self: self.world.has_journal)
    @rule(is_written=st.booleans())
    def kill(self, is_written):
        """The process ends at this moment; what was being written may be there or not."""
        for persist in self.world.persists if is_written else ():
            self.world.write(persist)
        self.world.now = min(self.world.now, 9e5)
        self.world.begin()

    @precondition(lambda self: self.world.has_journal)
    @rule()
    def next_run(self):
        self.world.finish()
        self.world.check_done()
        self.world.now = min(self.world.now, 9e5)
        self.world.begin()

    @invariant()
    def nobody_gets_it_twice(self):
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self):
        if hasattr(self, "world"):
            self.world.finish()
            self.world.check()
            self.world.check_done()


TestCore = CoreMachine.TestCase
TestCore.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestCore.pytestmark = [pytest.mark.filterwarnings("error")]
